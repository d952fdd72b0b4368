// SPDX-License-Identifier: Apache-2.0
#include "tests/data/asl_log_writer.h"

#include <spng.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

#include "calibration/asl_sensor_yaml.h"
#include "data/png_image.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

Status FailWrite(const fs::path& file, const std::string& what) {
  return Fail(ErrorKind::kInternal, what, file.string());
}

std::ofstream OpenText(const fs::path& file) {
  std::ofstream stream(file, std::ios::binary);
  stream.precision(17);
  return stream;
}

template <typename Vector>
void WriteColumns(std::ostream& stream, const Vector& vector) {
  for (Eigen::Index i = 0; i < vector.size(); ++i) stream << "," << vector[i];
}

Status WriteBytes(const fs::path& file, const void* bytes, size_t size) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  stream.close();
  if (!stream) return FailWrite(file, "cannot be written");
  return {};
}

}  // namespace

Status WriteMonoPng(const fs::path& file, const MonoImage& image) {
  const Result<std::string> bytes = EncodeMonoPng(image);
  if (!bytes) return tl::unexpected(bytes.error());
  return WriteBytes(file, bytes->data(), bytes->size());
}

Status WriteColourPng(const fs::path& file, const Image<uint8_t>& image) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                               &spng_ctx_free);
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  // Test images are written far more often than kept: speed before size.
  spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, 1);
  std::vector<uint8_t> packed;
  packed.reserve(3 * image.number_of_elements());
  for (int y = image.dim(1).min(); y <= image.dim(1).max(); ++y) {
    for (int x = image.dim(0).min(); x <= image.dim(0).max(); ++x)
      packed.insert(packed.end(), 3, image(x, y));
  }
  spng_ihdr header = {};
  header.width = static_cast<uint32_t>(image.width());
  header.height = static_cast<uint32_t>(image.height());
  header.bit_depth = 8;
  header.color_type = SPNG_COLOR_TYPE_TRUECOLOR;
  int error = spng_set_ihdr(context.get(), &header);
  if (error == 0) {
    error = spng_encode_image(context.get(), packed.data(), packed.size(), SPNG_FMT_PNG,
                              SPNG_ENCODE_FINALIZE);
  }
  size_t size = 0;
  const std::unique_ptr<void, void (*)(void*)> bytes(
      error == 0 ? spng_get_png_buffer(context.get(), &size, &error) : nullptr, &std::free);
  if (error != 0) return FailWrite(file, spng_strerror(error));
  return WriteBytes(file, bytes.get(), size);
}

AslLogWriter::AslLogWriter(const fs::path& folder, const Rig& rig, const Se3& T_base_body)
    : rig_(rig), root_(folder / "mav0") {
  std::error_code error;
  if (fs::exists(root_, error)) status_ = FailWrite(root_, "is there already");
  for (const RigCamera& camera : rig_.cameras) {
    fs::create_directories(root_ / camera.name / "data", error);
    std::ofstream yaml = OpenText(root_ / camera.name / "sensor.yaml");
    yaml << AslCameraYaml(camera, T_base_body);
    cameras_.push_back(OpenText(root_ / camera.name / "data.csv"));
    cameras_.back() << "#timestamp [ns],filename\n";
    if (status_ && !yaml.flush())
      status_ = FailWrite(root_ / camera.name / "sensor.yaml", "cannot be written");
  }
  fs::create_directories(root_ / "imu0", error);
  std::ofstream yaml = OpenText(root_ / "imu0" / "sensor.yaml");
  yaml << AslImuYaml(rig_.imu, T_base_body);
  if (status_ && !yaml.flush())
    status_ = FailWrite(root_ / "imu0" / "sensor.yaml", "cannot be written");
  imu_ = OpenText(root_ / "imu0" / "data.csv");
  imu_ << "#timestamp [ns],w_RS_S_x [rad s^-1],w_RS_S_y [rad s^-1],w_RS_S_z [rad s^-1],a_RS_S_x [m "
          "s^-2],"
          "a_RS_S_y [m s^-2],a_RS_S_z [m s^-2]\n";
}

Status AslLogWriter::AddImu(const ImuSample& sample) {
  imu_ << ToNanoseconds(sample.time);
  WriteColumns(imu_, sample.angular_velocity_body);
  WriteColumns(imu_, sample.specific_force_body);
  imu_ << "\n";
  if (status_ && !imu_) status_ = FailWrite(root_ / "imu0" / "data.csv", "cannot be written");
  return status_;
}

Status AslLogWriter::AddFrame(const Frame& frame) {
  const RigCamera& camera = rig_.cameras.at(static_cast<size_t>(frame.camera));
  std::ofstream& listing = cameras_.at(static_cast<size_t>(frame.camera));
  const std::string t_ns = std::to_string(ToNanoseconds(frame.stamp.value_or(frame.time)));
  const fs::path file = root_ / camera.name / "data" / (t_ns + ".png");
  if (Width(frame.image) != camera.width || Height(frame.image) != camera.height) {
    status_ = FailWrite(file, "the image has not the size that the rig gives");
  }
  if (!status_) return status_;
  listing << t_ns << "," << t_ns << ".png";
  if (frame.exposure_ns) listing << "," << *frame.exposure_ns;
  listing << "\n";
  status_ = WriteMonoPng(file, frame.image);
  if (status_ && !listing)
    status_ = FailWrite(root_ / camera.name / "data.csv", "cannot be written");
  return status_;
}

Status AslLogWriter::AddTruth(const NavigationState& state) {
  if (!truth_.is_open()) {
    std::error_code error;
    fs::create_directories(root_ / "state_groundtruth_estimate0", error);
    truth_ = OpenText(root_ / "state_groundtruth_estimate0" / "data.csv");
    truth_
        << "#timestamp, p_RS_R_x [m], p_RS_R_y [m], p_RS_R_z [m], q_RS_w [], q_RS_x [], q_RS_y [], "
           "q_RS_z [], "
           "v_RS_R_x [m s^-1], v_RS_R_y [m s^-1], v_RS_R_z [m s^-1], b_w_RS_S_x [rad s^-1], "
           "b_w_RS_S_y [rad s^-1], "
           "b_w_RS_S_z [rad s^-1], b_a_RS_S_x [m s^-2], b_a_RS_S_y [m s^-2], b_a_RS_S_z [m s^-2]\n";
  }
  truth_ << ToNanoseconds(state.time);
  WriteColumns(truth_, state.T_world_body.translation);
  const Eigen::Quaterniond& q = state.T_world_body.rotation;
  WriteColumns(truth_, Eigen::Vector4d(q.w(), q.x(), q.y(), q.z()));
  WriteColumns(truth_, state.velocity_world);
  WriteColumns(truth_, state.gyro_bias);
  WriteColumns(truth_, state.accelerometer_bias);
  truth_ << "\n";
  if (status_ && !truth_)
    status_ = FailWrite(root_ / "state_groundtruth_estimate0", "cannot be written");
  return status_;
}

Status AslLogWriter::Finish() {
  std::vector<std::ofstream*> open = {&imu_};
  if (truth_.is_open()) open.push_back(&truth_);
  for (std::ofstream& camera : cameras_) open.push_back(&camera);
  for (std::ofstream* stream : open) {
    stream->close();
    if (status_ && !*stream) status_ = FailWrite(root_, "a data.csv cannot be written");
  }
  return status_;
}

}  // namespace nightjar
