// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <yaml-cpp/yaml.h>

#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/se3.h"

namespace nightjar {

/// How the YAML readers of this module report: the library throws, so they do too. Nothing leaves
/// ReadYamlFile().
class YamlError : public std::exception {
 public:
  explicit YamlError(Error error) : error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

/// A YAML file being read: turns nodes into checked values, and every fault into a YamlError with
/// kUnusableInput and FILE:LINE. A key that is there without a value counts as missing.
class YamlDocument {
 public:
  explicit YamlDocument(const std::filesystem::path& file);

  const YAML::Node& root() const { return root_; }
  const std::string& file() const { return file_; }

  [[noreturn]] void Throw(const YAML::Node& node, const std::string& what,
                          const std::string& remedy = {}) const;

  /// The value of a key of a map; undefined where it is missing.
  YAML::Node Find(const YAML::Node& map, const std::string& key) const;
  YAML::Node Get(const YAML::Node& map, const std::string& key) const;

  void ExpectMap(const YAML::Node& node, const std::string& name) const;
  /// Any other key is an error on its line, which names the nearest known one. So is a key twice.
  void ExpectOnlyKeys(const YAML::Node& map, const std::vector<std::string_view>& known) const;

  double Number(const YAML::Node& node, const std::string& name) const;  // finite
  double Positive(const YAML::Node& node, const std::string& name) const;
  double NotNegative(const YAML::Node& node, const std::string& name) const;
  double InRange(const YAML::Node& node, const std::string& name, double least, double most,
                 const std::string& remedy) const;
  int WholeNumber(const YAML::Node& node, const std::string& name, int least, int most) const;
  std::string Text(const YAML::Node& node, const std::string& name) const;
  std::vector<double> Numbers(const YAML::Node& node, const std::string& name) const;
  /// Exactly `count` of them.
  std::vector<double> Numbers(const YAML::Node& node, const std::string& name, size_t count) const;

  /// 16 numbers in a row, or 4 rows of 4: a rigid transformation. A rotation further than 1e-3
  /// (largest entry of R^T R - I) from orthonormal, or a reflection, is an error; one nearer than
  /// that is replaced by the nearest rotation.
  Se3 Pose(const YAML::Node& node, const std::string& name) const;

 private:
  std::string file_;
  YAML::Node root_;
};

/// The known word that differs least from `word`, if it is likely that it was meant; else empty.
std::string NearestWord(std::string_view word, const std::vector<std::string_view>& known);

/// `parse` on the file, with whatever it or the library throws as an error. `wanted`: what must
/// stand there, for the remedy: "a sensor.yaml must stand here".
template <typename Parse>
auto ReadYamlFile(const std::filesystem::path& file, const std::string& wanted, const Parse& parse)
    -> Result<decltype(parse(std::declval<const YamlDocument&>()))> {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(file, ignored))  // reading a pipe would wait for ever
    return Fail(ErrorKind::kUnusableInput, "cannot be read", file.string(), wanted);
  try {
    return parse(YamlDocument(file));
  } catch (const YamlError& error) {
    return tl::unexpected(error.error());
  } catch (const YAML::BadFile&) {
    return Fail(ErrorKind::kUnusableInput, "cannot be read", file.string(), wanted);
  } catch (const YAML::Exception& error) {
    return Fail(ErrorKind::kUnusableInput, "is not valid YAML: " + error.msg,
                file.string() + ":" + std::to_string(error.mark.line + 1));
  } catch (const std::exception& error) {
    return Fail(ErrorKind::kUnusableInput, std::string("cannot be parsed: ") + error.what(),
                file.string());
  }
}

}  // namespace nightjar
