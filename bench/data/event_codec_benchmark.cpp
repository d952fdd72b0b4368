// SPDX-License-Identifier: Apache-2.0
// Decoders of EVT 2.0 and 3.0 beside plain ones that write events of 16 bytes, as Prophesee's
// EventCD: same input in memory, same order, one thread, each into a buffer of 32768 events that is
// used again. The input is a recording where $NIGHTJAR_RECORDINGS has it, over and over with times
// that go on, and a made-up stream; 20 million events or more.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "data/events/evt2_decoder.h"
#include "data/events/evt3_decoder.h"
#include "data/events/prophesee_header.h"

namespace nightjar {
namespace {

constexpr size_t kEvents = 20'000'000;
constexpr size_t kBlock = size_t{1} << 18;  // bytes given at a time, as the reader of files does

// What is commonly written for an event.
struct WideEvent {
  uint16_t x, y;
  int16_t p;
  int64_t t;
};
static_assert(sizeof(WideEvent) == 16);

// ---- Input ----------------------------------------------------------------------------------

std::vector<uint8_t> RecordedWords(const char* name) {
  const char* folder = std::getenv("NIGHTJAR_RECORDINGS");
  if (folder == nullptr) return {};
  std::ifstream stream(std::filesystem::path(folder) / name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  return {bytes.begin() + static_cast<std::ptrdiff_t>(ParsePropheseeHeader(bytes).bytes),
          bytes.end()};
}

template <typename Word>
std::vector<Word> ToWords(const std::vector<uint8_t>& bytes) {
  std::vector<Word> words(bytes.size() / sizeof(Word));
  if (!words.empty()) std::memcpy(words.data(), bytes.data(), words.size() * sizeof(Word));
  return words;
}

struct MadeUpEvent {
  uint32_t t, x, y, on;
};
// An edge that moves, and noise: single events, and runs of neighbours in a row at one time.
std::vector<MadeUpEvent> MadeUp() {
  uint64_t state = 1;
  const auto draw = [&state](uint32_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<uint32_t>(state >> 33) % below;
  };
  std::vector<MadeUpEvent> events;
  uint32_t t = 0;
  while (events.size() < 1'000'000) {
    t += draw(4) == 0 ? 1 : 0;
    const uint32_t y = draw(720), x = draw(1240), on = draw(2);
    const uint32_t run = draw(5) == 0 ? 2 + draw(20) : 1;
    for (uint32_t k = 0; k < run; ++k) {
      if (k == 0 || draw(4) > 0) events.push_back({t, x + k, y, on});
    }
  }
  return events;
}

std::vector<uint32_t> MadeUpEvt2() {
  std::vector<uint32_t> words;
  uint32_t high = UINT32_MAX;
  for (const MadeUpEvent& e : MadeUp()) {
    if (e.t >> 6 != high) words.push_back(0x80000000 | (high = e.t >> 6));
    words.push_back(e.on << 28 | (e.t & 63) << 22 | e.x << 11 | e.y);
  }
  return words;
}

std::vector<uint16_t> MadeUpEvt3() {
  const std::vector<MadeUpEvent> events = MadeUp();
  std::vector<uint16_t> words;
  uint32_t high = UINT32_MAX, low = UINT32_MAX, row = UINT32_MAX;
  const auto put = [&words](uint32_t word) { words.push_back(static_cast<uint16_t>(word)); };
  for (size_t i = 0; i < events.size();) {
    const MadeUpEvent& e = events[i];
    if (e.t >> 12 != high) put(0x8000 | (high = e.t >> 12));
    if ((e.t & 0xFFF) != low) put(0x6000 | (low = e.t & 0xFFF));
    if (e.y != row) put(row = e.y);
    uint32_t pixels = 0;
    size_t end = i;
    for (; end < events.size() && events[end].t == e.t && events[end].y == e.y &&
           events[end].on == e.on && events[end].x >= e.x && events[end].x < e.x + 32;
         ++end) {
      pixels |= 1U << (events[end].x - e.x);
    }
    if (end - i < 4) {
      for (size_t k = i; k < end; ++k) put(0x2000 | e.on << 11 | events[k].x);
    } else {
      put(0x3000 | e.on << 11 | e.x);
      put(0x4000 | (pixels & 0xFFF));
      put(0x4000 | (pixels >> 12 & 0xFFF));
      put(0x5000 | pixels >> 24);
    }
    i = end;
  }
  return words;
}

// The words over and over, times going on, until there are so many events.
std::vector<uint32_t> RepeatEvt2(const std::vector<uint32_t>& words) {
  uint32_t first = UINT32_MAX, last = 0;
  size_t events = 0;
  for (const uint32_t word : words) {
    if (word >> 28 == 8) first = std::min(first, word & 0xFFFFFFF);
    if (word >> 28 == 8) last = std::max(last, word & 0xFFFFFFF);
    events += word >> 28 < 2 ? 1 : 0;
  }
  std::vector<uint32_t> repeated;
  for (uint32_t k = 0; events > 0 && k * events < kEvents; ++k) {
    for (const uint32_t word : words) {
      const uint32_t high = ((word & 0xFFFFFFF) + k * (last + 1 - first)) & 0xFFFFFFF;
      repeated.push_back(word >> 28 == 8 ? 0x80000000 | high : word);
    }
  }
  return repeated;
}

size_t EventsOf(uint16_t word) {
  const uint32_t type = word >> 12, value = word & 0xFFF;
  return type == 2   ? 1
         : type == 4 ? static_cast<size_t>(__builtin_popcount(value))
         : type == 5 ? static_cast<size_t>(__builtin_popcount(value & 0xFF))
                     : 0;
}

std::vector<uint16_t> RepeatEvt3(const std::vector<uint16_t>& words) {
  int first = -1, last = 0;
  size_t events = 0;
  for (const uint16_t word : words) {
    if (word >> 12 == 8) last = word & 0xFFF;
    if (first < 0) first = last;
    events += EventsOf(word);
  }
  std::vector<uint16_t> repeated;
  for (int k = 0; events > 0 && static_cast<size_t>(k) * events < kEvents; ++k) {
    for (const uint16_t word : words) {
      const int high = ((word & 0xFFF) + k * (last + 1 - first)) & 0xFFF;
      repeated.push_back(word >> 12 == 8 ? static_cast<uint16_t>(0x8000 | high) : word);
    }
  }
  return repeated;
}

const std::vector<uint32_t>& Evt2Words(bool recorded) {
  static const std::vector<uint32_t> kWords[2] = {
      RepeatEvt2(MadeUpEvt2()),
      RepeatEvt2(ToWords<uint32_t>(RecordedWords("events/evt2/faery_evt2.raw")))};
  return kWords[recorded ? 1 : 0];
}
const std::vector<uint16_t>& Evt3Words(bool recorded) {
  static const std::vector<uint16_t> kWords[2] = {
      RepeatEvt3(MadeUpEvt3()),
      RepeatEvt3(ToWords<uint16_t>(RecordedWords("events/evt3/evt3_sample.raw")))};
  return kWords[recorded ? 1 : 0];
}

// ---- Plain decoders -------------------------------------------------------------------------

// A buffer of wide events, handed out when it is full. Used as a local variable, its pointers stay
// in registers.
class WideBuffer {
 public:
  explicit WideBuffer(std::vector<WideEvent>& events)
      : begin_(events.data()), end_(events.data() + events.size()), to_(begin_) {}

  void Put(int64_t t, uint32_t x, uint32_t y, uint32_t p) {
    to_->x = static_cast<uint16_t>(x);
    to_->y = static_cast<uint16_t>(y);
    to_->p = static_cast<int16_t>(p);
    to_->t = t;
    if (++to_ == end_) Flush();
  }
  size_t Flush() {
    benchmark::DoNotOptimize(begin_);
    benchmark::ClobberMemory();
    total_ += static_cast<size_t>(to_ - begin_);
    to_ = begin_;
    return total_;
  }

 private:
  WideEvent *begin_, *end_, *to_;
  size_t total_ = 0;
};

size_t PlainEvt2(const std::vector<uint32_t>& words, std::vector<WideEvent>& events) {
  WideBuffer out(events);
  int64_t high = 0, overflows = 0;
  for (const uint32_t word : words) {
    switch (word >> 28) {
      case 0x0:
      case 0x1:
        out.Put(overflows | high | ((word >> 22) & 0x3F), (word >> 11) & 0x7FF, word & 0x7FF,
                word >> 28);
        break;
      case 0x8: {
        const int64_t next = int64_t{word & 0xFFFFFFF} << 6;
        if (next < high) overflows += int64_t{1} << 34;
        high = next;
        break;
      }
      default: break;
    }
  }
  return out.Flush();
}

size_t PlainEvt3(const std::vector<uint16_t>& words, std::vector<WideEvent>& events) {
  WideBuffer out(events);
  int64_t high = 0, low = 0, overflows = 0;
  uint32_t y = 0, base = 0, on = 0;
  const auto vector = [&](uint32_t pixels, uint32_t width) {
    for (; pixels != 0; pixels &= pixels - 1) {
      const auto k = static_cast<uint32_t>(__builtin_ctz(pixels));
      out.Put(overflows + high + low, base + k, y, on);
    }
    base += width;
  };
  for (const uint16_t word : words) {
    const uint32_t value = word & 0xFFF;
    switch (word >> 12) {
      case 0x0: y = value & 0x7FF; break;
      case 0x2: out.Put(overflows + high + low, value & 0x7FF, y, value >> 11); break;
      case 0x3:
        base = value & 0x7FF;
        on = value >> 11;
        break;
      case 0x4: vector(value, 12); break;
      case 0x5: vector(value & 0xFF, 8); break;
      case 0x6: low = value; break;
      case 0x8: {
        const int64_t next = int64_t{value} << 12;
        if (next < high) overflows += int64_t{1} << 24;
        high = next;
        break;
      }
      default: break;
    }
  }
  return out.Flush();
}

// ---- Ours -----------------------------------------------------------------------------------

template <typename Word>
size_t DecodeAll(EventDecoder& decoder, const std::vector<Word>& words, EventBatch& batch) {
  size_t total = 0;
  const auto hand_out = [&] {
    benchmark::DoNotOptimize(batch.events().events.data());
    benchmark::ClobberMemory();
    total += batch.events().events.size();
    batch.Clear();
  };
  const auto* bytes = reinterpret_cast<const uint8_t*>(words.data());
  const size_t size = words.size() * sizeof(Word);
  for (size_t at = 0; at < size;) {
    const size_t given = std::min(kBlock, size - at);
    const size_t taken = decoder.Feed({bytes + at, given}, batch).value();
    at += taken;
    if (taken < given) hand_out();
  }
  hand_out();
  return total;
}

void Report(benchmark::State& state, size_t events) {
  if (events < kEvents) state.SkipWithError("no recording");
  state.SetItemsProcessed(static_cast<int64_t>(events) * static_cast<int64_t>(state.iterations()));
}

void Evt2Plain(benchmark::State& state) {
  std::vector<WideEvent> out(EventBatch::kCapacity);
  size_t events = 0;
  for (auto _ : state) events = PlainEvt2(Evt2Words(state.range(0) != 0), out);
  Report(state, events);
}
void Evt2(benchmark::State& state) {
  EventBatch batch;
  size_t events = 0;
  for (auto _ : state)
    events = DecodeAll(*MakeEvt2Decoder({}, 0, false), Evt2Words(state.range(0) != 0), batch);
  Report(state, events);
}
void Evt3Plain(benchmark::State& state) {
  std::vector<WideEvent> out(EventBatch::kCapacity);
  size_t events = 0;
  for (auto _ : state) events = PlainEvt3(Evt3Words(state.range(0) != 0), out);
  Report(state, events);
}
void Evt3(benchmark::State& state) {
  EventBatch batch;
  size_t events = 0;
  for (auto _ : state)
    events = DecodeAll(*MakeEvt3Decoder({}, 0, false), Evt3Words(state.range(0) != 0), batch);
  Report(state, events);
}

BENCHMARK(Evt2Plain)->ArgName("recorded")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(Evt2)->ArgName("recorded")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(Evt3Plain)->ArgName("recorded")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(Evt3)->ArgName("recorded")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nightjar
