// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/context_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "spatial/context/blocks.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

// Reading order of the parts.
std::vector<ContextBlock> BlocksOf(const ContextMoment& moment) {
  return {PoseBlock(moment),     MotionBlock(moment),    NearestBlock(moment),
          FrameBlock(moment),    ClearanceBlock(moment), WayBackBlock(moment),
          RoomBlock(moment),     QualityBlock(moment),   WallsBlock(moment),
          SurfacesBlock(moment), MapBlock(moment),       SegmentsBlock(moment),
          RevisitsBlock(moment), PathBlock(moment),      KeyframesBlock(moment)};
}

// The order in which room is given: a part, and in which of its forms, the last one where it has
// fewer.
struct Step {
  std::string_view block;
  size_t form;
};
constexpr size_t kAll = 99;
constexpr std::array kSteps = {
    Step{"pose", 0},        Step{"motion", 0},      Step{"nearest", 0},  Step{"pose", kAll},
    Step{"motion", kAll},   Step{"clearance", 0},   Step{"way_back", 0}, Step{"clearance", kAll},
    Step{"room", 0},        Step{"frame", 0},       Step{"segments", 0}, Step{"quality", 0},
    Step{"surfaces", 0},    Step{"walls", 0},       Step{"map", 0},      Step{"path", 0},
    Step{"surfaces", 1},    Step{"revisits", 0},    Step{"map", 1},      Step{"walls", 1},
    Step{"segments", 1},    Step{"path", 1},        Step{"map", 2},      Step{"keyframes", 0},
    Step{"surfaces", 2},    Step{"path", 2},        Step{"segments", 2}, Step{"walls", 2},
    Step{"revisits", 1},    Step{"keyframes", 1},   Step{"map", 3},      Step{"path", 3},
    Step{"walls", kAll},    Step{"segments", 3},    Step{"surfaces", 3}, Step{"map", 4},
    Step{"path", 4},        Step{"keyframes", 2},   Step{"segments", 4}, Step{"revisits", 2},
    Step{"path", 5},        Step{"surfaces", kAll}, Step{"map", kAll},   Step{"keyframes", 3},
    Step{"path", 6},        Step{"segments", kAll}, Step{"path", 7},     Step{"keyframes", kAll},
    Step{"revisits", kAll}, Step{"path", kAll}};

constexpr size_t kNothing = static_cast<size_t>(-1);

// Which form of each part is told; kNothing: it is left out.
using Choice = std::vector<size_t>;

// Names of parts that are known and left out, or told in a shorter form.
std::vector<std::string> LeftOut(const std::vector<ContextBlock>& blocks, const Choice& choice) {
  std::vector<std::string> names;
  for (size_t k = 0; k < blocks.size(); ++k) {
    if (!blocks[k].forms.empty() && choice[k] == kNothing) names.emplace_back(blocks[k].name);
  }
  return names;
}

std::vector<std::string> Shortened(const std::vector<ContextBlock>& blocks, const Choice& choice) {
  std::vector<std::string> names;
  for (size_t k = 0; k < blocks.size(); ++k) {
    if (choice[k] != kNothing && choice[k] + 1 < blocks[k].forms.size())
      names.emplace_back(blocks[k].name);
  }
  return names;
}

std::string Joined(const char* title, const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? title : ", ") + name;
  return text;
}

constexpr const char* kShortNote = "left out: all else\n";
constexpr const char* kShortJsonNote = "\"left_out\":\"all else\"}\n";
// From here on there is room to name all that is left out.
constexpr size_t kRoomForNames = 1000;

// What is not told, by name; empty when all is.
std::string Note(const std::vector<ContextBlock>& blocks, const Choice& choice) {
  const std::string left_out = Joined("left out: ", LeftOut(blocks, choice));
  const std::string shortened = Joined("shortened: ", Shortened(blocks, choice));
  if (left_out.empty() && shortened.empty()) return {};
  return left_out + (left_out.empty() || shortened.empty() ? "" : "; ") + shortened + '\n';
}

std::string JsonNote(const std::vector<ContextBlock>& blocks, const Choice& choice) {
  return "\"left_out\":" + Dump(Json(LeftOut(blocks, choice))) +
         ",\"shortened\":" + Dump(Json(Shortened(blocks, choice))) + "}\n";
}

