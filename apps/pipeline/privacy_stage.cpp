// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/privacy_stage.h"

#include <system_error>
#include <utility>

#include "core/whole_file.h"

namespace nightjar {

Status KeepPrivate(Privacy privacy, StagedFolder& folder, Session& session) {
  session = WithPrivacy(std::move(session), privacy);
  if (privacy == Privacy::kFull) return {};
  for (const char* name : {"images/picture", "depth/map"}) {
    const Result<std::filesystem::path> place = folder.Place(name);
    if (!place) return tl::unexpected(place.error());
    std::error_code error;
    std::filesystem::remove_all(place->parent_path(), error);
    if (error) return OutputFailure("cannot be removed", place->parent_path(), error.value());
  }
  return {};
}

}  // namespace nightjar
