// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sstream>
#include <string>

namespace nightjar {

/// The bytes of a FITS file of unsigned 16-bit samples (BZERO 32768), all `dn`, or, with dn < 0,
/// their numbers in the file from 0 on. `cards`: further lines of the header.
inline std::string FitsBytes(int width, int height, int planes, int dn, const std::string& cards) {
  std::string header;
  const auto add = [&](std::string card) {
    card.resize(80, ' ');
    header += card;
  };
  add("SIMPLE  =                    T");
  add("BITPIX  =                   16");
  add(planes > 1 ? "NAXIS   =                    3" : "NAXIS   =                    2");
  add("NAXIS1  = " + std::to_string(width));
  add("NAXIS2  = " + std::to_string(height));
  if (planes > 1) add("NAXIS3  = " + std::to_string(planes));
  add("BZERO   =                32768");
  add("BSCALE  =                    1");
  std::istringstream lines(cards);
  for (std::string line; std::getline(lines, line);) add(line);
  add("END");
  header.resize((header.size() + 2879) / 2880 * 2880, ' ');
  std::string samples;
  for (int i = 0; i < width * height * planes; ++i) {
    const int stored = (dn < 0 ? i : dn) - 32768;
    samples += static_cast<char>((stored >> 8) & 0xFF);
    samples += static_cast<char>(stored & 0xFF);
  }
  samples.resize((samples.size() + 2879) / 2880 * 2880, '\0');
  return header + samples;
}

}  // namespace nightjar
