// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/develop.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <system_error>
#include <utility>

#include "core/staged_folder.h"
#include "core/whole_file.h"
#include "data/dng_file.h"
#include "data/image_file.h"
#include "isp/linear_frame.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolderFormat = "png";

enum class Format { kPng, kTiff, kPfm, kDng };

std::optional<Format> FormatOf(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name == "png") return Format::kPng;
  if (name == "tif" || name == "tiff") return Format::kTiff;
  if (name == "pfm") return Format::kPfm;
  if (name == "dng") return Format::kDng;
  return std::nullopt;
}

std::string SuffixOf(const fs::path& file) {
  const std::string suffix = file.extension().string();
  return suffix.empty() ? suffix : suffix.substr(1);
}

/// What the samples of a linear frame mean, in the words of a rig's camera.
FileTexts LinearTexts(const DevelopedFrame& frame) {
  std::string profile;
  for (const NoiseProfile::Channel& noise : frame.noise) {
    profile +=
        fmt::format("{}{:.6g},{:.6g}", profile.empty() ? "" : ";", noise.scale, noise.offset);
    if (frame.samples.colour_filter == ColourFilter::kNone) break;
  }
  return {{"pixel_format", "raw16"},
          {"cfa", ColourFilterName(frame.samples.colour_filter)},
          {"black_level", std::to_string(kLinearPedestal)},
          {"white_level", std::to_string(kLinearPedestal + kLinearScale)},
          {"noise_profile", profile}};
}

Image<float> Light(const Image<uint16_t>& linear) {
  Image<float> light(linear.width(), linear.height());
  light.for_each_element(
      [&](int x, int y) { light(x, y) = static_cast<float>(FromLinear(linear(x, y))); });
  return light;
}

Result<std::string> Encode(const FilePixels& pixels, const FileTexts& texts, Format format) {
  return format == Format::kPng ? EncodePng(pixels, texts) : EncodeTiff(pixels, texts);
}

Result<std::string> Dng(const DevelopedFrame& frame, const FrameColours& colours,
                        bool is_denoised) {
  DngDescription description;
  description.colour_filter = frame.samples.colour_filter;
  description.black = kLinearPedestal;
  description.white = kLinearPedestal + kLinearScale;
  description.white_balance = colours.white_balance;
  if (colours.matrix) description.matrix = *colours.matrix;
  if (!is_denoised) description.noise.assign(frame.noise.begin(), frame.noise.end());
  return EncodeDng(frame.linear, description);
}

/// kUsage for options of pictures where none is made.
Status CheckEffects(const DevelopOptions& options, Format format) {
  const FrameDevelopment& how = options.frame;
  if (!how.denoise && how.denoising.colour_smoothing != 1)
    return Fail(ErrorKind::kUsage, "has no effect with --no-denoise", "--smooth-colours");
  if (!how.denoise && how.denoising.spatial.setting != DenoisingSetting::kOffline)
    return Fail(ErrorKind::kUsage, "has no effect with --no-denoise", "--setting");
  if (!options.linear && format != Format::kPfm && format != Format::kDng) return {};
  const bool has_colours = format == Format::kDng;  // which say what they are
  const bool shades = how.vignetting != std::array<double, 3>{0, 0, 0};
  for (const auto& [is_given, name] : {std::pair(how.exposure.has_value(), "--exposure"),
                                       {shades, "--vignetting"},
                                       {how.local_contrast.has_value(), "--local-contrast"},
                                       {how.sharpening.has_value(), "--sharpen"},
                                       {how.white_balance && !has_colours, "--white-balance"},
                                       {how.matrix && !has_colours, "--matrix"}}) {
    if (is_given)
      return Fail(ErrorKind::kUsage, "has no effect on linear samples", name, "write a picture");
  }
  return {};
}

/// kUsage for options of colours where there are none.
Status CheckColours(const DevelopedFrame& frame, const FrameDevelopment& how) {
  if (frame.samples.colour_filter != ColourFilter::kNone) return {};
  for (const auto& [is_given, name] : {std::pair(how.white_balance.has_value(), "--white-balance"),
                                       {how.matrix.has_value(), "--matrix"},
                                       {how.denoising.colour_smoothing != 1, "--smooth-colours"}}) {
    if (is_given)
      return Fail(ErrorKind::kUsage, "has no effect on a monochrome frame", name, "give --bayer");
  }
  return {};
}

