// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/event_pictures.h"
#include "core/staged_folder.h"
#include "data/gif_animation.h"

namespace nightjar {

/// Slices of events to the files of a folder: pictures or arrays, the table of them and the
/// animation. Begin(), Take() for every slice, Finish().
class EventPictureWriter {
 public:
  EventPictureWriter(const EventPicturesOptions& options, SliceView& view, StagedFolder& folder)
      : format_(options.format), wants_gif_(options.gif), view_(view), folder_(folder) {}

  Status Begin();
  /// Nothing after an error, which stays in status().
  void Take(const EventSlice& slice);
  Status Finish();

  const Status& status() const { return status_; }
  int64_t pictures() const { return pictures_; }
  /// Fills in what was written.
  void Tell(EventPicturesSummary& summary) const;

 private:
  Status Write(const EventSlice& slice);
  Result<std::string> Encode(const ViewValues& values);
  Status Animate();
  std::string NameOf(int64_t picture) const;

  EventPictureFormat format_;
  bool wants_gif_;
  SliceView& view_;
  StagedFolder& folder_;
  Status status_;
  int64_t pictures_ = 0, gif_pictures_ = 0;
  std::string type_;
  std::vector<int> shape_;
  std::optional<GifAnimation> gif_;
  Image<uint8_t> picture_;
};

}  // namespace nightjar
