// SPDX-License-Identifier: Apache-2.0
#include "isp/rotation_field.h"

namespace nightjar {

MotionField RotationField(const CameraModel& model, int width, int height,
                          const Eigen::Quaterniond& R_other_reference) {
  MotionField field = MotionField::Still(width, height);
  for (int row = 0; row < field.rows(); ++row) {
    for (int column = 0; column < field.columns(); ++column) {
      const Eigen::Vector2d from = MotionField::Centre(column, row);
      const auto direction = model.Unproject(from);
      if (!direction) continue;
      const auto to = model.Project(R_other_reference * *direction);
      if (to) field.SetNode(column, row, *to - from);
    }
  }
  return field;
}

}  // namespace nightjar
