// SPDX-License-Identifier: Apache-2.0
#include "data/events/event_format.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "data/events/aedat4_decoder.h"
#include "data/events/dat_decoder.h"
#include "data/events/es_decoder.h"
#include "data/events/evt2_decoder.h"
#include "data/events/evt3_decoder.h"
#include "data/events/prophesee_header.h"
#include "data/events/ros_bag_decoder.h"
#include "data/events/text_event_decoder.h"

namespace nightjar {
namespace {

struct Known {
  std::string_view begin, what, remedy;
};
constexpr Known kNotRead[] = {
    {"#!AER-DAT", "AEDAT of another version than 4.0 is not read", "convert it to AEDAT4"},
    {"#ROSBAG V1", "ROS bags of version 1 are not read", "convert it with rosbag migrate"},
    {"\x89MCAP", "MCAP files are not read", "convert it to a ROS 1 bag or to RAW"},
    {"SQLite format 3", "ROS 2 bags (SQLite) are not read", "convert it to a ROS 1 bag or to RAW"},
};

bool BeginsWith(std::string_view text, std::string_view begin) {
  return text.substr(0, begin.size()) == begin;
}

tl::unexpected<Error> Unusable(std::string what, std::string remedy) {
  return Fail(ErrorKind::kUnusableInput, std::move(what), {}, std::move(remedy));
}

// What stands behind the header of a RAW or DAT file; `skip` is what lies before it.
Result<std::unique_ptr<EventDecoder>> MakePropheseeDecoder(std::string_view begin, bool raw,
                                                           size_t& skip) {
  const PropheseeHeader header = ParsePropheseeHeader(begin);
  const EventFileInfo info = DescribePropheseeFile(header);
  skip = header.bytes;
  if (info.format == "dat") {
    const auto version = header.fields.find("Version");
    if (version != header.fields.end() && version->second != "2")
      return Unusable("DAT of version " + version->second + " is not read", "convert it to RAW");
    if (begin.size() < skip + 2)
      return Unusable("DAT file ends in its header", "use a file that is whole");
    const auto type = static_cast<unsigned char>(begin[skip]);
    const auto size = static_cast<unsigned char>(begin[skip + 1]);
    if ((type != 0x00 && type != 0x0C) || size != 8) {
      return Unusable(fmt::format("DAT file of type {} with records of {} bytes", type, size),
                      "only events of brightness (types 0 and 12, 8 bytes) are read");
    }
    skip += 2;
    return MakeDatDecoder(info, static_cast<int64_t>(skip), raw);
  }
  const auto position = static_cast<int64_t>(skip);
  if (info.format == "evt2") return MakeEvt2Decoder(info, position, raw);
  if (info.format == "evt3") return MakeEvt3Decoder(info, position, raw);
  if (info.format == "evt2.1") {
    const bool legacy = FormatOption(header, "endianness") == "legacy";
    return MakeEvt21Decoder(info, position, legacy, raw);
  }
  return Unusable("header names no encoding that is read",
                  "only EVT 2.0, 2.1, 3.0 and DAT are: look at '% evt' or '% format'");
}

}  // namespace

Result<std::unique_ptr<EventDecoder>> MakeEventDecoder(std::string_view begin, bool raw,
                                                       size_t& skip) {
  skip = 0;
  if (BeginsWith(begin, "% ")) return MakePropheseeDecoder(begin, raw, skip);
  if (BeginsWith(begin, "#!AER-DAT4.0\r\n")) return MakeAedat4Decoder(raw);
  if (BeginsWith(begin, "#ROSBAG V2.0\n")) return MakeRosBagDecoder(raw);
  if (BeginsWith(begin, "Event Stream")) return MakeEsDecoder();
  for (const Known& known : kNotRead) {
    if (BeginsWith(begin, known.begin))
      return Unusable(std::string(known.what), std::string(known.remedy));
  }
  if (LooksLikeTextEvents(begin)) return MakeTextEventDecoder(raw);
  return Unusable("is no event file of a known format",
                  "read are RAW (EVT 2.0, 2.1, 3.0), DAT, AEDAT4, DSEC's HDF5, Event Stream, ROS 1 "
                  "bags and text 't x y p'");
}

}  // namespace nightjar
