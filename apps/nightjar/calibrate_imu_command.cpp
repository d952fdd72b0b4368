// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/calibrate_imu.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

std::string EstimateText(const NoiseEstimate& estimate) {
  if (!estimate.IsKnown()) return fmt::format("< {:.2e}", estimate.limit);
  return fmt::format("{:.4e} ± {:.1e}", estimate.value, estimate.sigma);
}

std::string Row(const std::string& name, const std::string& unit, const SensorNoise& sensor,
                NoiseEstimate AxisNoise::*member) {
  std::string text = fmt::format("  {:<14}{:<16}", name, unit);
  for (const AxisNoise& axis : sensor.axes)
    text += fmt::format("{:<24}", EstimateText(axis.*member));
  return text + EstimateText(sensor.combined.*member) + '\n';
}

std::string SensorText(const std::string& name, const std::string& unit,
                       const SensorNoise& sensor) {
  std::string text = fmt::format("{:<32}{:<24}{:<24}{:<24}together\n", name, "x", "y", "z");
  text += Row("noise density", unit + "/√Hz", sensor, &AxisNoise::density);
  text += Row("random walk", unit + "/s/√Hz", sensor, &AxisNoise::random_walk);
  if (sensor.combined.bias_instability) {
    text += fmt::format("  bias instability {}, {} together\n", unit,
                        EstimateText(*sensor.combined.bias_instability));
  }
  return text;
}

std::string Text(const CalibrateImuOptions& options, const ImuCalibrationResult& result) {
  const ImuNoiseCalibration& calibration = result.calibration;
  std::string text = fmt::format("imu         {} samples, {:.1f} s at {:.3f} Hz\n",
                                 calibration.samples, calibration.duration_s, calibration.rate_hz);
  text += SensorText("gyroscope", "rad/s", calibration.gyro);
  text += SensorText("accelerometer", "m/s²", calibration.accelerometer);
  for (const std::string& note : calibration.notes) text += "note        " + note + '\n';
  for (const std::string& note : result.notes) text += "note        " + note + '\n';
  if (!options.rig.empty()) text += "rig         " + options.rig.string() + '\n';
  if (!options.svg.empty()) text += "plot        " + options.svg.string() + '\n';
  return text;
}

void Add(Json& json, const std::string& name, const NoiseEstimate& estimate) {
  const bool known = estimate.IsKnown();
  json[name] = known ? Json(estimate.value) : Json();
  json[name + "_sigma"] = known ? Json(estimate.sigma) : Json();
  if (!known) json[name + "_limit"] = estimate.limit;
}

void Add(Json& json, const AxisNoise& gyro, const AxisNoise& accelerometer) {
  for (const auto& [noise, sensor, unit, walk_unit] :
       {std::tuple(&gyro, "gyro", "rad_per_s", "rad_per_s2"),
        std::tuple(&accelerometer, "accelerometer", "m_per_s2", "m_per_s3")}) {
    const std::string name = sensor;
    Add(json, fmt::format("{}_noise_density_{}_sqrt_hz", name, unit), noise->density);
    Add(json, fmt::format("{}_random_walk_{}_sqrt_hz", name, walk_unit), noise->random_walk);
    if (noise->bias_instability)
      Add(json, fmt::format("{}_bias_instability_{}", name, unit), *noise->bias_instability);
    json[fmt::format("{}_drift_{}", name, walk_unit)] = noise->drift_per_s;
    json[name + "_chi_square"] = noise->fit.chi_square;
    json[name + "_degrees_of_freedom"] = noise->fit.degrees_of_freedom;
    json[name + "_follows_model"] = noise->fit.follows_model;
  }
}

Json ToJson(const ImuCalibrationResult& result) {
  const ImuNoiseCalibration& calibration = result.calibration;
  Json json = {{"samples", calibration.samples},
               {"duration_s", calibration.duration_s},
               {"rate_hz", calibration.rate_hz},
               {"bridged_samples", calibration.bridged},
               {"pieces", calibration.pieces}};
  Add(json, calibration.gyro.combined, calibration.accelerometer.combined);
  for (size_t k = 0; k < 3; ++k) {
    Json& axis = json["axes"][std::string(1, "xyz"[k])];
    Add(axis, calibration.gyro.axes[k], calibration.accelerometer.axes[k]);
  }
  json["notes"] = calibration.notes;
  for (const std::string& note : result.notes) json["notes"].push_back(note);
  return json;
}

struct Request {
  CalibrateImuOptions options;
  bool json = false;
};

int Run(const Request& request) {
  const auto result = CalibrateImu(request.options);
  if (!result) return Report(result.error());
  return Print(request.json
                   ? ToJson(*result).dump(2, ' ', false, Json::error_handler_t::replace) + '\n'
                   : Text(request.options, *result));
}

}  // namespace

void AddCalibrateImu(CLI::App& calibrate, RunCommand& run) {
  auto request = std::make_shared<Request>();
  CalibrateImuOptions& options = request->options;
  CLI::App* command =
      calibrate.add_subcommand("imu", "The noise of an IMU that lay still, for hours if it can be");
  command->add_option("IN", options.input, "sensor log, or a CSV as EuRoC's imu0/data.csv")
      ->required();
  command
      ->add_option("-o,--output", options.rig,
                   "rig.yaml to write; where there is a rig already, its IMU's noise is replaced")
      ->type_name("RIG");
  command->add_option("--svg", options.svg, "Allan plot to write")->type_name("FILE");
  command->add_option("--begin", options.begin_s, "only samples from here on, from the first one")
      ->type_name("S");
  command->add_option("--end", options.end_s, "only samples before this")->type_name("S");
  command->add_flag("--json", request->json, "print the result as one JSON object");
  command->callback([&run, request] { run = [request] { return Run(*request); }; });
}

}  // namespace nightjar
