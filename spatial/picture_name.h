// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace nightjar {

/// Whether `name` is one that a session gives to a picture or depth map of a keyframe:
/// images/<camera>/<time in ns>.jpg, depth/<camera>/<time in ns>{,_sigma}.png. No such name leaves
/// the session's folder.
bool IsKeyframePicture(std::string_view name);

/// Whether `folder` holds this picture itself: a regular file, with no symbolic link on the way, as
/// a link could make any file of the machine part of a session from elsewhere.
bool HoldsPicture(const std::filesystem::path& folder, std::string_view name);

}  // namespace nightjar
