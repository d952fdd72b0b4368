// SPDX-License-Identifier: Apache-2.0
//
// How true the answers to questions about a session are, against the simulated log that it was made
// of (docs/formats/ask.md): hundreds of questions of each kind, errors against their sigmas.
//
//     ask_accuracy SESSION LOG
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "core/random.h"
#include "core/so3.h"
#include "spatial/query/ego_frame.h"
#include "spatial/query/questions.h"
#include "spatial/query/timeline.h"
#include "spatial/session_reader.h"
#include "tests/pipeline/scene_truth.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr int kQuestions = 300;
constexpr double kRange_m = 8;

struct Judged {
  double error, sigma;
};

// Errors of one kind of number, and how often there was none.
struct Row {
  std::vector<Judged> judged;
  int unknown = 0;

  void Print(const std::string& name, const char* unit) const {
    if (judged.empty()) return;
    std::vector<double> sizes, sigmas;
    double squares = 0;
    int one = 0, two = 0, far = 0;
    for (const auto& [error, sigma] : judged) {
      const double ratio = std::abs(error) / sigma;
      sizes.push_back(std::abs(error));
      sigmas.push_back(sigma);
      one += ratio < 1;
      two += ratio < 2;
      far += ratio > 5;
      if (ratio <= 5) squares += ratio * ratio;
    }
    const auto n = static_cast<double>(judged.size());
    const auto median = [](std::vector<double>& values) {
      std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                       values.end());
      return values[values.size() / 2];
    };
    std::printf("| %-28s | %8.4f | %8.4f | %-5s | %5.2f | %5.1f %% | %5.1f %% | %4.1f %% | %4d |\n",
                name.c_str(), median(sizes), median(sigmas), unit, std::sqrt(squares / (n - far)),
                100 * one / n, 100 * two / n, 100 * far / n, unknown);
  }
};

class Study {
 public:
  Study(const Questions& questions, const Timeline& timeline, const SceneTruth& truth,
        const Se3& T_truth_world, const Session& session)
      : questions_(questions),
        timeline_(timeline),
        truth_(truth),
        T_truth_world_(T_truth_world),
        session_(session) {}

  void Run() {
    for (int k = 0; k < kQuestions; ++k) {
      AskPose();
      AskWays(1);
      AskWays(5);
      AskWays(0);
      AskBearing();
      AskRay();
      if (k % 5 == 0) AskClearance();
      AskPath();
      if (k % 3 == 0) AskSight();
    }
    std::printf(
        "| question                     | median error | median sigma | unit | std(e/sigma) | "
        "inside "
        "1 sigma | 2 sigma | beyond 5 | unknown |\n|---|---|---|---|---|---|---|---|---|\n");
    for (const auto& [name, row] : rows_) row.first.Print(name, row.second);
    for (const auto& [name, count] : counts_) std::printf("%s: %d\n", name.c_str(), count);
  }

 private:
  double Uniform() { return random_.Uniform(); }

  // A time between two keyframes, in s since the first frame, and the true pose then, in the
  // estimate's world.
  struct Moment {
    double t = 0;
    Se3 true_pose, estimate;
  };
  Moment RandomMoment(double latest_share = 1) {
    const double begin = ToSeconds(session_.keyframes.front().state.time - timeline_.begin());
    const double end = ToSeconds(session_.keyframes.back().state.time - timeline_.begin());
    return MomentAt(begin + Uniform() * latest_share * (end - begin));
  }
  Moment MomentAt(double t) {
    t = std::round(t * 1e6) / 1e6;
    const SensorTime time = timeline_.begin() + FromSeconds(t);
    return {t, T_truth_world_.Inverse() * *truth_.PoseAt(time),
            timeline_.At(time)->state.T_world_body};
  }

