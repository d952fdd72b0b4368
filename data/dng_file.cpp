// SPDX-License-Identifier: Apache-2.0
#include "data/dng_file.h"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "data/tiff_file.h"

namespace nightjar {
namespace {

constexpr uint32_t kPhotometricCfa = 32803, kPhotometricLinear = 34892;
constexpr uint32_t kD65 = 21;

/// 0 red, 1 green, 2 blue, row by row.
std::vector<uint32_t> Tile(ColourFilter filter) {
  switch (filter) {
    case ColourFilter::kRggb: return {0, 1, 1, 2};
    case ColourFilter::kBggr: return {2, 1, 1, 0};
    case ColourFilter::kGrbg: return {1, 0, 2, 1};
    case ColourFilter::kGbrg: return {1, 2, 0, 1};
    case ColourFilter::kNone: break;
  }
  return {};
}

/// S and O of each colour, the mean of the places that have it.
std::vector<double> NoiseOfColours(const DngDescription& description) {
  const std::vector<uint32_t> tile = Tile(description.colour_filter);
  if (tile.empty()) return {description.noise[0].scale, description.noise[0].offset};
  std::vector<double> pairs(6);
  for (size_t place = 0; place < 4; ++place) {
    const NoiseProfile::Channel& noise = description.noise[place % description.noise.size()];
    const double share = tile[place] == 1 ? 0.5 : 1;
    pairs[2 * tile[place]] += share * noise.scale;
    pairs[2 * tile[place] + 1] += share * noise.offset;
  }
  return pairs;
}

Status AddColours(const DngDescription& description, TiffFile& file) {
  using Matrix = Eigen::Matrix<double, 3, 3, Eigen::RowMajor>;
  Matrix srgb_xyz;  // IEC 61966-2-1, D65
  srgb_xyz << 3.2404542, -1.5371385, -0.4985314, -0.9692660, 1.8760108, 0.0415560, 0.0556434,
      -0.2040259, 1.0572252;
  const Eigen::FullPivLU<Matrix> matrix(Matrix(description.matrix.data()));
  if (!matrix.isInvertible()) return Fail(ErrorKind::kUsage, "the colour matrix has no inverse");
  Matrix camera_xyz = matrix.inverse() * srgb_xyz;
  std::vector<double> neutral;
  double most = 0;
  for (int c = 0; c < 3; ++c) {
    const double gain = description.white_balance[static_cast<size_t>(c)];
    camera_xyz.row(c) /= gain;
    neutral.push_back(1 / gain);
    most = std::max(most, 1 / gain);
  }
  for (double& value : neutral) value /= most;
  if (!(camera_xyz.cwiseAbs().maxCoeff() < 2000))
    return Fail(ErrorKind::kUsage, "the colour matrix has no inverse");
  file.AddSignedRational(50721, {camera_xyz.data(), camera_xyz.data() + 9});  // ColorMatrix1
  file.AddRational(50728, neutral);                                           // AsShotNeutral
  file.AddShort(50778, {kD65});
  return {};
}

}  // namespace

Result<std::string> EncodeDng(const Image<uint16_t>& samples, const DngDescription& description) {
  if (samples.number_of_elements() > 0x70000000U)
    return Fail(ErrorKind::kUnusableInput, "the image is too large for a DNG");
  const auto width = static_cast<uint32_t>(samples.width());
  const auto height = static_cast<uint32_t>(samples.height());
  const std::vector<uint32_t> tile = Tile(description.colour_filter);
  TiffFile file;
  file.AddLong(254, {0});  // the main image
  file.AddLong(256, {width});
  file.AddLong(257, {height});
  file.AddShort(258, {16});
  file.AddShort(259, {1});
  file.AddShort(262, {tile.empty() ? kPhotometricLinear : kPhotometricCfa});
  file.AddText(271, "Nightjar");
  file.AddText(272, "linear frame");
  file.AddShort(274, {1});
  file.AddShort(277, {1});
  file.AddLong(278, {height});
  file.AddByte(50706, {1, 4, 0, 0});
  file.AddByte(50707, {1, 2, 0, 0});
  file.AddText(50708, "Nightjar linear frame");
  file.AddLong(50714, {description.black});
  file.AddLong(50717, {description.white});
  if (!tile.empty()) {
    file.AddShort(33421, {2, 2});
    file.AddByte(33422, tile);
    if (Status status = AddColours(description, file); !status)
      return tl::unexpected(status.error());
  }
  if (description.noise.empty()) {
    file.AddRational(50935, {1});  // NoiseReductionApplied
  } else {
    file.AddDouble(51041, NoiseOfColours(description));
  }
  std::string strip;
  for (int y = samples.dim(1).min(); y <= samples.dim(1).max(); ++y) {
    for (int x = samples.dim(0).min(); x <= samples.dim(0).max(); ++x)
      strip.append(reinterpret_cast<const char*>(&samples(x, y)), 2);
  }
  return file.Bytes(strip);
}

}  // namespace nightjar
