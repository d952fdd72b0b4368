// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/keyframe_images.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "apps/pipeline/develop_frame.h"
#include "apps/pipeline/frame_developer.h"
#include "data/jpeg_image.h"
#include "isp/linear_frame.h"
#include "isp/undistortion.h"

namespace nightjar {
namespace {

constexpr int kReference = 0;
constexpr int kQuality = 90;

// What people see has the least error, and all of the past that agrees.
DevelopmentOptions ForPictures() {
  DevelopmentOptions options;
  options.temporal = options.spatial = true;
  options.shrinkage = SpatialDenoiserOptions{};
  return options;
}

// Frames of 8 bits that were denoised, as they were.
Image<uint8_t> Bytes(const Image<uint16_t>& linear) {
  Image<uint8_t> bytes(linear.width(), linear.height());
  bytes.for_each_element([&](int x, int y) {
    bytes(x, y) =
        static_cast<uint8_t>(std::lround(std::clamp(255 * FromLinear(linear(x, y)), 0.0, 255.0)));
  });
  return bytes;
}

// The body's turn from frame to frame, from the final trajectory; none into another map, whose
// world is another.
class Turns {
 public:
  explicit Turns(const Trajectory& trajectory) : trajectory_(trajectory) {}

  Eigen::Quaterniond SincePrevious(SensorTime time) {
    const auto row =
        std::lower_bound(trajectory_.begin(), trajectory_.end(), time,
                         [](const TrajectoryRow& r, SensorTime t) { return r.state.time < t; });
    if (row == trajectory_.end() || row->state.time != time) return Eigen::Quaterniond::Identity();
    const TrajectoryRow* previous = std::exchange(previous_, &*row);
    if (previous == nullptr || previous->map != row->map) return Eigen::Quaterniond::Identity();
    return Eigen::Quaterniond(previous->state.T_world_body.rotation).conjugate() *
           Eigen::Quaterniond(row->state.T_world_body.rotation);
  }

 private:
  const Trajectory& trajectory_;
  const TrajectoryRow* previous_ = nullptr;  // in trajectory_
};

class KeyframeImageWriter {
 public:
  KeyframeImageWriter(const Session& session, const Rig& rig)
      : camera_(rig.cameras[kReference]),
        turns_(session.closed_loop),
        developer_(rig, ForPictures()) {}

  /// Every frame goes through, as the next ones are put together with it.
  Result<FrameDeveloper::Developed> Develop(const Frame& frame) {
    developer_.Turn(turns_.SincePrevious(frame.time));
    return developer_.Develop(frame);
  }

  /// The picture of the frame that was developed last; nothing where it cannot be one.
  Result<std::optional<FilePixels>> Pictured(const Frame& frame,
                                             const FrameDeveloper::Developed& developed) const {
    const bool raw = std::holds_alternative<Image<uint16_t>>(frame.image);
    if (!raw && !developed.is_linear) return FilePixels(std::get<Image<uint8_t>>(developed.image));
    if (!developed.is_linear) return std::nullopt;
    const auto& linear = std::get<Image<uint16_t>>(developed.image);
    if (!raw) return FilePixels(Bytes(linear));
    DevelopedFrame made;
    made.samples.colour_filter = camera_.sensor.colour_filter;
    made.linear = linear;
    made.noise = developer_.front(kReference).noise;
    made.sigma = developed.is_denoised ? developer_.denoised(kReference).sigma
                                       : SigmaOf(SingleFrame(linear), made.noise[1]);
    FrameDevelopment how;
    how.denoise = developed.is_denoised;
    how.vignetting = camera_.sensor.lens_shading;
    const auto picture = MakePicture(made, ColoursOf(made, RawImage{}, how), how);
    if (!picture) return tl::unexpected(picture.error());
    return picture->pixels;
  }

  KeyframeImage Placed(SensorTime time, const PinholeView& view) const {
    return {time,
            kReference,
            "images/" + camera_.name + "/" + std::to_string(ToNanoseconds(time)) + ".jpg",
            view.width,
            view.height,
            view.focal,
            view.cx,
            view.cy};
  }

 private:
  const RigCamera& camera_;
  Turns turns_;
  FrameDeveloper developer_;
};

FilePixels Undistorted(const Undistortion& undistortion, const FilePixels& pixels) {
  if (const auto* grey = std::get_if<Image<uint8_t>>(&pixels)) return undistortion.Apply(*grey);
  return undistortion.Apply(std::get<PlanarImage<uint8_t>>(pixels));
}

}  // namespace

Result<std::vector<KeyframeImage>> WriteKeyframeImages(const Session& session,
                                                       const KeyframeImagesOptions& options,
                                                       StagedFolder* folder) {
  std::vector<KeyframeImage> images;
  if (session.keyframes.empty()) return images;
  auto log = OpenSensorLog(options.log, options.reading);
  if (!log) return tl::unexpected(log.error());
  const RigCamera& camera = (*log)->rig().cameras[kReference];
  const Undistortion undistortion(*camera.model, camera.width, camera.height);
  KeyframeImageWriter writer(session, (*log)->rig());
  int64_t frames = 0;
  for (size_t next = 0; next < session.keyframes.size();) {
    if (options.cancelled && options.cancelled())
      return Fail(ErrorKind::kTryAgain, "interrupted, nothing was written");
    auto record = (*log)->Next();
    if (!record) return tl::unexpected(record.error());
    if (!*record) break;
    const auto* frame = std::get_if<Frame>(&**record);
    if (frame == nullptr || !HasImage(*frame)) continue;
    const auto developed = writer.Develop(*frame);
    if (!developed) return tl::unexpected(developed.error());
    if (options.progress) options.progress(++frames);
    while (next < session.keyframes.size() && session.keyframes[next].state.time < frame->time)
      ++next;
    if (next == session.keyframes.size() || session.keyframes[next].state.time != frame->time)
      continue;
    ++next;
    const auto picture = writer.Pictured(*frame, *developed);
    if (!picture) return tl::unexpected(picture.error());
    if (!*picture) continue;
    const FilePixels undistorted = Undistorted(undistortion, **picture);
    if (options.take) options.take(frame->time, undistorted);
    if (folder == nullptr) continue;
    const auto bytes = EncodeJpeg(undistorted, kQuality);
    if (!bytes) return tl::unexpected(bytes.error());
    images.push_back(writer.Placed(frame->time, undistortion.view()));
    if (Status written = folder->Write(images.back().file, *bytes); !written)
      return tl::unexpected(written.error());
  }
  return images;
}

}  // namespace nightjar
