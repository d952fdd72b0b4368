// SPDX-License-Identifier: Apache-2.0
#include "data/events/decompression.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace nightjar {
namespace {

constexpr size_t kStep = size_t{256} << 10;

// Makes room behind what was unpacked; false at the limit.
bool Grow(size_t used, std::vector<uint8_t>& out) {
  if (out.size() - used > 0) return true;
  if (used >= kLargestPacket) return false;
  out.resize(std::min(kLargestPacket, std::max(used + kStep, 2 * used)));
  return true;
}

bool DecompressLz4(std::span<const uint8_t> packed, std::vector<uint8_t>& out) {
  LZ4F_dctx* made = nullptr;
  if (LZ4F_isError(LZ4F_createDecompressionContext(&made, LZ4F_VERSION)) != 0) return false;
  const std::unique_ptr<LZ4F_dctx, LZ4F_errorCode_t (*)(LZ4F_dctx*)> context(
      made, &LZ4F_freeDecompressionContext);
  size_t used = 0, left = 1;
  while (left != 0) {
    if (!Grow(used, out)) return false;
    size_t in_size = packed.size(), out_size = out.size() - used;
    left = LZ4F_decompress(context.get(), out.data() + used, &out_size, packed.data(), &in_size,
                           nullptr);
    if (LZ4F_isError(left) != 0) return false;
    if (left != 0 && in_size == 0 && out_size == 0) return false;  // it ends too early
    packed = packed.subspan(in_size);
    used += out_size;
  }
  out.resize(used);
  return true;
}

bool DecompressZstd(std::span<const uint8_t> packed, std::vector<uint8_t>& out) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                        &ZSTD_freeDStream);
  if (stream == nullptr) return false;
  ZSTD_inBuffer in = {packed.data(), packed.size(), 0};
  size_t used = 0, left = 1;
  while (left != 0) {
    if (!Grow(used, out)) return false;
    ZSTD_outBuffer unpacked = {out.data(), out.size(), used};
    const size_t in_before = in.pos;
    left = ZSTD_decompressStream(stream.get(), &unpacked, &in);
    if (ZSTD_isError(left) != 0) return false;
    if (left != 0 && in.pos == in_before && unpacked.pos == used) return false;
    used = unpacked.pos;
  }
  out.resize(used);
  return true;
}

bool DecompressBzip2(std::span<const uint8_t> packed, std::vector<uint8_t>& out) {
  bz_stream stream = {};
  if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) return false;
  const std::unique_ptr<bz_stream, int (*)(bz_stream*)> end(&stream, &BZ2_bzDecompressEnd);
  // Its interface is older than const; it does not write there.
  stream.next_in = const_cast<char*>(reinterpret_cast<const char*>(packed.data()));
  stream.avail_in = static_cast<unsigned>(packed.size());
  size_t used = 0;
  int state = BZ_OK;
  while (state != BZ_STREAM_END) {
    if (!Grow(used, out)) return false;
    const auto in_before = stream.avail_in;
    stream.next_out = reinterpret_cast<char*>(out.data() + used);
    stream.avail_out = static_cast<unsigned>(out.size() - used);
    state = BZ2_bzDecompress(&stream);
    if (state != BZ_OK && state != BZ_STREAM_END) return false;
    const size_t now = out.size() - stream.avail_out;
    if (state == BZ_OK && now == used && stream.avail_in == in_before) return false;
    used = now;
  }
  out.resize(used);
  return true;
}

}  // namespace

bool Decompress(Compression compression, std::span<const uint8_t> packed,
                std::vector<uint8_t>& out) {
  if (packed.empty()) return false;
  switch (compression) {
    case Compression::kNone: out.assign(packed.begin(), packed.end()); return true;
    case Compression::kLz4Frame: return DecompressLz4(packed, out);
    case Compression::kZstd: return DecompressZstd(packed, out);
    case Compression::kBzip2: return DecompressBzip2(packed, out);
  }
  return false;
}

}  // namespace nightjar
