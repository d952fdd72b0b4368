// SPDX-License-Identifier: Apache-2.0
#include "spatial/stored_zip.h"

#include <zlib.h>

#include <cstdint>
#include <optional>

#include "core/check.h"

namespace nightjar {
namespace {

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kDirectorySignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr size_t kLocalSize = 30;
constexpr size_t kDirectorySize = 46;
constexpr size_t kEndSize = 22;
constexpr uint16_t kVersion = 20;
constexpr uint16_t kEarliestDate = 1 << 5 | 1;  // 1980-01-01

void Put16(std::string& bytes, size_t value) {
  bytes += static_cast<char>(value & 0xff);
  bytes += static_cast<char>(value >> 8 & 0xff);
}

void Put32(std::string& bytes, size_t value) {
  Put16(bytes, value);
  Put16(bytes, value >> 16);
}

uint32_t Get16(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]) | uint32_t{static_cast<uint8_t>(bytes[at + 1])} << 8;
}

uint32_t Get32(std::string_view bytes, size_t at) {
  return Get16(bytes, at) | Get16(bytes, at + 2) << 16;
}

uint32_t Checksum(std::string_view bytes) {
  uLong crc = crc32(0, nullptr, 0);
  // zlib counts in 32 bits.
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, size_t{1} << 30);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(piece.size()));
    bytes.remove_prefix(piece.size());
  }
  return static_cast<uint32_t>(crc);
}

// What a member's own header and its entry in the directory have in common.
void PutMember(std::string& bytes, std::string_view name, std::string_view content, uint32_t crc) {
  Put16(bytes, kVersion);
  Put16(bytes, 0);  // flags
  Put16(bytes, 0);  // stored
  Put16(bytes, 0);  // midnight
  Put16(bytes, kEarliestDate);
  Put32(bytes, crc);
  Put32(bytes, content.size());
  Put32(bytes, content.size());
  Put16(bytes, name.size());
  Put16(bytes, 0);  // extra field
}

// Where the end record begins: last in the file, as no comment is written.
std::optional<size_t> EndRecord(std::string_view archive) {
  if (archive.size() < kEndSize) return std::nullopt;
  const size_t at = archive.size() - kEndSize;
  if (Get32(archive, at) != kEndSignature || Get16(archive, at + 20) != 0) return std::nullopt;
  return at;
}

// The bytes of a member whose own header begins at `at`.
std::optional<std::string_view> Content(std::string_view archive, size_t at, size_t size) {
  if (at > archive.size() || archive.size() - at < kLocalSize) return std::nullopt;
  if (Get32(archive, at) != kLocalSignature) return std::nullopt;
  const size_t begin = at + kLocalSize + Get16(archive, at + 26) + Get16(archive, at + 28);
  if (begin > archive.size() || archive.size() - begin < size) return std::nullopt;
  return archive.substr(begin, size);
}

}  // namespace

std::string StoredZip(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string archive, directory;
  for (const auto& [name, content] : members) {
    const uint32_t crc = Checksum(content);
    const size_t offset = archive.size();
    Put32(archive, kLocalSignature);
    PutMember(archive, name, content, crc);
    archive += name;
    archive += content;
    Put32(directory, kDirectorySignature);
    Put16(directory, kVersion);  // made by
    PutMember(directory, name, content, crc);
    Put16(directory, 0);  // comment
    Put16(directory, 0);  // disk
    Put16(directory, 0);  // internal attributes
    Put32(directory, 0);  // external attributes
    Put32(directory, offset);
    directory += name;
  }
  const size_t begin = archive.size();
  NIGHTJAR_CHECK(begin + directory.size() <= UINT32_MAX && members.size() < UINT16_MAX,
                 "an archive without ZIP64 is below 4 GiB");
  archive += directory;
  Put32(archive, kEndSignature);
  Put32(archive, 0);  // disks
  Put16(archive, members.size());
  Put16(archive, members.size());
  Put32(archive, directory.size());
  Put32(archive, begin);
  Put16(archive, 0);  // comment
  return archive;
}

Result<std::vector<std::pair<std::string, std::string_view>>> ParseStoredZip(
    std::string_view archive, const std::string& where) {
  const auto fail = [&where](const char* what) {
    return Fail(ErrorKind::kUnusableInput, what, where, "process the log again");
  };
  const std::optional<size_t> end = EndRecord(archive);
  if (!end) return fail("is no ZIP archive, or is cut");
  const size_t count = Get16(archive, *end + 10);
  size_t at = Get32(archive, *end + 16);
  std::vector<std::pair<std::string, std::string_view>> members;
  for (size_t k = 0; k < count; ++k) {
    if (at > *end || *end - at < kDirectorySize || Get32(archive, at) != kDirectorySignature)
      return fail("has a directory that is broken");
    const size_t name_size = Get16(archive, at + 28);
    const size_t size = Get32(archive, at + 24);
    if (*end - at - kDirectorySize < name_size) return fail("has a directory that is broken");
    if (Get16(archive, at + 10) != 0 || Get32(archive, at + 20) != size)
      return fail("has compressed members");
    const auto content = Content(archive.substr(0, *end), Get32(archive, at + 42), size);
    if (!content || Checksum(*content) != Get32(archive, at + 16))
      return fail("has a member that is broken");
    members.emplace_back(archive.substr(at + kDirectorySize, name_size), *content);
    at += kDirectorySize + name_size + Get16(archive, at + 30) + Get16(archive, at + 32);
  }
  return members;
}

}  // namespace nightjar
