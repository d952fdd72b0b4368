// SPDX-License-Identifier: Apache-2.0
#include "data/wav_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <string>
#include <system_error>

namespace nightjar {
namespace {

constexpr const char* kRemedy = "write it as WAV, PCM with 16 bits";
constexpr unsigned kPcm = 1;
constexpr unsigned kExtensible = 0xFFFE;  // the true format stands in the first bytes of its GUID

unsigned Little16(const unsigned char* bytes) { return bytes[0] | unsigned{bytes[1]} << 8; }
int64_t Little32(const unsigned char* bytes) {
  return Little16(bytes) | int64_t{Little16(bytes + 2)} << 16;
}

}  // namespace

Status WavFile::FailAt(int64_t byte, const std::string& what, const std::string& remedy) const {
  return Fail(ErrorKind::kUnusableInput, what, file_.string() + ": byte " + std::to_string(byte),
              remedy);
}

bool WavFile::Bytes(int64_t at, size_t count, unsigned char* bytes) {
  try {
    stream_.clear();
    stream_.seekg(at);
    stream_.read(reinterpret_cast<char*>(bytes), static_cast<std::streamsize>(count));
    return static_cast<size_t>(stream_.gcount()) == count;
  } catch (const std::exception&) {  // libstdc++ reports a failed read(2) so
    return false;
  }
}

Result<WavFile> WavFile::Open(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return Fail(ErrorKind::kUnusableInput, "is missing", file.string(), kRemedy);
  WavFile wav(file);
  if (!wav.stream_)
    return Fail(ErrorKind::kUnusableInput, "cannot be opened", file.string(),
                "check its permissions");
  if (Status status = wav.ReadHeader(); !status) return tl::unexpected(status.error());
  return wav;
}

Status WavFile::ReadHeader() {
  std::error_code error;
  const auto file_size = static_cast<int64_t>(std::filesystem::file_size(file_, error));
  std::array<unsigned char, 12> riff;
  if (error || !Bytes(0, riff.size(), riff.data()) || std::memcmp(riff.data(), "RIFF", 4) != 0 ||
      std::memcmp(riff.data() + 8, "WAVE", 4) != 0) {
    return FailAt(0, "is not a WAV file", kRemedy);
  }
  std::array<unsigned char, 8> chunk;
  int64_t at = riff.size();
  while (Bytes(at, chunk.size(), chunk.data())) {
    const int64_t size = Little32(chunk.data() + 4);
    const int64_t body = at + static_cast<int64_t>(chunk.size());
    if (std::memcmp(chunk.data(), "fmt ", 4) == 0) {
      if (Status status = ReadFormat(body, size); !status) return status;
    } else if (std::memcmp(chunk.data(), "data", 4) == 0) {
      return channels_ == 0 ? FailAt(at, "the data come before their format", kRemedy)
                            : SetExtent(body, size, file_size);
    }
    at = body + size + size % 2;  // chunks are padded to even lengths
  }
  return FailAt(std::min(at, file_size), "ends before its samples", "record or copy it again");
}

Status WavFile::ReadFormat(int64_t at, int64_t size) {
  std::array<unsigned char, 26> format = {};
  if (size < 16 || !Bytes(at, static_cast<size_t>(std::min<int64_t>(size, 26)), format.data()))
    return FailAt(at, "the format is cut short", kRemedy);
  unsigned tag = Little16(format.data());
  if (tag == kExtensible && size >= 26) tag = Little16(format.data() + 24);
  const unsigned channels = Little16(format.data() + 2);
  const int64_t rate_hz = Little32(format.data() + 4);
  const unsigned instant_bytes = Little16(format.data() + 12);
  const unsigned bits = Little16(format.data() + 14);
  if (tag != kPcm || bits != 16) return FailAt(at, "is not PCM with 16 bits", kRemedy);
  if (channels < 1 || channels > 64 || instant_bytes != 2 * channels)
    return FailAt(at + 2, "has no sensible number of channels", kRemedy);
  if (rate_hz < 1 || rate_hz > 1'000'000)
    return FailAt(at + 4, "has no sensible sample rate", kRemedy);
  channels_ = static_cast<int>(channels);
  rate_hz_ = rate_hz;
  return {};
}

Status WavFile::SetExtent(int64_t at, int64_t declared, int64_t file_size) {
  const bool unknown = declared == 0 || declared == 0xFFFFFFFF;  // written into a pipe
  const int64_t there = file_size - at;
  data_at_ = at;
  instants_ = (unknown ? there : std::min(declared, there)) / InstantBytes();
  missing_instants_ = unknown ? 0 : declared / InstantBytes() - instants_;
  if (instants_ == 0) return FailAt(at, "holds no samples", "record or copy it again");
  return {};
}

Result<std::vector<int16_t>> WavFile::Read(int64_t first, int64_t count) {
  count = std::min(count, instants_ - first);
  std::vector<unsigned char> bytes(static_cast<size_t>(count * InstantBytes()));
  const int64_t at = data_at_ + first * InstantBytes();
  if (!Bytes(at, bytes.size(), bytes.data()))
    return tl::unexpected(FailAt(at, "reading fails here", "check the disk").error());
  std::vector<int16_t> samples(bytes.size() / 2);
  for (size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<int16_t>(Little16(&bytes[2 * i]));
  return samples;
}

}  // namespace nightjar