/// kUsage for pixels that the frame does not have.
Status CheckDefects(const RawImage& raw, const FrameDevelopment& how) {
  const int width = raw.samples.width(), height = raw.samples.height();
  for (const auto& [x, y] : how.front.defects) {
    if (x >= 0 && y >= 0 && x < width && y < height) continue;
    return Fail(ErrorKind::kUsage,
                "pixel " + std::to_string(x) + "," + std::to_string(y) + " is outside of " +
                    std::to_string(width) + " x " + std::to_string(height),
                "--defects");
  }
  return {};
}

struct Bytes {
  std::string image, sigma;
};

// With the name of the input, where the error has none.
tl::unexpected<Error> Of(const fs::path& input, Error error) {
  if (error.where.empty()) error.where = input.string();
  return tl::unexpected(std::move(error));
}

/// What the frame's file is reported with.
void Describe(const DevelopedFrame& frame, DevelopedFile& file) {
  file.frames = frame.frames;
  file.remaining_noise = frame.remaining_noise;
  file.width = frame.linear.width();
  file.height = frame.linear.height();
  file.samples = frame.samples;
  file.estimate = frame.estimate;
  file.row_noise_dn = frame.row_noise_dn;
  file.green_ratio = frame.green_ratio;
  double variance = 0;
  frame.measured_sigma.for_each_value([&](float sigma) { variance += 1.0 * sigma * sigma; });
  file.mean_sigma = std::sqrt(variance / (1.0 * file.width * file.height));
}

/// One image of one input, or of all the frames of a burst.
Result<Bytes> DevelopOne(const std::vector<fs::path>& inputs, Format format,
                         const DevelopOptions& options, const WorkProgress& progress,
                         DevelopedFile& file) {
  FrameDevelopment how = options.frame;
  how.measure_sigma = !options.sigma.empty();
  FrameDeveloping developing(how);
  Result<RawImage> raw;  // the first
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (Status look =
            progress.Look(static_cast<int64_t>(i), static_cast<int64_t>(inputs.size()), "frames");
        !look) {
      return tl::unexpected(look.error());
    }
    Result<RawImage> next = ReadRawImage(inputs[i]);
    if (!next) return Of(inputs[i], next.error());
    if (options.inputs.size() > 1 && !options.frame.white && !next->white) {
      return Fail(ErrorKind::kUsage, "the file does not say its white level", inputs[i].string(),
                  "give --white: guessed, it may differ from frame to frame");
    }
    if (Status status = CheckDefects(*next, options.frame); !status)
      return tl::unexpected(status.error());
    if (Status status = developing.Add(*next); !status) return Of(inputs[i], status.error());
    if (i == 0) raw = std::move(next);
  }
  const Result<DevelopedFrame> frame = developing.Finish();
  if (!frame) return Of(inputs.front(), frame.error());
  if (Status status = CheckColours(*frame, options.frame); !status)
    return tl::unexpected(status.error());
  file.input = inputs.front();
  Describe(*frame, file);
  Bytes bytes;
  if (!options.sigma.empty()) bytes.sigma = EncodePfm(frame->measured_sigma);
  if (format == Format::kPfm) {
    bytes.image = EncodePfm(Light(frame->linear));
    return bytes;
  }
  const FrameColours colours = ColoursOf(*frame, *raw, options.frame);
  Result<std::string> image;
  if (format == Format::kDng) {
    image = Dng(*frame, colours, options.frame.denoise);
  } else if (options.linear) {
    image = Encode(frame->linear, LinearTexts(*frame), format);
  } else {
    Result<DevelopedPicture> picture = MakePicture(*frame, colours, options.frame);
    if (!picture) return tl::unexpected(picture.error());
    image = Encode(picture->pixels, {}, format);
    file.picture = std::move(*picture);
    file.picture->pixels = {};
  }
  if (!image) return tl::unexpected(image.error());
  bytes.image = std::move(*image);
  return bytes;
}

Result<std::vector<DevelopedFile>> DevelopToFile(const DevelopOptions& options,
                                                 const WorkProgress& progress) {
  DevelopedFile file;
  const Format format = *FormatOf(SuffixOf(options.output));
  const Result<Bytes> bytes = DevelopOne(options.inputs, format, options, progress, file);
  if (!bytes) return Of(options.inputs.front(), bytes.error());
  file.output = options.output;
  if (!options.sigma.empty()) {
    if (Status status = WriteWholeFile(options.sigma, bytes->sigma); !status)
      return tl::unexpected(status.error());
  }
  if (Status status = WriteWholeFile(options.output, bytes->image); !status) {
    std::error_code ignored;
    if (!options.sigma.empty()) fs::remove(options.sigma, ignored);
    return tl::unexpected(status.error());
  }
  return std::vector<DevelopedFile>{file};
}

