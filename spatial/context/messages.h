// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"
#include "spatial/context/moment.h"

namespace nightjar {

struct MessagesOptions {
  size_t max_bytes = 4096;  // of the context's text; pictures and their captions come on top
  size_t pictures = 0;
  bool embed = false;  // the pictures themselves, as data URLs; else their names in the session
};

/// One JSON array of content parts as chat interfaces take it (docs/formats/context.md): the
/// context's text, then for each picture (ChoosePictures) a caption, a text that says when and
/// where it was taken, how sure that is, what is new in it and how its pixels look, and the picture
/// as {"type": "image_url", "image_url": {"url": …}}. On one line.
///
/// `folder` is the session's. Errors: kUnusableInput for a picture that cannot be read.
Result<std::string> ContextMessages(const ContextMoment& moment,
                                    const std::filesystem::path& folder,
                                    const MessagesOptions& options);

/// RFC 4648, with padding.
std::string Base64(std::string_view bytes);

}  // namespace nightjar
