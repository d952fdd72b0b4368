// SPDX-License-Identifier: Apache-2.0
#include "spatial/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

namespace nightjar {
namespace {

constexpr int kGzipWindowBits =
    15 + 16;                     // the largest window; +16 asks zlib for gzip's header and trailer
constexpr int kOsUnknown = 255;  // zlib would write the machine it was built for

}  // namespace

Result<std::string> Gzip(std::string_view bytes) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindowBits, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return Fail(ErrorKind::kTryAgain, "no memory to compress", {}, "free some memory");
  }
  gz_header header = {};
  header.os = kOsUnknown;
  deflateSetHeader(&stream, &header);

  std::string compressed;
  std::array<unsigned char, 1 << 16> block;
  int code = Z_OK;
  do {
    if (stream.avail_in == 0 && !bytes.empty()) {
      const size_t size = std::min<size_t>(bytes.size(), std::numeric_limits<uInt>::max());
      stream.next_in =
          reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
      stream.avail_in = static_cast<uInt>(size);
      bytes.remove_prefix(size);
    }
    stream.next_out = block.data();
    stream.avail_out = static_cast<uInt>(block.size());
    code = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    compressed.append(reinterpret_cast<char*>(block.data()), block.size() - stream.avail_out);
  } while (code == Z_OK || code == Z_BUF_ERROR);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return Fail(ErrorKind::kInternal, "zlib failed to compress");
  return compressed;
}

Result<std::string> Gunzip(std::string_view bytes, const std::string& where,
                           std::optional<size_t> asked_limit) {
  const size_t limit = asked_limit.value_or((size_t{16} << 20) + 32 * bytes.size());
  z_stream stream = {};
  if (inflateInit2(&stream, kGzipWindowBits) != Z_OK)
    return Fail(ErrorKind::kTryAgain, "no memory to decompress", where, "free some memory");
  std::string content;
  std::array<unsigned char, 1 << 16> block;
  int code = Z_OK;
  while (code == Z_OK && content.size() <= limit) {
    if (stream.avail_in == 0) {
      const size_t size = std::min<size_t>(bytes.size(), std::numeric_limits<uInt>::max());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(size);
      bytes.remove_prefix(size);
    }
    stream.next_out = block.data();
    stream.avail_out = static_cast<uInt>(block.size());
    code = inflate(&stream, Z_NO_FLUSH);  // Z_BUF_ERROR where nothing is left to read
    content.append(reinterpret_cast<char*>(block.data()), block.size() - stream.avail_out);
    // Another member may follow.
    if (code == Z_STREAM_END && stream.avail_in + bytes.size() > 0) code = inflateReset(&stream);
  }
  inflateEnd(&stream);
  if (content.size() > limit)
    return Fail(ErrorKind::kUnusableInput, "holds more than can be read", where);
  if (code != Z_STREAM_END)
    return Fail(ErrorKind::kUnusableInput, "is not gzip, or is cut", where,
                "process the log again");
  return content;
}

}  // namespace nightjar
