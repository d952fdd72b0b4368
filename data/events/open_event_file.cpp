// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "data/events/aedat4_decoder.h"
#include "data/events/dat_decoder.h"
#include "data/events/dsec_reader.h"
#include "data/events/es_decoder.h"
#include "data/events/event_decoder.h"
#include "data/events/event_reader.h"
#include "data/events/evt2_decoder.h"
#include "data/events/evt3_decoder.h"
#include "data/events/prophesee_header.h"
#include "data/events/text_event_decoder.h"

namespace nightjar {
namespace {

constexpr size_t kBegin = 65536;   // bytes that are looked at
constexpr size_t kFurther = 4096;  // triggers or inertial samples after which a batch is handed out

// Feeds a decoder with a file.
class FileEventReader : public EventReader {
 public:
  FileEventReader(std::filesystem::path file, std::ifstream stream,
                  std::unique_ptr<EventDecoder> decoder, size_t block_bytes)
      : file_(std::move(file)),
        stream_(std::move(stream)),
        decoder_(std::move(decoder)),
        block_(std::max<size_t>(1, block_bytes)) {}

  Result<bool> Next(EventBatch& batch) override {
    batch.Clear();
    while (!finished_) {
      if (given_ == read_ && !at_end_ && !Read()) {
        return Fail(ErrorKind::kUnusableInput, "reading failed", file_.string(),
                    "check the disk and the connection to it");
      }
      const Result<bool> full = at_end_ ? Finish(batch) : Feed(batch);
      if (!full) {
        Error error = full.error();
        error.where = error.where.empty() ? file_.string() : file_.string() + ": " + error.where;
        return tl::unexpected(std::move(error));
      }
      if (*full) break;
    }
    return !batch.empty();
  }

  const EventFileInfo& info() const override { return decoder_->info(); }
  std::vector<EventAnomaly> anomalies() const override { return decoder_->anomalies(); }

 private:
  bool Read() {
    stream_.read(reinterpret_cast<char*>(block_.data()),
                 static_cast<std::streamsize>(block_.size()));
    if (stream_.bad()) return false;
    read_ = static_cast<size_t>(stream_.gcount());
    given_ = 0;
    at_end_ = read_ == 0;
    return true;
  }

  // Whether the batch is to be handed out.
  Result<bool> Feed(EventBatch& batch) {
    const std::span<const uint8_t> rest(block_.data() + given_, read_ - given_);
    const Result<size_t> taken = decoder_->Feed(rest, batch);
    if (!taken) return tl::unexpected(taken.error());
    given_ += *taken;
    return *taken < rest.size() || batch.room() == 0 || !batch.frames.empty() ||
           batch.triggers.size() + batch.imu_samples.size() >= kFurther;
  }

  Result<bool> Finish(EventBatch& batch) {
    Result<bool> done = decoder_->Finish(batch);
    if (done) finished_ = *done;
    if (done) *done = true;
    return done;
  }

  std::filesystem::path file_;
  std::ifstream stream_;
  std::unique_ptr<EventDecoder> decoder_;
  std::vector<uint8_t> block_;
  size_t read_ = 0, given_ = 0;  // bytes of the block
  bool at_end_ = false, finished_ = false;
};

struct Known {
  std::string_view begin, what, remedy;
};
constexpr Known kNotRead[] = {
    {"#!AER-DAT", "AEDAT of another version than 4.0 is not read", "convert it to AEDAT4"},
    {"#ROSBAG V1", "ROS bags of version 1 are not read", "convert it with rosbag migrate"},
    {"\x89MCAP", "MCAP files are not read", "convert it to a ROS 1 bag or to RAW"},
    {"SQLite format 3", "ROS 2 bags (SQLite) are not read", "convert it to a ROS 1 bag or to RAW"},
};

bool BeginsWith(std::string_view text, std::string_view begin) {
  return text.substr(0, begin.size()) == begin;
}

tl::unexpected<Error> Unusable(const std::filesystem::path& file, std::string what,
                               std::string remedy) {
  return Fail(ErrorKind::kUnusableInput, std::move(what), file.string(), std::move(remedy));
}

// What stands behind the header of a RAW or DAT file; `skip` is what lies before it.
Result<std::unique_ptr<EventDecoder>> MakePropheseeDecoder(const std::filesystem::path& file,
                                                           std::string_view begin, bool raw,
                                                           size_t& skip) {
  const PropheseeHeader header = ParsePropheseeHeader(begin);
  const EventFileInfo info = DescribePropheseeFile(header);
  skip = header.bytes;
  if (info.format == "dat") {
    if (begin.size() < skip + 2)
      return Unusable(file, "DAT file ends in its header", "use a file that is whole");
    const auto type = static_cast<unsigned char>(begin[skip]);
    const auto size = static_cast<unsigned char>(begin[skip + 1]);
    if ((type != 0x00 && type != 0x0C) || size != 8) {
      return Unusable(file, fmt::format("DAT file of type {} with records of {} bytes", type, size),
                      "only events of brightness (types 0 and 12, 8 bytes) are read");
    }
    skip += 2;
    return MakeDatDecoder(info, static_cast<int64_t>(skip), raw);
  }
  const auto position = static_cast<int64_t>(skip);
  if (info.format == "evt2") return MakeEvt2Decoder(info, position, raw);
  if (info.format == "evt3") return MakeEvt3Decoder(info, position, raw);
  if (info.format == "evt2.1") {
    const bool legacy = FormatOption(header, "endianness") == "legacy";
    return MakeEvt21Decoder(info, position, legacy, raw);
  }
  return Unusable(file, "header names no encoding that is read",
                  "only EVT 2.0, 2.1, 3.0 and DAT are: look at '% evt' or '% format'");
}

Result<std::unique_ptr<EventDecoder>> MakeDecoder(const std::filesystem::path& file,
                                                  std::string_view begin, bool raw, size_t& skip) {
  skip = 0;
  if (BeginsWith(begin, "% ")) return MakePropheseeDecoder(file, begin, raw, skip);
  if (BeginsWith(begin, "#!AER-DAT4.0\r\n")) return MakeAedat4Decoder(raw);
  if (BeginsWith(begin, "Event Stream")) return MakeEsDecoder();
  for (const Known& known : kNotRead) {
    if (BeginsWith(begin, known.begin))
      return Unusable(file, std::string(known.what), std::string(known.remedy));
  }
  if (LooksLikeTextEvents(begin)) return MakeTextEventDecoder(raw);
  return Unusable(file, "is no event file of a known format",
                  "read are RAW (EVT 2.0, 2.1, 3.0), DAT, AEDAT4, DSEC's HDF5, Event Stream, ROS 1 "
                  "bags and text 't x y p'");
}

}  // namespace

Result<std::unique_ptr<EventReader>> OpenEventFile(const std::filesystem::path& file,
                                                   const EventReaderOptions& options) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return Unusable(file, "is no file", "give the path of an event file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Unusable(file, "cannot be opened", "check its permissions");
  std::string begin(kBegin, '\0');
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<size_t>(stream.gcount()));
  if (BeginsWith(begin, "\x89HDF\r\n\x1a\n")) return OpenDsecFile(file, options.raw);
  size_t skip = 0;
  Result<std::unique_ptr<EventDecoder>> decoder = MakeDecoder(file, begin, options.raw, skip);
  if (!decoder) return tl::unexpected(std::move(decoder.error()));
  stream.clear();
  stream.seekg(static_cast<std::streamoff>(skip));
  return std::make_unique<FileEventReader>(file, std::move(stream), std::move(*decoder),
                                           options.block_bytes);
}

}  // namespace nightjar
