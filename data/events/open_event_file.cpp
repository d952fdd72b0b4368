// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "data/events/dsec_reader.h"
#include "data/events/event_decoder.h"
#include "data/events/event_file_in_folder.h"
#include "data/events/event_format.h"
#include "data/events/event_reader.h"

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

tl::unexpected<Error> Unusable(const std::filesystem::path& file, std::string what,
                               std::string remedy) {
  return Fail(ErrorKind::kUnusableInput, std::move(what), file.string(), std::move(remedy));
}

}  // namespace

Result<std::unique_ptr<EventReader>> OpenEventFile(const std::filesystem::path& file,
                                                   const EventReaderOptions& options) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    const std::filesystem::path inside = EventFileInFolder(file);
    return Unusable(
        file, "is a folder",
        "give " + (inside.empty() ? std::string("the path of an event file") : inside.string()));
  }
  if (!std::filesystem::is_regular_file(file, error))
    return Unusable(file, "is no file", "give the path of an event file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return Unusable(file, "cannot be opened", "check its permissions");
  std::string begin(kFormatBytes, '\0');
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<size_t>(stream.gcount()));
  if (begin.substr(0, 8) == "\x89HDF\r\n\x1a\n") return OpenDsecFile(file, options.raw);
  size_t skip = 0;
  Result<std::unique_ptr<EventDecoder>> decoder = MakeEventDecoder(begin, options.raw, skip);
  if (!decoder) {
    decoder.error().where = file.string();
    return tl::unexpected(std::move(decoder.error()));
  }
  stream.clear();
  stream.seekg(static_cast<std::streamoff>(skip));
  return std::make_unique<FileEventReader>(file, std::move(stream), std::move(*decoder),
                                           options.block_bytes);
}

}  // namespace nightjar