Result<std::vector<DevelopedFile>> DevelopToFolder(const DevelopOptions& options,
                                                   const WorkProgress& progress) {
  const std::string suffix = options.format.value_or(kFolderFormat);
  const Format format = *FormatOf(suffix);
  Result<StagedFolder> folder = StagedFolder::Create(
      options.output, [](const fs::path&) { return std::string("is not empty"); });
  if (!folder) return tl::unexpected(folder.error());
  std::vector<DevelopedFile> files;
  const auto total = static_cast<int64_t>(options.inputs.size());
  for (const fs::path& input : options.inputs) {
    if (Status look = progress.Look(static_cast<int64_t>(files.size()), total, "frames"); !look)
      return tl::unexpected(look.error());
    DevelopedFile file;
    const Result<Bytes> bytes = DevelopOne({input}, format, options, {}, file);
    if (!bytes) return Of(input, bytes.error());
    const std::string name = input.stem().string() + "." + suffix;
    if (Status status = folder->Write(name, bytes->image); !status)
      return tl::unexpected(status.error());
    file.output = options.output / name;
    files.push_back(std::move(file));
  }
  if (Status status = folder->Commit(); !status) return tl::unexpected(status.error());
  return files;
}

}  // namespace

Status DevelopOptions::Validate() const {
  if (inputs.empty()) return Fail(ErrorKind::kUsage, "nothing to develop");
  if (Status status = frame.Validate(); !status) return status;
  const bool to_file = burst || inputs.size() == 1;
  if (format && to_file)
    return Fail(ErrorKind::kUsage, "is of files in a folder", "--format",
                "the suffix of the output says it");
  if (format && !FormatOf(*format))
    return Fail(ErrorKind::kUsage, "there is no format '" + *format + "'", {},
                "png, tiff, pfm and dng are known");
  if (burst && inputs.size() < 2)
    return Fail(ErrorKind::kUsage, "a burst has two frames at least", "--burst");
  if (to_file) {
    if (!FormatOf(SuffixOf(output))) {
      return Fail(ErrorKind::kUsage, "its suffix is of no known format", output.string(),
                  "use .png, .tiff, .pfm or .dng");
    }
    if (Status status = CheckEffects(*this, *FormatOf(SuffixOf(output))); !status) return status;
    std::error_code error;
    for (const fs::path& written : {output, sigma}) {
      for (const fs::path& input : inputs) {
        if (!written.empty() && fs::equivalent(input, written, error))
          return Fail(ErrorKind::kUsage, "is also an input", written.string(), "give another name");
      }
    }
    if (!sigma.empty() &&
        (fs::weakly_canonical(sigma, error) == fs::weakly_canonical(output, error) ||
         fs::equivalent(sigma, output, error))) {
      return Fail(ErrorKind::kUsage, "is also the output", sigma.string(), "give another name");
    }
    return {};
  }
  if (Status status = CheckEffects(*this, *FormatOf(format.value_or(kFolderFormat))); !status)
    return status;
  if (!sigma.empty())
    return Fail(ErrorKind::kUsage, "--sigma is for one input or a burst", sigma.string());
  if (FormatOf(SuffixOf(output))) {
    return Fail(ErrorKind::kUsage, "several inputs make a folder, and this is a file's name",
                output.string(), "give a folder, or --burst for one image of all");
  }
  std::set<std::string> names;
  for (const fs::path& input : inputs) {
    if (!names.insert(input.stem().string()).second) {
      return Fail(ErrorKind::kUsage, "two inputs would get this name", input.stem().string(),
                  "develop them apart");
    }
  }
  return {};
}

Result<std::vector<DevelopedFile>> Develop(const DevelopOptions& options,
                                           const WorkProgress& progress) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  return options.burst || options.inputs.size() == 1 ? DevelopToFile(options, progress)
                                                     : DevelopToFolder(options, progress);
}

std::string ColourFilterName(ColourFilter filter) {
  switch (filter) {
    case ColourFilter::kNone: return "none";
    case ColourFilter::kRggb: return "rggb";
    case ColourFilter::kBggr: return "bggr";
    case ColourFilter::kGrbg: return "grbg";
    case ColourFilter::kGbrg: return "gbrg";
  }
  return "none";
}

}  // namespace nightjar