  Json Ask(const char* verb, Json arguments) {
    const auto answer = questions_.Ask(*Questions::Find(verb), arguments);
    if (!answer) std::fprintf(stderr, "%s: %s\n", verb, answer.error().Message().c_str());
    return answer ? *answer : Json::object();
  }

  void Add(const std::string& name, const char* unit, const Json& value, const Json& sigma,
           double expected) {
    Row& row = rows_.try_emplace(name, Row{}, unit).first->second.first;
    if (!value.is_number() || !sigma.is_number()) {
      ++row.unknown;
      return;
    }
    row.judged.push_back({value.get<double>() - expected, sigma.get<double>()});
  }
  void AddKey(const std::string& verb, const char* unit, const Json& answer, const std::string& key,
              double expected) {
    if (!answer.contains(key)) return;
    double wrapped = expected;
    if (std::string(unit) == "deg" && answer[key].is_number())
      wrapped =
          answer[key].get<double>() - std::remainder(answer[key].get<double>() - expected, 360);
    Add(verb + " " + key, unit, answer[key], answer[key + "_sigma"], wrapped);
  }

  Se3 Ego(const Se3& pose) const { return WorldFromEgo(session_.rig, pose); }
  double HeadingDeg(const Se3& pose) const {
    return Heading(session_.rig, pose) * 180 / std::numbers::pi;
  }
  static Json Point(const Vector3d& p) { return {p.x(), p.y(), p.z()}; }

  void AskPose() {
    const Moment m = RandomMoment();
    const Json answer = Ask("pose", {{"t", m.t}});
    for (int axis = 0; axis < 3; ++axis) {
      Add("pose position_m", "m", answer["position_m"][static_cast<size_t>(axis)],
          answer["position_m_sigma"][static_cast<size_t>(axis)], m.true_pose.translation[axis]);
    }
    AddKey("pose", "deg", answer, "heading_deg", HeadingDeg(m.true_pose));
  }

  // Over `seconds`; 0: over a random part of all.
  void AskWays(double seconds) {
    Moment a = RandomMoment(), b = RandomMoment();
    if (seconds > 0) {
      const double end = ToSeconds(session_.keyframes.back().state.time - timeline_.begin());
      if (a.t + seconds > end) return;
      b = MomentAt(a.t + seconds);
    }
    if (b.t < a.t) std::swap(a, b);
    const std::string label =
        seconds > 0 ? std::to_string(static_cast<int>(seconds)) + " s " : "any ";
    const Vector3d way = b.true_pose.translation - a.true_pose.translation;
    const Json relative = Ask("relative_pose", {{"t0", a.t}, {"t1", b.t}});
    const Vector3d ego = Ego(a.true_pose).Inverse() * b.true_pose.translation;
    const char* names[] = {"ahead_m", "left_m", "up_m"};
    for (int axis = 0; axis < 3; ++axis) {
      Add(label + "relative_pose ahead left up", "m", relative[names[axis]],
          relative[std::string(names[axis]) + "_sigma"], ego[axis]);
    }
    AddKey(label + "relative_pose", "deg", relative, "turn_deg",
           HeadingDeg(a.true_pose) - HeadingDeg(b.true_pose));
    AddKey(label + "distance", "m", Ask("distance", {{"a", a.t}, {"b", b.t}}), "distance_m",
           way.norm());
    if (b.t - a.t < 0.05) return;
    const Json motion = Ask("motion", {{"t0", a.t}, {"t1", b.t}});
    double length = 0;
    Vector3d last = a.true_pose.translation;
    for (double t = a.t + 0.01; t < b.t; t += 0.01) {
      const Vector3d p = MomentAt(t).true_pose.translation;
      length += (p - last).norm();
      last = p;
    }
    length += (b.true_pose.translation - last).norm();
    AddKey(label + "motion", "m", motion, "path_length_m", length);
    AddKey(label + "motion", "m/s", motion, "mean_speed_m_s", length / (b.t - a.t));
  }

