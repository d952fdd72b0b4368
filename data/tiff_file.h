// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace nightjar {

/// A TIFF 6.0 file of one image under construction: its tags, then the bytes of its one strip,
/// whose place and size (tags 273, 279) it adds itself. Little-endian, no compression.
class TiffFile {
 public:
  void AddByte(uint16_t tag, const std::vector<uint32_t>& values) { Add(tag, 1, 1, values); }
  void AddShort(uint16_t tag, const std::vector<uint32_t>& values) { Add(tag, 3, 2, values); }
  void AddLong(uint16_t tag, const std::vector<uint32_t>& values) { Add(tag, 4, 4, values); }
  void AddText(uint16_t tag, const std::string& text);
  /// Fractions of whole numbers with the denominator 10^6; within 2147 of 0.
  void AddRational(uint16_t tag, const std::vector<double>& values);  // not negative
  void AddSignedRational(uint16_t tag, const std::vector<double>& values);
  void AddDouble(uint16_t tag, const std::vector<double>& values);

  /// The whole file; `strip` has at most 4,026,531,840 bytes.
  std::string Bytes(const std::string& strip);

 private:
  struct Entry {
    uint16_t type = 0;
    uint32_t count = 0;
    std::string bytes;
  };
  void Add(uint16_t tag, uint16_t type, size_t size, const std::vector<uint32_t>& values);
  void AddFractions(uint16_t tag, uint16_t type, const std::vector<double>& values);

  std::map<uint16_t, Entry> entries_;
};

}  // namespace nightjar
