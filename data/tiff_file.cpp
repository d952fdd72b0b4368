// SPDX-License-Identifier: Apache-2.0
#include "data/tiff_file.h"

#include <cmath>
#include <cstring>

namespace nightjar {
namespace {

constexpr size_t kHeader = 8;         // bytes
constexpr size_t kEntry = 12;         // bytes
constexpr double kDenominator = 1e6;  // of fractions

void Put(uint32_t value, size_t size, std::string& bytes) {
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 255);
}

}  // namespace

void TiffFile::Add(uint16_t tag, uint16_t type, size_t size, const std::vector<uint32_t>& values) {
  Entry& entry = entries_[tag] = {type, static_cast<uint32_t>(values.size()), {}};
  for (const uint32_t value : values) Put(value, size, entry.bytes);
}

void TiffFile::AddText(uint16_t tag, const std::string& text) {
  entries_[tag] = {2, static_cast<uint32_t>(text.size() + 1), text + '\0'};
}

void TiffFile::AddFractions(uint16_t tag, uint16_t type, const std::vector<double>& values) {
  Entry& entry = entries_[tag] = {type, static_cast<uint32_t>(values.size()), {}};
  for (const double value : values) {
    Put(static_cast<uint32_t>(static_cast<int64_t>(std::floor(value * kDenominator + 0.5))), 4,
        entry.bytes);
    Put(static_cast<uint32_t>(kDenominator), 4, entry.bytes);
  }
}
void TiffFile::AddRational(uint16_t tag, const std::vector<double>& values) {
  AddFractions(tag, 5, values);
}
void TiffFile::AddSignedRational(uint16_t tag, const std::vector<double>& values) {
  AddFractions(tag, 10, values);
}

void TiffFile::AddDouble(uint16_t tag, const std::vector<double>& values) {
  Entry& entry = entries_[tag] = {12, static_cast<uint32_t>(values.size()), {}};
  entry.bytes.assign(reinterpret_cast<const char*>(values.data()), 8 * values.size());
}

std::string TiffFile::Bytes(const std::string& strip) {
  AddLong(279, {static_cast<uint32_t>(strip.size())});
  AddLong(273, {kHeader});
  const size_t directory = kHeader + strip.size() + strip.size() % 2;
  const size_t extra_begin = directory + 2 + kEntry * entries_.size() + 4;
  std::string file = "II", extra;
  Put(42, 2, file);
  Put(static_cast<uint32_t>(directory), 4, file);
  file += strip;
  file.resize(directory, '\0');
  Put(static_cast<uint32_t>(entries_.size()), 2, file);
  for (const auto& [tag, entry] : entries_) {
    Put(tag, 2, file);
    Put(entry.type, 2, file);
    Put(entry.count, 4, file);
    std::string bytes = entry.bytes;
    if (bytes.size() > 4) {
      Put(static_cast<uint32_t>(extra_begin + extra.size()), 4, file);
      bytes.resize(bytes.size() + bytes.size() % 2, '\0');
      extra += bytes;
    } else {
      bytes.resize(4, '\0');
      file += bytes;
    }
  }
  Put(0, 4, file);  // no other directory
  return file + extra;
}

}  // namespace nightjar
