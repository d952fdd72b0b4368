// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <new>
#include <optional>

#include "apps/pipeline/evaluate.h"
#include "apps/pipeline/nightjar/pipeline.h"
#include "apps/pipeline/process.h"

namespace nightjar {
namespace {

/// What `body`, which returns a Result<T>, gives; what it throws becomes a failure.
template <typename T, typename Body>
Outcome<T> Call(Body body) noexcept {
  const auto failure = [](const Error& error) {
    return Failure{ExitStatus(error.kind), error.Message()};
  };
  try {
    Result<T> result = body();
    if (!result) return failure(result.error());
    return std::move(*result);
  } catch (const std::bad_alloc&) {
    return failure({ErrorKind::kTryAgain, "memory ran out", {}, {}});
  } catch (const std::exception& error) {
    return failure({ErrorKind::kInternal, error.what(), {}, {}});
  } catch (...) {
    return failure({ErrorKind::kInternal, "something unknown was thrown", {}, {}});
  }
}

TrajectoryScore Score(const TrajectoryEvaluation& evaluation) {
  const TrajectoryError& error = evaluation.error;
  TrajectoryScore score;
  score.ate_rmse_m = error.ate_rmse_m;
  score.ate_max_m = error.ate_max_m;
  score.attitude_rmse_deg = error.attitude_rmse_deg;
  score.tilt_rmse_deg = error.tilt_rmse_deg;
  score.compared = error.compared;
  score.frames = evaluation.frames;
  score.coverage = evaluation.coverage;
  return score;
}

SessionScore Score(const Evaluation& evaluation) {
  SessionScore score;
  score.causal = Score(evaluation.causal);
  if (evaluation.final) score.final = Score(*evaluation.final);
  if (evaluation.nees) {
    score.consistency = {evaluation.nees->keyframes, evaluation.nees->first_gauge.position,
                         evaluation.nees->first_gauge.rotation};
  }
  return score;
}

}  // namespace

Outcome<ProcessSummary> ProcessLog(const ProcessOptions& options) noexcept {
  return Call<ProcessSummary>([&] { return Process(options); });
}

Outcome<SessionScore> EvaluateSession(const std::filesystem::path& session,
                                      const std::filesystem::path& reference) noexcept {
  return Call<SessionScore>([&]() -> Result<SessionScore> {
    EvaluateOptions options;
    options.session = session;
    options.reference = reference;
    const Result<Evaluation> evaluation = Evaluate(options);
    if (!evaluation) return tl::unexpected(evaluation.error());
    return Score(*evaluation);
  });
}

const char* PipelineVersion() noexcept { return NIGHTJAR_VERSION; }

}  // namespace nightjar