  // A place in the room that the body sees from where it truly is.
  void AskBearing() {
    const Moment m = RandomMoment();
    const Vector3d direction = RandomDirection();
    const Vector3d p = m.true_pose.translation + (0.5 + 3 * Uniform()) * direction;
    const Json answer = Ask("bearing", {{"t", m.t}, {"p", Point(p)}});
    const Vector3d seen = Ego(m.true_pose).Inverse() * p;
    const double degrees = 180 / std::numbers::pi;
    AddKey("bearing", "deg", answer, "bearing_deg", ClockwiseFromAhead(seen) * degrees);
    AddKey("bearing", "deg", answer, "elevation_deg", Elevation(seen) * degrees);
    AddKey("bearing", "m", answer, "distance_m", seen.norm());
  }

  Vector3d RandomDirection() {
    const double z = 2 * Uniform() - 1, a = 2 * std::numbers::pi * Uniform();
    return {std::sqrt(1 - z * z) * std::cos(a), std::sqrt(1 - z * z) * std::sin(a), z};
  }

  // How far something truly is from a place of the estimate's world.
  std::optional<double> TrueDistance(const Vector3d& from, const Vector3d& direction,
                                     double range_m = kRange_m) const {
    const auto hit =
        truth_.Cast(T_truth_world_ * from, T_truth_world_.rotation * direction, range_m);
    return hit ? std::optional(hit->distance) : std::nullopt;
  }

  void AskRay() {
    const Moment m = RandomMoment();
    const Vector3d direction = RandomDirection();
    const Vector3d from = m.estimate.translation;
    const Json answer =
        Ask("raycast",
            {{"origin", Point(from)}, {"direction", Point(direction)}, {"range_m", kRange_m}});
    const auto expected = TrueDistance(from, direction);
    const std::string state = answer["state"];
    ++counts_["raycast: " + state];
    if (state == "hit") {
      const bool surface = answer["surface"].is_number();
      Add(surface ? "raycast, of a surface" : "raycast, of a cube", "m", answer["distance_m"],
          answer["distance_m_sigma"], expected.value_or(kRange_m));
    } else if (expected && *expected < answer["free_m"].get<double>() - 0.1) {
      ++counts_["raycast: something nearer than it is said to be free"];
    }
  }

  void AskClearance() {
    const Moment m = RandomMoment();
    const Json answer = Ask("clearance", {{"t", m.t}, {"range_m", kRange_m}});
    for (const Json& ray : answer["rays"]) {
      const double angle =
          Heading(session_.rig, m.true_pose) - ray["clock"].get<double>() * std::numbers::pi / 6;
      double nearest = kRange_m;
      for (double up = -0.25; up <= 0.25; up += 0.01) {
        const Vector3d from = m.true_pose.translation + Vector3d(0, 0, up);
        nearest = std::min(
            nearest, TrueDistance(from, {std::cos(angle), std::sin(angle), 0}).value_or(kRange_m));
      }
      ++counts_["clearance: " + ray["state"].get<std::string>()];
      if (ray["state"] == "hit") {
        const bool cube = ray["distance_m_sigma"] >= 0.9 * session_.scene.occupancy.voxel_m;
        Add(cube ? "clearance, of a cube" : "clearance, of a surface", "m", ray["distance_m"],
            ray["distance_m_sigma"], nearest);
      } else if (nearest < ray["free_m"].get<double>() - 0.1) {
        ++counts_["clearance: something nearer than it is said to be free"];
      }
    }
  }

