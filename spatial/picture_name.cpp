// SPDX-License-Identifier: Apache-2.0
#include "spatial/picture_name.h"

#include <algorithm>
#include <system_error>

namespace nightjar {
namespace {

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (text.size() < suffix.size() || text.substr(text.size() - suffix.size()) != suffix)
    return false;
  text.remove_suffix(suffix.size());
  return true;
}

bool IsWholeNumber(std::string_view text) {
  TakePrefix(text, "-");
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsFolderName(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  return !name.empty() && name != "." && name != ".." &&
         std::none_of(name.begin(), name.end(), is_control);
}

}  // namespace

bool IsKeyframePicture(std::string_view name) {
  if (TakePrefix(name, "images/")) {
    if (!TakeSuffix(name, ".jpg")) return false;
  } else {
    if (!TakePrefix(name, "depth/") || !TakeSuffix(name, ".png")) return false;
    TakeSuffix(name, "_sigma");
  }
  const size_t slash = name.find('/');
  return slash != std::string_view::npos && IsFolderName(name.substr(0, slash)) &&
         IsWholeNumber(name.substr(slash + 1));
}

bool HoldsPicture(const std::filesystem::path& folder, std::string_view name) {
  if (!IsKeyframePicture(name)) return false;
  std::error_code ignored;
  std::filesystem::path place = folder;
  for (const std::filesystem::path& part : std::filesystem::path(name)) {
    place /= part;
    if (std::filesystem::is_symlink(std::filesystem::symlink_status(place, ignored))) return false;
  }
  return std::filesystem::is_regular_file(place, ignored);
}

}  // namespace nightjar
