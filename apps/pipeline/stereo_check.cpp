// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/stereo_check.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "apps/pipeline/frame_set.h"
#include "apps/pipeline/mounting_verdict.h"
#include "apps/pipeline/pair_check.h"
#include "apps/pipeline/stereo_inspection.h"

namespace nightjar {
namespace {

constexpr int kFewestPairs = 3, kMostPairs = 12;
constexpr int kEnoughPatches = 100;  // of some two hundred that are looked for in each pair

bool IsOfKeyframe(const Session& session, SensorTime time) {
  const auto& keyframes = session.keyframes;
  const auto next =
      std::ranges::lower_bound(keyframes, time, {}, [](const Keyframe& k) { return k.state.time; });
  return next != keyframes.end() && next->state.time == time;
}

// The pairs of one session that are looked at.
class KeyframePairs {
 public:
  KeyframePairs(const Rig& rig, const MatchDevelopment& development, const StereoDepth& stereo)
      : developer_(rig, development),
        stereo_(stereo),
        partner_(static_cast<size_t>(stereo.partner())) {
    two_.cameras = {rig.cameras.front(), rig.cameras[partner_]};
  }

  bool IsEnough() const {
    return check_.pairs() >= kMostPairs ||
           (check_.pairs() >= kFewestPairs && check_.patches() >= kEnoughPatches);
  }

  Status Add(const FrameSet& set, const RunTasks& run) {
    const auto pair = stereo_.Develop(set, developer_);
    if (!pair) return tl::unexpected(pair.error());
    if (!*pair) return {};
    const auto prepared = stereo_.Prepare(**pair, run);
    if (!prepared) return tl::unexpected(prepared.error());
    recorded_.emplace_back(*set.frames.front(), *set.frames[partner_]);
    return check_.Add(*prepared, stereo_.disparities(), run);
  }

  Result<StereoFitness> Judge() const {
    const PairVerdict verdict = check_.Verdict();
    if (verdict.fault == PairFault::kNone) {
      const bool costs = verdict.row_offset_px && !verdict.note.empty();
      return StereoFitness{"", costs ? verdict.note : ""};
    }
    const auto mistake = Mistake();
    if (!mistake) return tl::unexpected(mistake.error());
    if (!mistake->empty()) return StereoFitness{*mistake, ""};
    const std::string what = verdict.fault == PairFault::kSwapped
                                 ? "their pictures, or their places in the rig, are swapped: "
                                 : "they are not where the rig says: once rectified, ";
    return StereoFitness{what + verdict.why, ""};
  }

 private:
  Result<std::string> Mistake() const {
    StereoInspection inspection(two_);
    for (const auto& [first, second] : recorded_) {
      if (Status added = inspection.Add(first, second); !added)
        return tl::unexpected(added.error());
    }
    const StereoAgreement agreement = inspection.agreement();
    const StereoVerdict verdict = JudgeStereoAgreement(agreement);
    if (verdict.kind != StereoVerdict::Kind::kFound || verdict.Is(StereoHypothesis::kGiven))
      return std::string();
    return DescribeStereoMistake(agreement, verdict.hypothesis, two_.cameras[0].name,
                                 two_.cameras[1].name);
  }

  MatchDeveloper developer_;
  const StereoDepth& stereo_;
  size_t partner_;
  Rig two_;
  PairCheck check_;
  std::vector<std::pair<Frame, Frame>> recorded_;
};

}  // namespace

Result<StereoFitness> CheckKeyframePairs(const Session& session,
                                         const KeyframeDepthOptions& options,
                                         const MatchDevelopment& development,
                                         const StereoDepth& stereo, const RunTasks& run) {
  SensorLogOptions reading = options.reading;
  reading.depth = false;
  auto log = OpenSensorLog(options.log, reading);
  if (!log) return tl::unexpected(log.error());
  FrameSetAssembler assembler(static_cast<int>(session.rig.cameras.size()), kLongestApart);
  KeyframePairs pairs(session.rig, development, stereo);
  while (!pairs.IsEnough()) {
    if (options.cancelled && options.cancelled())
      return Fail(ErrorKind::kTryAgain, "interrupted, nothing was written");
    auto record = (*log)->Next();
    if (!record) return tl::unexpected(record.error());
    if (!*record) break;
    auto* frame = std::get_if<Frame>(&**record);
    if (frame == nullptr) continue;
    for (const FrameSet& set : assembler.Add(std::move(*frame))) {
      if (pairs.IsEnough() || !IsOfKeyframe(session, set.time)) continue;
      if (Status added = pairs.Add(set, run); !added) return tl::unexpected(added.error());
    }
  }
  return pairs.Judge();
}

}  // namespace nightjar
