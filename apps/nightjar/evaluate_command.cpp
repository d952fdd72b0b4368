// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/evaluate.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

// Accuracy that the caller asks for: more than this is an answer with exit status 4.
struct Bounds {
  std::optional<double> causal_ate_m;
  std::optional<double> final_ate_m;

  // No error is above NaN: such a bound would hold whatever the session is like.
  Status Validate() const {
    for (const auto& [name, bound_m] :
         {std::pair("--max-causal-ate", causal_ate_m), std::pair("--max-final-ate", final_ate_m)}) {
      if (bound_m && !(std::isfinite(*bound_m) && *bound_m >= 0))
        return Fail(ErrorKind::kUsage, std::string(name) + " must be a length in m, 0 or above");
    }
    return {};
  }
};

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ToJson(const TrajectoryEvaluation& evaluation) {
  const TrajectoryError& error = evaluation.error;
  return {{"ate_rmse_m", error.ate_rmse_m},     {"attitude_rmse_deg", error.attitude_rmse_deg},
          {"frames", evaluation.frames},        {"coverage", evaluation.coverage},
          {"compared", error.compared},         {"maps", evaluation.maps},
          {"length_m", error.length_m},         {"ate_median_m", error.ate_median_m},
          {"ate_max_m", error.ate_max_m},       {"tilt_rmse_deg", error.tilt_rmse_deg},
          {"rpe_1m_m", OrNull(error.rpe_1m_m)}, {"rpe_1m_deg", OrNull(error.rpe_1m_deg)},
          {"rpe_1s_m", OrNull(error.rpe_1s_m)}, {"rpe_1s_deg", OrNull(error.rpe_1s_deg)}};
}

Json ToJson(const Consistency::Nees& nees, int64_t keyframes) {
  return {{"position", nees.position},
          {"rotation", nees.rotation},
          {"keyframes", keyframes},
          {"expected", 3}};
}

Json ToJson(const Evaluation& evaluation) {
  Json nees = nullptr;
  Json nees_fitted_gauge = nullptr;
  if (evaluation.nees) {
    nees = ToJson(evaluation.nees->first_gauge, evaluation.nees->keyframes);
    nees_fitted_gauge = ToJson(evaluation.nees->fitted_gauge, evaluation.nees->keyframes);
  }
  return {{"causal", ToJson(evaluation.causal)},
          {"final", evaluation.final ? ToJson(*evaluation.final) : Json(nullptr)},
          {"nees", nees},
          {"nees_fitted_gauge", nees_fitted_gauge}};
}

std::string Text(const char* name, const TrajectoryEvaluation& evaluation) {
  const TrajectoryError& error = evaluation.error;
  return fmt::format(
      "{:<8} ATE {:.4f} m (median {:.4f}, max {:.4f}) · attitude {:.3f} deg · tilt {:.3f} deg · "
      "{} of {} frames compared, coverage {:.1f} %\n",
      name, error.ate_rmse_m, error.ate_median_m, error.ate_max_m, error.attitude_rmse_deg,
      error.tilt_rmse_deg, error.compared, evaluation.frames, 100 * evaluation.coverage);
}

std::string Text(const Evaluation& evaluation) {
  std::string text;
  if (evaluation.causal.maps > 1) {
    text += fmt::format("{} maps; compared is the one with most usable frames\n",
                        evaluation.causal.maps);
  }
  text += Text("causal", evaluation.causal);
  if (evaluation.final) text += Text("final", *evaluation.final);
  if (evaluation.nees) {
    const auto& [keyframes, first, fitted] = *evaluation.nees;
    text += fmt::format(
        "nees     position {:.2f}, rotation {:.2f} (3 when the covariances are true and the "
        "reference exact); with position and yaw fitted over all keyframes {:.2f}, {:.2f} · {} "
        "keyframes\n",
        first.position, first.rotation, fitted.position, fitted.rotation, keyframes);
  }
  return text;
}

// Nothing when the trajectory is as accurate as asked.
Status CheckBound(const char* name, const std::optional<double>& bound_m,
                  const std::optional<TrajectoryEvaluation>& evaluation) {
  if (!bound_m) return {};
  if (!evaluation)
    return Fail(ErrorKind::kNoAnswer,
                fmt::format("the session has no {} trajectory to hold to its bound", name));
  const double ate_m = evaluation->error.ate_rmse_m;
  if (ate_m <= *bound_m) return {};
  return Fail(
      ErrorKind::kNoAnswer,
      fmt::format("the {} ATE of {:.4f} m is above the bound of {:g} m", name, ate_m, *bound_m));
}

int Run(const EvaluateOptions& options, const Bounds& bounds, bool json) {
  if (const Status valid = bounds.Validate(); !valid) return Report(valid.error());
  const Result<Evaluation> evaluation = Evaluate(options);
  if (!evaluation) return Report(evaluation.error());
  const std::string text = json ? ToJson(*evaluation).dump(2) + '\n' : Text(*evaluation);
  if (const int status = Print(text); status != 0) return status;
  if (Status held = CheckBound("causal", bounds.causal_ate_m, evaluation->causal); !held)
    return Report(held.error());
  if (Status held = CheckBound("final", bounds.final_ate_m, evaluation->final); !held)
    return Report(held.error());
  return 0;
}

}  // namespace

void AddEvaluateCommand(CLI::App& app, RunCommand& run) {
  auto options = std::make_shared<EvaluateOptions>();
  auto bounds = std::make_shared<Bounds>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "evaluate", "Accuracy, coverage and consistency of a session against truth");
  command->add_option("SESSION", options->session, "folder that 'nightjar process' wrote")
      ->required();
  command
      ->add_option("--reference", options->reference,
                   "trajectory of the same body: TUM, EuRoC or Project Aria form")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--min-quality", options->min_quality,
                   "compare only rows of this quality score, 0 to 1, or better")
      ->type_name("Q");
  command
      ->add_option("--max-causal-ate", bounds->causal_ate_m,
                   "exit with 4 when the causal ATE is above this")
      ->type_name("M");
  command
      ->add_option("--max-final-ate", bounds->final_ate_m,
                   "exit with 4 when the final ATE is above this")
      ->type_name("M");
  command->add_flag("--json", *json, "print the figures as one JSON object");
  command->callback([&run, options, bounds, json] {
    run = [options, bounds, json] { return Run(*options, *bounds, *json); };
  });
}

}  // namespace nightjar
