// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "calibration/read_rig.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

struct RigOptions {
  std::filesystem::path input;
  std::filesystem::path imu;     // empty: as in the input
  std::filesystem::path output;  // empty: a summary only
  RigFormat format = RigFormat::kRig;
  bool json = false;
};

// The angle of view from the left to the right border, through the principal point's row; 0 where
// the model does not reach the borders.
double WidthOfView(const RigCamera& camera) {
  const double row = camera.model->Parameters()[3];
  const auto left = camera.model->Unproject({0, row});
  const auto right = camera.model->Unproject({camera.width - 1.0, row});
  if (!left || !right) return 0;
  return (std::atan2(-left->x(), left->z()) + std::atan2(right->x(), right->z())) * 180 / M_PI;
}

std::string Position(const Se3& T) {
  return fmt::format("({:.1f}, {:.1f}, {:.1f}) mm", 1e3 * T.translation.x(),
                     1e3 * T.translation.y(), 1e3 * T.translation.z());
}

std::string CameraText(const RigCamera& camera) {
  std::string text = fmt::format("{:<11} {}x{}", camera.name, camera.width, camera.height);
  if (camera.rate_hz > 0) text += fmt::format(" at {:g} Hz", camera.rate_hz);
  text += ", " + camera.model->Name();
  if (const double view = WidthOfView(camera); view > 0)
    text += fmt::format(", {:.0f} degrees wide", view);
  text += ", at " + Position(camera.T_body_camera);
  if (camera.time_offset_s != 0) text += fmt::format(", {:+.3f} ms", 1e3 * camera.time_offset_s);
  if (camera.readout_s != 0) text += fmt::format(", readout {:.2f} ms", 1e3 * camera.readout_s);
  return text + '\n';
}

std::string ImuText(const RigImu& imu) {
  std::string text = fmt::format("{:<11} IMU", imu.name);
  if (imu.rate_hz > 0) text += fmt::format(" at {:g} Hz", imu.rate_hz);
  if (!imu.noise.IsKnown()) return text + ", noise unknown";
  return text + fmt::format(", {:.3g} rad/s/sqrt(Hz), {:.3g} m/s^2/sqrt(Hz)",
                            imu.noise.gyro_noise_density, imu.noise.accelerometer_noise_density);
}

std::string Text(const RigFile& file) {
  const Rig& rig = file.rig;
  std::string text = ImuText(rig.imu) + ", the body\n";
  for (const RigImu& imu : rig.further_imus)
    text += ImuText(imu) + ", at " + Position(imu.T_body_imu) + '\n';
  for (const RigCamera& camera : rig.cameras) text += CameraText(camera);
  for (const RigEventCamera& camera : rig.event_cameras) {
    text += fmt::format("{:<11} events, {}x{}, {}, at {}\n", camera.name, camera.width,
                        camera.height, camera.model->Name(), Position(camera.T_body_camera));
  }
  for (const std::string& note : file.notes) text += "note        " + note + '\n';
  return text;
}

Json PoseJson(const Se3& T) {
  const Eigen::Quaterniond& q = T.rotation;
  return {{"p", {T.translation.x(), T.translation.y(), T.translation.z()}},
          {"q_xyzw", {q.x(), q.y(), q.z(), q.w()}}};
}

Json ImuJson(const RigImu& imu) {
  const ImuNoise& noise = imu.noise;
  const auto known = [](bool is_known, double value) {
    return is_known ? Json(value) : Json(nullptr);
  };
  return {
      {"name", imu.name},
      {"rate_hz", known(imu.rate_hz > 0, imu.rate_hz)},
      {"gyro_noise_density", known(noise.IsKnown(), noise.gyro_noise_density)},
      {"gyro_random_walk", known(noise.IsKnown(), noise.gyro_random_walk)},
      {"accelerometer_noise_density", known(noise.IsKnown(), noise.accelerometer_noise_density)},
      {"accelerometer_random_walk", known(noise.IsKnown(), noise.accelerometer_random_walk)},
      {"T_body_imu", PoseJson(imu.T_body_imu)},
      {"time_offset_s", imu.time_offset_s}};
}

// What frame and event cameras share.
template <typename Camera>
Json LensJson(const Camera& camera) {
  return {{"name", camera.name},
          {"width", camera.width},
          {"height", camera.height},
          {"model", camera.model->Name()},
          {"parameters", camera.model->Parameters()},
          {"T_body_camera", PoseJson(camera.T_body_camera)},
          {"time_offset_s", camera.time_offset_s}};
}

Json ToJson(const RigFile& file) {
  Json cameras = Json::array(), imus = Json::array(), event_cameras = Json::array();
  for (const RigCamera& camera : file.rig.cameras) {
    Json json = LensJson(camera);
    json["rate_hz"] = camera.rate_hz > 0 ? Json(camera.rate_hz) : Json(nullptr);
    json["readout_s"] = camera.readout_s;
    cameras.push_back(std::move(json));
  }
  for (const RigImu& imu : file.rig.further_imus) imus.push_back(ImuJson(imu));
  for (const RigEventCamera& camera : file.rig.event_cameras)
    event_cameras.push_back(LensJson(camera));
  return {{"format", RigFormatName(file.format)},
          {"imu", ImuJson(file.rig.imu)},
          {"further_imus", imus},
          {"cameras", cameras},
          {"event_cameras", event_cameras},
          {"notes", file.notes}};
}

int Run(const RigOptions& options) {
  Result<RigFile> file = ReadRigFile(options.input);
  if (!file) return Report(file.error());
  if (!options.imu.empty()) {
    const Result<RigImu> imu = ReadImuFile(options.imu);
    if (!imu) return Report(imu.error());
    file->rig.imu.noise = imu->noise;
    if (imu->rate_hz > 0) file->rig.imu.rate_hz = imu->rate_hz;
  }
  if (!options.output.empty()) {
    const Status written = WriteRig(file->rig, options.format, options.output, &file->notes);
    if (!written) return Report(written.error());
  }
  if (options.json)
    return Print(ToJson(*file).dump(2, ' ', false, Json::error_handler_t::replace) + '\n');
  std::string text = Text(*file);
  if (!options.output.empty()) text += "rig         " + options.output.string() + '\n';
  return Print(text);
}

}  // namespace

void AddRigCommand(CLI::App& app, RunCommand& run) {
  static const std::map<std::string, RigFormat> kFormats = {{"rig", RigFormat::kRig},
                                                            {"asl", RigFormat::kAsl},
                                                            {"kalibr", RigFormat::kKalibr},
                                                            {"aria", RigFormat::kAria}};
  auto options = std::make_shared<RigOptions>();
  CLI::App* command =
      app.add_subcommand("rig", "A calibration in any known format: shown, checked, converted");
  command
      ->add_option(
          "IN", options->input,
          "rig.yaml, Kalibr's camchain-imucam.yaml, Aria's calibration JSON, or the folder "
          "of a sensor log")
      ->required();
  command->add_option("--imu", options->imu, "rate and noise of the IMU: Kalibr's imu.yaml")
      ->type_name("IMU_YAML");
  CLI::Option* output =
      command->add_option("-o,--output", options->output, "file or folder to write")
          ->type_name("OUT");
  command
      ->add_option("--to", options->format,
                   "format to write: rig and aria a file, asl and kalibr a folder")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->type_name("rig|asl|kalibr|aria")
      ->default_str("rig")
      ->needs(output);
  command->add_flag("--json", options->json, "print the rig as one JSON object");
  command->callback([&run, options] { run = [options] { return Run(*options); }; });
}

}  // namespace nightjar
