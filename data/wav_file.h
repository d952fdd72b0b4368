// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// Reads a WAV file of PCM with 16 bits (Multimedia Programming Interface and Data Specifications
/// 1.0, 1991, also as WAVE_FORMAT_EXTENSIBLE), block by block.
class WavFile {
 public:
  /// Fails with kUnusableInput and the byte when the file is missing, has not the chunks of a WAV,
  /// is not PCM with 16 bits, 1 to 64 channels and 1 to 1 000 000 Hz, or holds no sample.
  static Result<WavFile> Open(const std::filesystem::path& file);

  int64_t rate_hz() const { return rate_hz_; }
  int channels() const { return channels_; }
  /// Instants, each of one sample a channel, that the file holds.
  int64_t instants() const { return instants_; }
  /// How many more its header promises: the file is cut. 0 also where the header does not say,
  /// as those that were written into a pipe.
  int64_t missing_instants() const { return missing_instants_; }

  /// The instants [first, first + count), interleaved; `first` >= 0, and not beyond the end.
  Result<std::vector<int16_t>> Read(int64_t first, int64_t count);

 private:
  explicit WavFile(const std::filesystem::path& file)
      : file_(file), stream_(file, std::ios::binary) {}
  Status ReadHeader();
  Status ReadFormat(int64_t at, int64_t size);
  Status SetExtent(int64_t at, int64_t declared, int64_t file_size);
  Status FailAt(int64_t byte, const std::string& what, const std::string& remedy = {}) const;
  bool Bytes(int64_t at, size_t count, unsigned char* bytes);
  int64_t InstantBytes() const { return 2 * channels_; }

  std::filesystem::path file_;
  std::ifstream stream_;
  int64_t rate_hz_ = 0;
  int channels_ = 0;  // 0: no format yet
  int64_t data_at_ = 0;
  int64_t instants_ = 0;
  int64_t missing_instants_ = 0;
};

}  // namespace nightjar
