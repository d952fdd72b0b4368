// SPDX-License-Identifier: Apache-2.0
#include "calibration/yaml_document.h"

#include <Eigen/Geometry>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>

namespace nightjar {
namespace {

// How many letters have to be put in, left out or changed to make one word of the other.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t k = 1; k <= b.size(); ++k) {
      const size_t changed = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = std::exchange(row[k], std::min({row[k] + 1, row[k - 1] + 1, changed}));
    }
  }
  return row.back();
}

bool IsMissing(const YAML::Node& node) { return !node.IsDefined() || node.IsNull(); }

// "4" or "0.25", without the trailing zeros of std::to_string.
std::string Plain(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

std::string NearestWord(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  size_t least = std::max<size_t>(2, word.size() / 3) + 1;
  for (std::string_view candidate : known) {
    const size_t distance = EditDistance(word, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return std::string(nearest);
}

YamlDocument::YamlDocument(const std::filesystem::path& file)
    : file_(file.string()), root_(YAML::LoadFile(file_)) {
  if (!root_.IsMap()) Throw(root_, "is not a list of 'key: value' lines", "see docs/formats/");
}

void YamlDocument::Throw(const YAML::Node& node, const std::string& what,
                         const std::string& remedy) const {
  const int line = node.IsDefined() ? node.Mark().line : -1;  // 0-based; -1: unknown
  throw YamlError({ErrorKind::kUnusableInput, what,
                   file_ + ":" + std::to_string(line < 0 ? 1 : line + 1), remedy});
}

YAML::Node YamlDocument::Find(const YAML::Node& map, const std::string& key) const {
  const YAML::Node node = map.IsMap() ? map[key] : YAML::Node(YAML::NodeType::Undefined);
  return IsMissing(node) ? YAML::Node(YAML::NodeType::Undefined) : node;
}

YAML::Node YamlDocument::Get(const YAML::Node& map, const std::string& key) const {
  const YAML::Node node = Find(map, key);
  if (!node.IsDefined()) Throw(map, "key " + key + " is missing", "add it");
  return node;
}

void YamlDocument::ExpectMap(const YAML::Node& node, const std::string& name) const {
  if (!node.IsMap()) Throw(node, name + " is not a list of 'key: value' lines");
}

void YamlDocument::ExpectOnlyKeys(const YAML::Node& map,
                                  const std::vector<std::string_view>& known) const {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    if (!seen.insert(key).second) Throw(entry.first, "key " + key + " is there twice");
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string nearest = NearestWord(key, known);
    Throw(entry.first, "unknown key " + key,
          nearest.empty() ? "remove it" : "is " + nearest + " meant?");
  }
}

double YamlDocument::Number(const YAML::Node& node, const std::string& name) const {
  double value = 0;
  if (!node.IsScalar() || !YAML::convert<double>::decode(node, value))
    Throw(node, name + " is not a number");
  if (!std::isfinite(value)) Throw(node, name + " is not finite");
  return value;
}

double YamlDocument::Positive(const YAML::Node& node, const std::string& name) const {
  const double value = Number(node, name);
  if (!(value > 0)) Throw(node, name + " is not positive");
  return value;
}

double YamlDocument::NotNegative(const YAML::Node& node, const std::string& name) const {
  const double value = Number(node, name);
  if (!(value >= 0)) Throw(node, name + " is negative");
  return value;
}

double YamlDocument::InRange(const YAML::Node& node, const std::string& name, double least,
                             double most, const std::string& remedy) const {
  const double value = Number(node, name);
  if (!(value >= least && value <= most))
    Throw(node, name + " is not in " + Plain(least) + " to " + Plain(most), remedy);
  return value;
}

int YamlDocument::WholeNumber(const YAML::Node& node, const std::string& name, int least,
                              int most) const {
  const double value = Number(node, name);
  if (value != std::floor(value) || !(value >= least && value <= most)) {
    Throw(node, name + " is not a whole number from " + std::to_string(least) + " to " +
                    std::to_string(most));
  }
  return static_cast<int>(value);
}

std::string YamlDocument::Text(const YAML::Node& node, const std::string& name) const {
  if (!node.IsScalar()) Throw(node, name + " is not a word");
  return node.Scalar();
}

std::vector<double> YamlDocument::Numbers(const YAML::Node& node, const std::string& name) const {
  if (!node.IsSequence()) Throw(node, name + " is not a list of numbers");
  std::vector<double> values;
  for (const YAML::Node& item : node) values.push_back(Number(item, name));
  return values;
}

std::vector<double> YamlDocument::Numbers(const YAML::Node& node, const std::string& name,
                                          size_t count) const {
  std::vector<double> values = Numbers(node, name);
  if (values.size() != count) {
    Throw(node, name + " has " + std::to_string(values.size()) + " values instead of " +
                    std::to_string(count));
  }
  return values;
}

Se3 YamlDocument::Pose(const YAML::Node& node, const std::string& name) const {
  if (!node.IsSequence()) Throw(node, name + " is not a list of numbers");
  std::vector<double> values;
  for (const YAML::Node& item : node) {
    const std::vector<double> row =
        item.IsSequence() ? Numbers(item, name, 4) : std::vector<double>{Number(item, name)};
    values.insert(values.end(), row.begin(), row.end());
  }
  if (values.size() != 16) {
    Throw(node, name + " has " + std::to_string(values.size()) + " values instead of 16",
          "give a 4x4 matrix, row by row");
  }
  const Eigen::Matrix4d T =
      Eigen::Map<const Eigen::Matrix<double, 4, 4, Eigen::RowMajor>>(values.data());
  const Eigen::Matrix3d R = T.topLeftCorner<3, 3>();
  const Eigen::RowVector4d last_row(0, 0, 0, 1);
  if ((T.row(3) - last_row).cwiseAbs().maxCoeff() > 1e-9)
    Throw(node, "the last row of " + name + " is not 0 0 0 1");
  const double skew = (R.transpose() * R - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff();
  if (!(skew <= 1e-3)) Throw(node, "the upper left 3x3 of " + name + " is not a rotation");
  if (!(R.determinant() > 0)) {
    Throw(node, "the upper left 3x3 of " + name + " is a reflection, not a rotation",
          "a right-handed frame has z = x cross y");
  }
  // The nearest rotation (Frobenius): printed matrices carry a handful of digits.
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(R, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const Eigen::Matrix3d nearest = svd.matrixU() * svd.matrixV().transpose();
  return {Eigen::Quaterniond(nearest).normalized(), T.topRightCorner<3, 1>()};
}

}  // namespace nightjar
