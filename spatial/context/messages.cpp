// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/messages.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <numbers>

#include "spatial/context/blocks.h"
#include "spatial/context/context_text.h"
#include "spatial/context/picture_choice.h"
#include "spatial/scene_files.h"

namespace nightjar {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

// Names as the parts `walls` and `surfaces` give them.
std::string SurfaceNames(const ContextMoment& moment, size_t keyframe) {
  const Scene& scene = moment.scene();
  if (scene.views.size() != moment.session().keyframes.size()) return {};
  std::string names;
  for (const int id : scene.views[keyframe].surfaces) {
    const SurfaceKind kind = scene.surfaces[static_cast<size_t>(id)].kind;
    names += fmt::format("{}{}{}{}", names.empty() ? "; shows " : ", ", SurfaceKindName(kind),
                         kind == SurfaceKind::kWall ? '_' : ' ', id);
  }
  return names;
}

std::string Caption(const ContextMoment& moment, const ChosenPicture& picture, size_t number,
                    size_t count) {
  const Session& session = moment.session();
  const Keyframe& keyframe = session.keyframes[picture.keyframe];
  const Se3& pose = keyframe.state.T_world_body;
  const Eigen::Vector3d p = moment.frame().FromWorld(pose.translation);
  const LookAngles look = LookAnglesOf(session.rig, pose);
  const bool known = keyframe.covariance.trace() > 0;
  const RoundedText m =
      Metres(known ? std::sqrt(keyframe.covariance.diagonal().head<3>().maxCoeff()) : -1);
  const RoundedText degrees = Degrees(known ? std::sqrt(keyframe.covariance(5, 5)) * kDegrees : -1);
  std::string caption = fmt::format(
      "picture {} of {}: t={}s, from ({},{},{})±{}m looking yaw {}±{} pitch {} deg", number, count,
      Fixed(moment.Seconds(keyframe.state.time), 2), m.Value(p.x()), m.Value(p.y()), m.Value(p.z()),
      m.Sigma(), degrees.Value(moment.frame().Yaw(look.yaw_rad) * kDegrees), degrees.Sigma(),
      degrees.Value(look.pitch_rad * kDegrees));
  if (picture.new_share) {
    caption += fmt::format("; {} % of all known places are in it and in no picture before it",
                           Fixed(100 * *picture.new_share, 0));
  }
  caption += SurfaceNames(moment, picture.keyframe);
  const KeyframeImage& image = *picture.image;
  return caption + fmt::format("; {}x{} px, focal length {} px, centre ({},{})", image.width,
                               image.height, Fixed(image.focal_px, 1), Fixed(image.cx, 1),
                               Fixed(image.cy, 1));
}

Json TextPart(const std::string& text) { return {{"type", "text"}, {"text", text}}; }

Result<std::string> UrlOf(const std::filesystem::path& folder, const KeyframeImage& image,
                          bool embed) {
  if (!embed) return image.file;
  std::ifstream stream(folder / image.file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(stream)),
                          std::istreambuf_iterator<char>());
  if (!stream.is_open() || bytes.empty()) {
    return Fail(ErrorKind::kUnusableInput, "cannot be read", (folder / image.file).string(),
                "process the log again");
  }
  return "data:image/jpeg;base64," + Base64(bytes);
}

}  // namespace

std::string Base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t k = 0; k < bytes.size(); k += 3) {
    uint32_t three = 0;
    for (size_t i = 0; i < 3; ++i)
      three = three << 8 | (k + i < bytes.size() ? static_cast<unsigned char>(bytes[k + i]) : 0u);
    for (size_t i = 0; i < 4; ++i)
      text += k + i <= bytes.size() ? kDigits[three >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

Result<std::string> ContextMessages(const ContextMoment& moment,
                                    const std::filesystem::path& folder,
                                    const MessagesOptions& options) {
  Json parts = Json::array({TextPart(ContextParts(moment).Text(options.max_bytes))});
  const std::vector<ChosenPicture> pictures = ChoosePictures(moment, options.pictures);
  for (size_t k = 0; k < pictures.size(); ++k) {
    parts.push_back(TextPart(Caption(moment, pictures[k], k + 1, pictures.size())));
    const Result<std::string> url = UrlOf(folder, *pictures[k].image, options.embed);
    if (!url) return tl::unexpected(url.error());
    parts.push_back({{"type", "image_url"}, {"image_url", {{"url", *url}}}});
  }
  if (pictures.size() < options.pictures) {
    parts.push_back(TextPart(fmt::format(
        "pictures: {} of {} that were asked for; the session has {} of this time and map",
        pictures.size(), options.pictures, pictures.empty() ? "none" : "no more")));
  }
  return Dump(parts) + '\n';
}

}  // namespace nightjar
