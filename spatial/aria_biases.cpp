// SPDX-License-Identifier: Apache-2.0
#include "spatial/aria_biases.h"

#include <cmath>

#include "spatial/json_fields.h"

namespace nightjar::aria {
namespace {

// Aria's calibration puts the scalar first and nests the vector part.
Se3 PoseOf(const JsonFields& pose) {
  const Json& q = pose.List("UnitQuaternion");
  if (q.size() != 2 || !q[0].is_number() || !q[1].is_array() || q[1].size() != 3)
    pose.Throw("UnitQuaternion", "is not [w, [x, y, z]]");
  Eigen::Vector4d xyzw;
  xyzw[3] = q[0].get<double>();
  for (size_t k = 0; k < 3; ++k) xyzw[static_cast<Eigen::Index>(k)] = q[1][k].get<double>();
  if (!(std::abs(xyzw.norm() - 1) < 1e-3)) pose.Throw("UnitQuaternion", "is no rotation");
  return {Eigen::Quaterniond(xyzw).normalized(), pose.Vector3("Translation")};
}

OnlineBias BiasOf(const JsonFields& line, const std::string& label) {
  for (const JsonFields& imu : line.Objects("ImuCalibrations")) {
    if (imu.Text("Label") != label) continue;
    return {line.Time("tracking_timestamp_us", 1000),
            imu.Object("Gyroscope").Object("Bias").Vector3("Offset"),
            imu.Object("Accelerometer").Object("Bias").Vector3("Offset"),
            PoseOf(imu.Object("T_Device_Imu"))};
  }
  line.Throw("ImuCalibrations", "has no " + label);
}

}  // namespace

Result<std::vector<OnlineBias>> ParseOnlineBiases(std::string_view lines, const std::string& where,
                                                  const std::string& imu) {
  return Guarded(where, [&] {
    std::vector<OnlineBias> biases;
    // A device ends its last line without a line feed; one that was cut is no JSON.
    std::string text(lines);
    if (!text.empty() && text.back() != '\n') text += '\n';
    ForEachJsonLine(text, where,
                    [&](const JsonFields& line) { biases.push_back(BiasOf(line, imu)); });
    return biases;
  });
}

}  // namespace nightjar::aria
