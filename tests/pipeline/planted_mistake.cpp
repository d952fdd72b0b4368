// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/planted_mistake.h"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <Eigen/LU>
#include <numbers>
#include <sstream>

#include "tests/pipeline/session_reading.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using RowMajor4d = Eigen::Matrix<double, 4, 4, Eigen::RowMajor>;

// The list of numbers behind `key` of a YAML file.
void EditNumbers(const fs::path& yaml, const std::string& key,
                 const std::function<void(std::vector<double>&)>& edit) {
  std::string text = ReadText(yaml);
  const size_t begin = text.find('[', text.find("\n" + key));
  const size_t end = text.find(']', begin);
  ASSERT_NE(end, std::string::npos) << key;
  std::vector<double> values;
  std::istringstream stream(text.substr(begin + 1, end - begin - 1));
  for (std::string value; std::getline(stream, value, ',');) values.push_back(std::stod(value));
  edit(values);
  text.replace(begin, end - begin + 1, fmt::format("[{:.17g}]", fmt::join(values, ", ")));
  WriteText(yaml, text);
}

void EditMounting(const fs::path& camera, const std::function<void(RowMajor4d& T_BS)>& edit) {
  EditNumbers(camera / "sensor.yaml", "T_BS", [&edit](std::vector<double>& values) {
    RowMajor4d T = Eigen::Map<RowMajor4d>(values.data());
    edit(T);
    Eigen::Map<RowMajor4d>(values.data()) = T;
  });
}

void InvertMounting(const fs::path& camera) {
  EditMounting(camera, [](RowMajor4d& T) { T = RowMajor4d(T.inverse()); });
}

void ScaleFocalLength(const fs::path& camera, double by) {
  EditNumbers(camera / "sensor.yaml", "intrinsics", [by](std::vector<double>& values) {
    values[0] *= by;
    values[1] *= by;
  });
}

// What to do to a log, from what to do to each of its cameras.
Plant EachCamera(const Plant& plant) {
  return [plant](const fs::path& root) {
    for (const char* camera : {"cam0", "cam1"}) plant(root / camera);
  };
}

Plant Imu(const std::function<void(Eigen::Vector3d& gyro, Eigen::Vector3d& force)>& edit) {
  return [edit](const fs::path& root) { EditImu(root, edit); };
}

}  // namespace

void EditRows(const fs::path& csv, const std::function<bool(int64_t row, Fields&)>& edit) {
  std::string text;
  int64_t row = 0;
  for (const std::string& line : Lines(ReadText(csv))) {
    if (line[0] == '#') {
      text += line + '\n';
      continue;
    }
    Fields fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
    if (!edit(row++, fields)) continue;
    for (size_t k = 0; k < fields.size(); ++k) text += (k > 0 ? "," : "") + fields[k];
    text += '\n';
  }
  WriteText(csv, text);
}

void EditImu(const fs::path& root,
             const std::function<void(Eigen::Vector3d& gyro, Eigen::Vector3d& force)>& edit) {
  EditRows(root / "imu0" / "data.csv", [&edit](int64_t, Fields& fields) {
    Eigen::Vector3d gyro, force;
    for (size_t k = 0; k < 3; ++k) {
      gyro[static_cast<int>(k)] = std::stod(fields[1 + k]);
      force[static_cast<int>(k)] = std::stod(fields[4 + k]);
    }
    edit(gyro, force);
    for (size_t k = 0; k < 3; ++k) {
      fields[1 + k] = fmt::format("{:.12g}", gyro[static_cast<int>(k)]);
      fields[4 + k] = fmt::format("{:.12g}", force[static_cast<int>(k)]);
    }
    return true;
  });
}

void ShiftStamps(const fs::path& csv, int64_t by_ns) {
  EditRows(csv, [by_ns](int64_t, Fields& fields) {
    fields[0] = std::to_string(std::stoll(fields[0]) + by_ns);
    return true;
  });
}

std::vector<Mistake> StreamMistakes() {
  const auto in_microseconds = [](const fs::path& root) {
    for (const std::string stream : {"imu0", "cam0", "cam1"}) {
      EditRows(root / stream / "data.csv", [](int64_t, Fields& fields) {
        fields[0] = std::to_string(std::stoll(fields[0]) / 1000);
        return true;
      });
    }
  };
  const auto every_second = [](const fs::path& camera) {
    EditRows(camera / "data.csv", [](int64_t row, Fields&) { return row % 2 == 0; });
  };
  const auto late = [](const fs::path& camera) { ShiftStamps(camera / "data.csv", -30'000'000); };
  Mistake offset = {"TimeOffset", EachCamera(late), "time_offset_s", "behind"};
  offset.value = 0.030;
  offset.tolerance = 0.002;
  return {{"StampsInMicroseconds", in_microseconds, "timestamp_unit", "microseconds"},
          {"FrameRateHalved", EachCamera(every_second), "rate", "halved"},
          offset};
}

