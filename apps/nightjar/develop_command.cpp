// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "apps/nightjar/work_on_terminal.h"
#include "apps/pipeline/develop.h"
#include "data/number_text.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

/// The command line, as far as it is text still.
struct DevelopLine {
  DevelopOptions options;
  std::string filter, noise, white_balance, matrix, vignetting, defects, setting = "offline";
  bool no_denoise = false, keep_defects = false, keep_rows = false, keep_greens = false;
  bool json = false;
};

std::vector<std::string> Split(const std::string& text, char by) {
  std::vector<std::string> parts = {""};
  for (const char c : text) {
    if (c == by) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

/// `count` numbers with commas between them.
Result<std::vector<double>> Numbers(const std::string& option, const std::string& text,
                                    size_t count) {
  std::vector<double> numbers;
  for (const std::string& part : Split(text, ',')) {
    const auto number = number_text::ParseDouble(part);
    if (number) numbers.push_back(*number);
    if (!number) break;
  }
  if (numbers.size() == count && Split(text, ',').size() == count) return numbers;
  return Fail(ErrorKind::kUsage, fmt::format("'{}' is not {} numbers", text, count), option,
              "put commas between them, no blanks");
}

template <size_t count>
Status Take(const std::string& option, const std::string& text, std::array<double, count>& to) {
  const auto numbers = Numbers(option, text, count);
  if (!numbers) return tl::unexpected(numbers.error());
  std::copy(numbers->begin(), numbers->end(), to.begin());
  return {};
}
template <size_t count>
Status Take(const std::string& option, const std::string& text,
            std::optional<std::array<double, count>>& to) {
  if (text.empty()) return {};
  return Take(option, text, to.emplace());
}

Status TakeNoise(const std::string& text, std::vector<NoiseProfile::Channel>& noise) {
  if (text.empty()) return {};
  for (const std::string& pair : Split(text, ';')) {
    const auto numbers = Numbers("--noise-profile", pair, 2);
    if (!numbers) return tl::unexpected(numbers.error());
    noise.push_back({(*numbers)[0], (*numbers)[1]});
  }
  return {};
}

Status TakeDefects(const std::string& text, std::vector<PixelPosition>& defects) {
  if (text.empty()) return {};
  for (const std::string& pair : Split(text, ';')) {
    const auto parts = Split(pair, ',');
    const auto x = number_text::ParseUnsigned(parts[0]);
    const auto y = parts.size() == 2 ? number_text::ParseUnsigned(parts[1]) : std::nullopt;
    if (!x || !y || *x > 65535 || *y > 65535)
      return Fail(ErrorKind::kUsage, "'" + pair + "' is no pixel x,y", "--defects");
    defects.push_back({static_cast<int>(*x), static_cast<int>(*y)});
  }
  return {};
}

Status Understand(DevelopLine& line) {
  static const std::map<std::string, ColourFilter> kFilters = {{"rggb", ColourFilter::kRggb},
                                                               {"bggr", ColourFilter::kBggr},
                                                               {"grbg", ColourFilter::kGrbg},
                                                               {"gbrg", ColourFilter::kGbrg},
                                                               {"none", ColourFilter::kNone}};
  FrameDevelopment& frame = line.options.frame;
  if (!line.filter.empty()) frame.colour_filter = kFilters.at(line.filter);
  frame.denoise = !line.no_denoise;
  frame.denoising.spatial.setting =
      line.setting == "edge" ? DenoisingSetting::kEdge : DenoisingSetting::kOffline;
  if (line.keep_defects) frame.front.defect_threshold = 0;
  frame.front.remove_row_noise = !line.keep_rows;
  frame.front.equalise_greens = !line.keep_greens;
  if (Status status = TakeNoise(line.noise, frame.noise); !status) return status;
  if (Status status = TakeDefects(line.defects, frame.front.defects); !status) return status;
  if (Status status = Take("--white-balance", line.white_balance, frame.white_balance); !status)
    return status;
  if (Status status = Take("--matrix", line.matrix, frame.matrix); !status) return status;
  if (line.vignetting.empty()) return {};
  return Take("--vignetting", line.vignetting, frame.vignetting);
}

Json NoiseJson(const DevelopedFile& file) {
  Json scale = Json::array(), offset = Json::array();
  const size_t count = file.samples.colour_filter == ColourFilter::kNone ? 1 : 4;
  for (size_t place = 0; place < count; ++place) {
    scale.push_back(file.samples.noise[place].scale);
    offset.push_back(file.samples.noise[place].offset);
  }
  Json json = {{"source", file.estimate ? "estimated" : "given"},
               {"scale", std::move(scale)},
               {"offset", std::move(offset)}};
  if (file.estimate) {
    json["least_light"] = file.estimate->least_light;
    json["most_light"] = file.estimate->most_light;
    json["blocks"] = file.estimate->blocks;
  }
  return json;
}

Json ToJson(const std::vector<DevelopedFile>& files) {
  Json frames = Json::array();
  for (const DevelopedFile& file : files) {
    Json json = {{"input", file.input.string()},
                 {"output", file.output.string()},
                 {"width", file.width},
                 {"height", file.height},
                 {"cfa", ColourFilterName(file.samples.colour_filter)},
                 {"black_level_dn", file.samples.black},
                 {"white_level_dn", file.samples.white},
                 {"noise", NoiseJson(file)},
                 {"row_noise_dn", file.row_noise_dn},
                 {"green_ratio", file.green_ratio},
                 {"rms_sigma", file.mean_sigma},
                 {"burst_frames", file.frames},
                 {"remaining_noise", file.remaining_noise}};
    if (file.picture) {
      json["white_balance"] = file.picture->colours.white_balance;
      json["exposure"] = file.picture->exposure;
      json["colour_matrix"] = file.picture->colours.matrix.has_value();
    }
    frames.push_back(std::move(json));
  }
  return {{"frames", std::move(frames)}};
}

std::string Text(const std::vector<DevelopedFile>& files) {
  std::string text;
  for (const DevelopedFile& file : files) {
    const NoiseProfile::Channel& noise = file.samples.noise[0];
    text += fmt::format("frame       {}: {} x {} px, {}, {:g} to {:g} DN\n", file.input.string(),
                        file.width, file.height,
                        file.samples.colour_filter == ColourFilter::kNone
                            ? "monochrome"
                            : ColourFilterName(file.samples.colour_filter),
                        file.samples.black[0], file.samples.white);
    text += fmt::format("noise       {}: var(x) = {:.3g} x + {:.3g}; {:.3g} is left\n",
                        file.estimate ? "estimated from the frame" : "as given", noise.scale,
                        noise.offset, file.mean_sigma);
    if (file.frames > 1)
      text += fmt::format("burst       {} frames, which left {:.3g} of the noise's variance\n",
                          file.frames, file.remaining_noise);
    if (file.frames > 1 && file.remaining_noise > 0.9)
      text += "burst       no other frame agrees with the first: are exposure and gain the same?\n";
    if (file.row_noise_dn > 0)
      text += fmt::format("rows        offsets of {:.2f} DN taken off\n", file.row_noise_dn);
    if (file.green_ratio != 1)
      text += fmt::format("greens      differ by {:+.1f} %\n", 100 * (file.green_ratio - 1));
    if (file.picture) {
      const auto& balance = file.picture->colours.white_balance;
      text += fmt::format("picture     white balance {:.3f} {:.3f} {:.3f}, exposure {:.3g}\n",
                          balance[0], balance[1], balance[2], file.picture->exposure);
    }
    text += fmt::format("written     {}\n", file.output.string());
  }
  return text;
}

int Run(DevelopLine line) {
  if (Status status = Understand(line); !status) return Report(status.error());
  const auto files = WorkOnTerminal(
      "developing", [&](const WorkProgress& progress) { return Develop(line.options, progress); });
  if (!files) return Report(files.error());
  if (line.json)
    return Print(ToJson(*files).dump(2, ' ', false, Json::error_handler_t::replace) + '\n');
  return Print(Text(*files));
}

void AddSensorOptions(CLI::App& command, DevelopLine& line) {
  FrameDevelopment& frame = line.options.frame;
  command
      .add_option("--bayer", line.filter,
                  "colours of the 2 x 2 tile; where missing as the file says, else none")
      ->transform(CLI::IsMember({"rggb", "bggr", "grbg", "gbrg", "none"}, CLI::ignore_case))
      ->type_name("RGGB|BGGR|GRBG|GBRG|NONE");
  command.add_option("--black", frame.black, "black level; where missing as the file says, else 0")
      ->type_name("DN");
  command
      .add_option("--white", frame.white,
                  "white level; where missing as the file says, else the largest of 8, 10, 12, 14 "
                  "or 16 bits")
      ->type_name("DN");
  command
      .add_option("--noise-profile", line.noise,
                  "var(x) = S x + O, x = 0 at black and 1 at white; one, or four by place in the "
                  "tile; where missing it is estimated from the frame")
      ->type_name("S,O[;S,O;S,O;S,O]");
  command.add_option("--defects", line.defects, "pixels that are defective")
      ->type_name("X,Y[;X,Y...]");
  command.add_flag("--keep-defects", line.keep_defects, "replace no pixel but those of --defects");
  command.add_flag("--keep-rows", line.keep_rows, "leave offsets of rows");
  command.add_flag("--keep-greens", line.keep_greens, "leave a difference of the two greens");
  command.add_flag("--no-denoise", line.no_denoise, "leave the noise");
  command
      .add_option(
          "--smooth-colours", frame.denoising.colour_smoothing,
          "0.34 to 2.4: how much more than usual noise of colours is removed, detail with it")
      ->type_name("FACTOR")
      ->capture_default_str();
  command
      .add_option("--setting", line.setting,
                  "how noise is removed: offline, in two passes, or edge, in one, in a fifth of "
                  "the time")
      ->check(CLI::IsMember({"edge", "offline"}))
      ->type_name("edge|offline")
      ->capture_default_str();
}

void AddPictureOptions(CLI::App& command, DevelopLine& line) {
  command
      .add_option("--white-balance", line.white_balance,
                  "gains; where missing as the file says, else such that the mean is grey")
      ->type_name("R,G,B");
  command
      .add_option(
          "--matrix", line.matrix,
          "from balanced colours to linear sRGB, row by row; where missing as the file says, "
          "else none")
      ->type_name("9 NUMBERS");
  command
      .add_option("--vignetting", line.vignetting,
                  "of the lens: pixels times 1 + r2 (a + r2 (b + r2 c)), r2 = 1 in the corners")
      ->type_name("A,B,C");
  command
      .add_option("--exposure", line.options.frame.exposure,
                  "1 to 1000, of shadows; where missing such that the median is a middle grey")
      ->type_name("GAIN");
  command
      .add_option("--local-contrast", line.options.frame.local_contrast,
                  "0 to 1: contrast of details in bright places, which the tone curve takes, that "
                  "they get back; 0: none; where missing 0.5")
      ->type_name("SHARE");
  command
      .add_option("--sharpen", line.options.frame.sharpening,
                  "0 to 2: what stands out of the noise is sharpened; 0: not; where missing 0.8")
      ->type_name("GAIN");
}

}  // namespace

void AddDevelopCommand(CLI::App& app, RunCommand& run) {
  auto line = std::make_shared<DevelopLine>();
  CLI::App* command =
      app.add_subcommand("develop", "RAW or noisy frames to images: denoised, with sigma");
  command
      ->add_option("IN", line->options.inputs,
                   "RAW files of cameras (DNG and what LibRaw reads), grey PNG, TIFF or FITS, or "
                   "NumPy arrays (uint8 or uint16, two dimensions)")
      ->required();
  command
      ->add_option("-o,--output", line->options.output,
                   "file to write (.png, .tiff; linear: .pfm, .dng); for several inputs that are "
                   "no burst a folder")
      ->required()
      ->type_name("OUT");
  command->add_flag("--burst", line->options.burst,
                    "the inputs are frames of one scene, of one exposure: one image, of what the "
                    "first one shows, from all of them");
  command
      ->add_option("--format", line->options.format, "of the files in a folder; where missing png")
      ->type_name("png|tiff|pfm|dng");
  command->add_flag("--linear", line->options.linear,
                    "16-bit linear samples, still a mosaic, instead of a picture");
  command->add_option("--sigma", line->options.sigma, "expected error of every sample, PFM")
      ->type_name("FILE");
  AddSensorOptions(*command, *line);
  AddPictureOptions(*command, *line);
  command->add_flag("--json", line->json, "print what was assumed and done as one JSON object");
  command->callback([&run, line] { run = [line] { return Run(*line); }; });
}

}  // namespace nightjar
