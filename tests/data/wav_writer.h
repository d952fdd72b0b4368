// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nightjar {

/// The low `count` bytes of a number, the lowest first.
inline std::string LittleEndian(uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> 8 * i);
  return bytes;
}

inline std::string WavChunk(const std::string& id, const std::string& body) {
  return id + LittleEndian(body.size(), 4) + body + std::string(body.size() % 2, '\0');
}

/// The fmt chunk of PCM with 16 bits.
inline std::string WavFormatChunk(unsigned rate_hz, unsigned channels) {
  return WavChunk("fmt ", LittleEndian(1, 2) + LittleEndian(channels, 2) +
                              LittleEndian(rate_hz, 4) + LittleEndian(rate_hz * 2 * channels, 4) +
                              LittleEndian(2 * channels, 2) + LittleEndian(16, 2));
}

inline std::string WavSamples(const std::vector<int16_t>& samples) {
  std::string bytes;
  for (const int16_t sample : samples) bytes += LittleEndian(static_cast<uint16_t>(sample), 2);
  return bytes;
}

inline std::string WavOf(const std::string& chunks) {
  return "RIFF" + LittleEndian(4 + chunks.size(), 4) + "WAVE" + chunks;
}

/// The bytes of a WAV file; `samples` interleaved.
inline std::string WavText(unsigned rate_hz, unsigned channels,
                           const std::vector<int16_t>& samples) {
  return WavOf(WavFormatChunk(rate_hz, channels) + WavChunk("data", WavSamples(samples)));
}

}  // namespace nightjar
