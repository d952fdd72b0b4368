// SPDX-License-Identifier: Apache-2.0
// Mutates small event files for some seconds and decodes what comes out. The same seed gives the
// same files in the same order; where one of them ends the program, it was the one that was named
// last in fuzz_input.bin.
//
//     events_fuzz SECONDS [SEED [FIRST_RUN]]
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/data/events/event_file_samples.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace nightjar {
namespace {

using Bytes = std::vector<uint8_t>;

class Mutator {
 public:
  Mutator(uint64_t seed, uint64_t run) : state_(seed * 0x9E3779B97F4A7C15ULL + run) {}

  size_t Below(size_t limit) { return limit == 0 ? 0 : Draw() % limit; }

  void Mutate(Bytes& bytes, const Bytes& other) {
    if (bytes.empty()) return;
    const size_t at =
        Below(4) == 0 ? Below(std::min<size_t>(bytes.size(), 400)) : Below(bytes.size());
    const size_t length = std::min(bytes.size() - at, size_t{1} << Below(12));
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end = begin + static_cast<std::ptrdiff_t>(length);
    static constexpr uint32_t kNumbers[] = {0,          1,          0x7F,       0x80,
                                            0xFF,       0x7FFF,     0x8000,     0xFFFF,
                                            0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x04000000};
    switch (Below(8)) {
      case 0: bytes[at] ^= static_cast<uint8_t>(1U << Below(8)); break;
      case 1: bytes[at] = static_cast<uint8_t>(Draw()); break;
      case 2: {
        const uint32_t number = kNumbers[Below(std::size(kNumbers))];
        for (size_t k = 0; k < 4 && at + k < bytes.size(); ++k)
          bytes[at + k] = static_cast<uint8_t>(number >> (8 * k));
        break;
      }
      case 3: bytes.erase(begin, end); break;
      case 4: {
        const Bytes copy(begin, end);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(Below(bytes.size())), copy.begin(),
                     copy.end());
        break;
      }
      case 5: bytes.resize(at); break;
      case 6: std::copy_n(other.begin(), std::min(length, other.size()), begin); break;
      default: std::fill(begin, end, static_cast<uint8_t>(Draw())); break;
    }
  }

 private:
  uint64_t Draw() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

int Run(double seconds, uint64_t seed, uint64_t run) {
  std::vector<EventFileSample> samples = MakeEventFileSamples();
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  const uint64_t first = run;
  for (; std::chrono::steady_clock::now() < end; ++run) {
    Mutator mutator(seed, run);
    Bytes bytes = samples[mutator.Below(samples.size())].bytes;
    // Short files are quick, and have as many headers.
    if (mutator.Below(3) != 0) bytes.resize(std::min<size_t>(bytes.size(), 6000));
    const size_t mutations = 1 + mutator.Below(6);
    for (size_t i = 0; i < mutations; ++i)
      mutator.Mutate(bytes, samples[mutator.Below(samples.size())].bytes);
    bytes.push_back(static_cast<uint8_t>(mutator.Below(2)));
    bytes.push_back(mutator.Below(2) == 0 ? uint8_t{0} : static_cast<uint8_t>(mutator.Below(256)));
    std::ofstream("fuzz_input.bin", std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%llu files, seed %llu\n", static_cast<unsigned long long>(run - first),
              static_cast<unsigned long long>(seed));
  return run > first ? 0 : 1;
}

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  return nightjar::Run(std::atof(argv[1]), argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1,
                       argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0);
}
