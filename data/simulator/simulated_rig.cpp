// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/simulated_rig.h"

#include <cmath>

#include "calibration/make_camera_model.h"
#include "core/so3.h"

namespace nightjar {
namespace {

constexpr double kRate_hz = 20;

// Camera axes in a body whose x axis points forward, turned to the left by `yaw`.
Se3 LooksForward(const Eigen::Vector3d& place, double yaw) {
  Eigen::Matrix3d R_body_camera;
  R_body_camera << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  return {so3::Exp(Eigen::Vector3d(0, 0, yaw)) * Eigen::Quaterniond(R_body_camera), place};
}

RigCamera Camera(const std::string& name, int width, int height, const std::string& model,
                 const std::vector<double>& intrinsics, const std::vector<double>& distortion) {
  RigCamera camera;
  camera.name = name;
  camera.width = width;
  camera.height = height;
  camera.rate_hz = kRate_hz;
  camera.model = MakeCameraModel(model, intrinsics, distortion).value();
  return camera;
}

std::vector<RigCamera> Stereo(ColourFilter filter) {
  std::vector<RigCamera> cameras = {Camera("cam0", 752, 480, "radial-tangential",
                                           {460, 459, 371, 243}, {-0.28, 0.07, 0.0002, -0.0001}),
                                    Camera("cam1", 752, 480, "radial-tangential",
                                           {458, 457, 379, 237}, {-0.27, 0.06, -0.0003, 0.0002})};
  cameras[0].T_body_camera = LooksForward({0.01, 0.055, 0.005}, 0.005);
  cameras[1].T_body_camera = LooksForward({0.012, -0.055, 0.004}, -0.004);
  for (RigCamera& camera : cameras) camera.sensor.colour_filter = filter;
  return cameras;
}

std::vector<RigCamera> Glasses() {
  const std::vector<double> fisheye = {0.02, -0.006, 0.001, -0.0002};
  std::vector<RigCamera> cameras = {
      Camera("cam0", 640, 480, "equidistant", {242, 242, 318, 241}, fisheye),
      Camera("cam1", 640, 480, "equidistant", {241, 241, 322, 239}, fisheye),
      Camera("cam2", 704, 704, "double-sphere", {370, 370, 352, 351}, {0.15, 0.55})};
  constexpr double kOutwards = 15 * M_PI / 180;
  cameras[0].T_body_camera = LooksForward({0.02, 0.07, 0}, kOutwards);
  cameras[1].T_body_camera = LooksForward({0.02, -0.07, 0}, -kOutwards);
  cameras[2].T_body_camera = LooksForward({0.022, 0.01, 0.01}, 0);
  cameras[2].sensor.colour_filter = ColourFilter::kRggb;
  return cameras;
}

}  // namespace

std::vector<std::string> SimulatedRigNames() {
  return {"stereo-mono", "mono", "stereo-bayer", "glasses"};
}

Result<Rig> SimulatedRig(std::string_view name) {
  Rig rig;
  rig.imu.name = "imu0";
  rig.imu.rate_hz = 200;
  rig.imu.noise = {1.7e-4, 2e-5, 2e-3, 3e-4};
  if (name == "stereo-mono") {
    rig.cameras = Stereo(ColourFilter::kNone);
  } else if (name == "mono") {
    rig.cameras = {Stereo(ColourFilter::kNone).front()};
  } else if (name == "stereo-bayer") {
    rig.cameras = Stereo(ColourFilter::kRggb);
  } else if (name == "glasses") {
    rig.cameras = Glasses();
  } else {
    std::string known;
    for (const std::string& rig_name : SimulatedRigNames())
      known += (known.empty() ? "" : ", ") + rig_name;
    return Fail(ErrorKind::kUsage, "no such rig", std::string(name), "choose one of " + known);
  }
  return rig;
}

RigEventCamera SimulatedEventCamera() {
  RigEventCamera camera;
  camera.name = "events0";
  camera.width = 346;
  camera.height = 260;
  camera.model =
      MakeCameraModel("radial-tangential", {262, 262, 173, 130}, {-0.25, 0.06, 0, 0}).value();
  camera.T_body_camera = LooksForward({0.015, 0.02, 0.015}, 0);
  return camera;
}

}  // namespace nightjar