// The forms for which there is room; nothing where there is none for any. `size_of` a form,
// `note` on a choice, or a short one where room is scarce.
template <typename SizeOf, typename MakeNote>
std::optional<Choice> Fill(const std::vector<ContextBlock>& blocks, size_t max_bytes,
                           const SizeOf& size_of, const MakeNote& note,
                           std::string_view short_note) {
  Choice choice(blocks.size(), kNothing);
  bool any = false;
  size_t told = 0;  // bytes, without the note
  for (const Step& step : kSteps) {
    const auto block = std::find_if(blocks.begin(), blocks.end(), [&step](const auto& candidate) {
      return candidate.name == step.block;
    });
    if (block->forms.empty()) continue;
    const auto place = static_cast<size_t>(block - blocks.begin());
    const size_t form = std::min(step.form, block->forms.size() - 1);
    const size_t before = choice[place];
    if (before != kNothing && before >= form) continue;
    const size_t longer =
        told + size_of(*block, form) - (before == kNothing ? 0 : size_of(*block, before));
    choice[place] = form;
    const size_t reserved =
        max_bytes < kRoomForNames ? short_note.size() : note(blocks, choice).size();
    if (longer + reserved > max_bytes) {
      choice[place] = before;
    } else {
      told = longer;
      any = true;
    }
  }
  if (!any) return std::nullopt;
  return choice;
}

constexpr std::string_view kJsonBegin = "{\"v\":\"nightjar.context/1\",";

std::string Member(const ContextBlock& block, size_t form) {
  return '"' + std::string(block.name) + "\":" + block.forms[form].json_text + ',';
}

// Reasons of health records and names of cameras are whatever a log says: what is not UTF-8 is
// replaced, as in JSON.
std::string ValidUtf8(const std::string& text) {
  return Json::parse(Dump(Json(text))).get<std::string>();
}

}  // namespace

ContextParts::ContextParts(const ContextMoment& moment) : blocks_(BlocksOf(moment)) {
  for (ContextBlock& block : blocks_) {
    for (ContextForm& form : block.forms) {
      form.text = ValidUtf8(form.text);
      form.json_text = Dump(form.json);
    }
  }
}

std::string ContextParts::Text(size_t max_bytes) const {
  const auto choice = Fill(
      blocks_, max_bytes,
      [](const ContextBlock& block, size_t form) { return block.forms[form].text.size(); }, Note,
      kShortNote);
  std::string text;
  if (choice) {
    for (size_t k = 0; k < blocks_.size(); ++k) {
      if ((*choice)[k] != kNothing) text += blocks_[k].forms[(*choice)[k]].text;
    }
    const std::string note = Note(blocks_, *choice);
    return text + (text.size() + note.size() <= max_bytes ? note : kShortNote);
  }
  // Too little room to name all that is left out.
  for (const char* note : {kShortNote, "...\n"}) {
    text = blocks_[0].forms[0].text + note;
    if (text.size() <= max_bytes) return text;
  }
  for (const char* note : {"left out: all\n", "...\n"}) {
    if (std::string_view(note).size() <= max_bytes) return note;
  }
  return {};
}

std::string ContextParts::JsonText(size_t max_bytes) const {
  const auto choice =
      max_bytes < kJsonBegin.size()
          ? std::nullopt
          : Fill(
                blocks_, max_bytes - kJsonBegin.size(),
                [](const ContextBlock& block, size_t form) { return Member(block, form).size(); },
                JsonNote, kShortJsonNote);
  if (choice) {
    std::string text(kJsonBegin);
    for (size_t k = 0; k < blocks_.size(); ++k) {
      if ((*choice)[k] != kNothing) text += Member(blocks_[k], (*choice)[k]);
    }
    const std::string note = JsonNote(blocks_, *choice);
    return text + (text.size() + note.size() <= max_bytes ? note : kShortJsonNote);
  }
  for (const char* note : {"{\"left_out\":\"all\"}\n", "{}\n"}) {
    if (std::string_view(note).size() <= max_bytes) return note;
  }
  return {};
}

std::string ContextText(const Session& session, size_t max_bytes) {
  const Result<ContextMoment> moment = ContextMoment::At(session, {});
  return moment ? ContextParts(*moment).Text(max_bytes) : std::string();
}

}  // namespace nightjar