  // From where the body once was to where it was at another time, and on by up to 2 m.
  void AskPath() {
    constexpr double kRadius_m = 0.2;
    const Vector3d a = RandomMoment().estimate.translation;
    Vector3d b = RandomMoment().estimate.translation;
    b.z() = a.z();
    if ((b - a).norm() < 0.2) return;
    const Vector3d along = (b - a).normalized();
    b += 2 * Uniform() * along;
    const Json answer = Ask("is_free", {{"path", {Point(a), Point(b)}}, {"radius_m", kRadius_m}});
    const Vector3d across(-along.y(), along.x(), 0);
    const auto blocked = [&](double radius) {
      for (double side = -1; side <= 1; side += 0.25) {
        const double ahead = std::sqrt(1 - side * side) * radius;
        const Vector3d from = a + side * radius * across;
        if (TrueDistance(from, along, (b - a).norm() + ahead)) return true;
      }
      return false;
    };
    // Within a cube of the border neither is wrong.
    const double margin = 1.5 * session_.scene.occupancy.voxel_m;
    const std::string state = answer["state"];
    const std::string is = blocked(kRadius_m - margin)    ? "blocked"
                           : !blocked(kRadius_m + margin) ? "free"
                                                          : "at the border";
    ++counts_["is_free: " + state + " where it is " + is];
  }

  void AskSight() {
    const Moment m = RandomMoment();
    const Vector3d direction = RandomDirection();
    const auto distance = TrueDistance(m.true_pose.translation, direction);
    if (!distance) return;
    const Vector3d p = m.true_pose.translation + *distance * direction;
    const Json answer = Ask("keyframes_seeing", {{"p", Point(p)}, {"max", 100}, {"range_m", 5}});
    std::vector<bool> said(session_.keyframes.size(), false);
    if (answer["found"] > 100) return;
    for (const Json& keyframe : answer["keyframes"]) said[keyframe["kf"].get<size_t>()] = true;
    const RigCamera& camera = session_.rig.cameras.front();
    for (size_t k = 0; k < session_.keyframes.size(); ++k) {
      const auto pose = truth_.PoseAt(session_.keyframes[k].state.time);
      if (!pose || session_.images.empty()) continue;
      const KeyframeImage& image = session_.images.front();
      const Se3 T_world_camera = T_truth_world_.Inverse() * *pose * camera.T_body_camera;
      const Vector3d seen = T_world_camera.Inverse() * p;
      const Vector3d pixel = image.focal_px * seen / seen.z();
      const bool inside = seen.z() > 0 && pixel.x() + image.cx > 0 && pixel.y() + image.cy > 0 &&
                          pixel.x() + image.cx < image.width &&
                          pixel.y() + image.cy < image.height && seen.norm() < 5;
      const Vector3d way = p - T_world_camera.translation;
      const bool clear =
          inside && !TrueDistance(T_world_camera.translation, way.normalized(), way.norm() - 0.1);
      ++counts_[std::string("keyframes_seeing: ") + (said[k] ? "listed, " : "not listed, ") +
                (clear    ? "sees it"
                 : inside ? "hidden"
                          : "out of view")];
    }
  }

  const Questions& questions_;
  const Timeline& timeline_;
  const SceneTruth& truth_;
  Se3 T_truth_world_;
  const Session& session_;
  RandomStream random_{7, 0};
  std::map<std::string, std::pair<Row, const char*>> rows_;
  std::map<std::string, int> counts_;
};

int Main(const char* folder, const char* log) {
  auto session = ReadSession(folder);
  const auto truth = SceneTruth::Read(log);
  if (!session || !truth || session->keyframes.size() < 2) {
    std::fprintf(stderr, "%s\n",
                 !session ? session.error().Message().c_str()
                 : !truth ? truth.error().Message().c_str()
                          : "no keyframes");
    return 3;
  }
  const auto T_truth_world = TruthFromEstimate(**truth, session->keyframes.front());
  if (!T_truth_world) return 3;
  const Questions questions(*session);
  const Timeline timeline(*session);
  Study(questions, timeline, **truth, *T_truth_world, *session).Run();
  return 0;
}

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) {
  if (argc == 3) return nightjar::Main(argv[1], argv[2]);
  std::fprintf(stderr, "ask_accuracy SESSION LOG\n");
  return 2;
}