std::vector<Mistake> ImuMistakes() {
  std::vector<Mistake> all = {
      {"GyroInDegrees", Imu([](auto& gyro, auto&) { gyro *= 180 / std::numbers::pi; }),
       "gyro_scale", "deg/s"},
      {"AccelerometerInG", Imu([](auto&, auto& force) { force /= 9.80665; }), "gravity_magnitude",
       "in g"},
      {"GyroAndAccelerometerExchanged", Imu([](auto& gyro, auto& force) { gyro.swap(force); }),
       "gravity_magnitude", "exchanged"},
      {"AxesSwapped", Imu([](auto& gyro, auto& force) {
         std::swap(gyro.x(), gyro.y());
         std::swap(force.x(), force.y());
       }),
       "imu_axes", "x and y exchanged"}};
  for (int axis = 0; axis < 3; ++axis) {
    // One of them turns what is up: about the axis that points up it only turns.
    const auto half_turn = [axis](Eigen::Vector3d& gyro, Eigen::Vector3d& force) {
      for (int k = 0; k < 3; ++k) {
        if (k == axis) continue;
        gyro[k] = -gyro[k];
        force[k] = -force[k];
      }
    };
    all.push_back({std::string("ImuTurnedAbout") + "XYZ"[axis], Imu(half_turn), "imu_mounting",
                   std::string("turned by 180 deg about ") + "xyz"[axis]});
  }
  return all;
}

std::vector<Mistake> MountingMistakes() {
  // Both alike: what one camera sees is still where the rig puts it in the other.
  const auto turn = [](const fs::path& camera) {
    EditMounting(camera, [](RowMajor4d& T) {
      RowMajor4d turned = RowMajor4d::Identity();
      turned.topLeftCorner<3, 3>() =
          Eigen::AngleAxisd(0.5, Eigen::Vector3d(1, -2, 2) / 3).toRotationMatrix();
      T = RowMajor4d(turned * T);
    });
  };
  const auto exchange_images = [](const fs::path& root) {
    fs::rename(root / "cam0" / "data", root / "kept");
    fs::rename(root / "cam1" / "data", root / "cam0" / "data");
    fs::rename(root / "kept", root / "cam1" / "data");
  };
  std::vector<Mistake> all = {
      {"MountingInverted", EachCamera(InvertMounting), "imu_mounting", "T_BS is inverted"},
      {"MountingTurned", EachCamera(turn), "imu_mounting", "turned by 2"},
      {"LeftAndRightSwapped", exchange_images, "stereo_geometry", "swapped"}};
  for (const std::string camera : {"cam0", "cam1"}) {
    Mistake one = {"MountingInvertedOf" + camera,
                   [camera](const fs::path& root) { InvertMounting(root / camera); },
                   "imu_mounting", "T_BS is inverted"};
    one.where = camera;
    all.push_back(one);
  }
  return all;
}

std::vector<Mistake> FocalLengthMistakes() {
  const auto scale = [](double by) {
    return EachCamera([by](const fs::path& camera) { ScaleFocalLength(camera, by); });
  };
  const std::string check = "focal_length_ratio";
  std::vector<Mistake> all = {{"FocalLengthHalved", scale(0.5), check, "halved"},
                              {"FocalLengthDoubled", scale(2), check, "doubled"},
                              {"FocalLengthTooSmall", scale(1 / 1.2), check, "about 1."},
                              {"FocalLengthTooLarge", scale(1.25), check, "about 0."}};
  const double ratios[] = {2, 0.5, 1.2, 0.8};
  for (size_t k = 0; k < all.size(); ++k) {
    all[k].value = ratios[k];
    all[k].tolerance = 0.05 * ratios[k];
  }
  return all;
}

std::vector<Mistake> AllMistakes() {
  std::vector<Mistake> all;
  for (const auto& some :
       {StreamMistakes(), ImuMistakes(), MountingMistakes(), FocalLengthMistakes()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

void PrintTo(const Mistake& mistake, std::ostream* stream) { *stream << mistake.name; }

}  // namespace nightjar
