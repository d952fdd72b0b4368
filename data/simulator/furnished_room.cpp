// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/furnished_room.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "core/portable_math.h"
#include "core/random.h"
#include "core/so3.h"
#include "data/simulator/random_use.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr int kTextureSize = 1024;
constexpr int kPatterns = 5;
constexpr double kPi = M_PI;

// The path's surroundings in which nothing stands: a head with a rig on it, m.
constexpr double kClearance = 0.45;

class RoomBuilder {
 public:
  explicit RoomBuilder(RoomOptions options)
      : options_(std::move(options)), random_(options_.seed, StreamOf(RandomUse::kFurniture)) {
    low_ = high_ = options_.path.empty() ? Vector3d(0, 0, options_.floor_z) : options_.path.front();
    for (const Vector3d& place : options_.path) {
      low_ = low_.cwiseMin(place);
      high_ = high_.cwiseMax(place);
    }
    const Vector3d centre = 0.5 * (low_ + high_);
    const Vector3d half =
        (0.5 * (high_ - low_) + Vector3d(1.8, 1.8, 0)).cwiseMax(Vector3d(3.5, 3, 0));
    low_ = centre - half;
    high_ = centre + half;
    low_.z() = options_.floor_z;
    double top = options_.floor_z;
    for (const Vector3d& place : options_.path) top = std::max(top, place.z());
    high_.z() = std::max(options_.floor_z + 2.8, top + 0.8);
  }

  SimulatedScene Build(const Workers& workers) {
    AddTextures(workers);
    AddShell();
    for (int wall = 0; wall < 4; ++wall) FurnishWall(wall);
    AddTables();
    AddThinThings();
    AddMovingObjects();
    AddLamps();
    if (options_.painted) LightScene(scene_, 0.5 * (options_.begin_s + options_.end_s), workers);
    return std::move(scene_);
  }

 private:
  // One to an expression: in which order the arguments of a call are evaluated is the compiler's
  // choice, and it differs from machine to machine.
  double Between(double a, double b) { return a + (b - a) * random_.Uniform(); }
  int Pattern() {
    const auto choice = static_cast<int>(random_.Uniform() * patterns_);
    return std::min(choice, patterns_ - 1);
  }

  void AddTextures(const Workers& workers) {
    if (!options_.painted) {  // panels draw as many numbers as in the painted room
      patterns_ = std::max(kPatterns, static_cast<int>(options_.textures.size()));
      plain_ = patterns_;
      dark_ = plain_ + 1;
      return;
    }
    scene_.textures = std::move(options_.textures);
    const size_t given = std::min(scene_.textures.size(), static_cast<size_t>(kPatterns));
    std::vector<std::optional<Texture>> ours(static_cast<size_t>(kPatterns) - given);
    workers(ours.size(), [&](size_t i) {
      ours[i] = DeadLeaves(kTextureSize, 0.05F, 0.9F, options_.seed, static_cast<uint32_t>(i));
    });
    for (std::optional<Texture>& texture : ours) scene_.textures.push_back(*std::move(texture));
    patterns_ = static_cast<int>(scene_.textures.size());
    plain_ = patterns_;
    scene_.textures.push_back(Plain(256, 0.75F, options_.seed, 100));
    dark_ = plain_ + 1;
    scene_.textures.push_back(Plain(256, 0.12F, options_.seed, 101));
  }

  Panel& Add(const Vector3d& corner, const Vector3d& u, const Vector3d& v, int texture,
             double texels_per_m, int object = -1) {
    Panel panel;
    panel.corner = corner;
    panel.width = u.norm();
    panel.height = v.norm();
    panel.u_axis = u / panel.width;
    panel.v_axis = v / panel.height;
    panel.texture = texture;
    panel.texels_per_m = texels_per_m;
    const double origin_u = Between(0, kTextureSize);
    const double origin_v = Between(0, kTextureSize);
    panel.texture_origin = Vector2d(origin_u, origin_v);
    const double red = Between(0.65, 1);
    const double green = Between(0.65, 1);
    const double blue = Between(0.65, 1);
    panel.tint = Eigen::Vector3d(red, green, blue).cast<float>();
    panel.object = object;
    scene_.panels.push_back(panel);
    return scene_.panels.back();
  }

  // The six faces of a box whose middle is at `centre` of its object's frame, seen from outside.
  void AddBox(const Vector3d& centre, const Vector3d& size, double yaw, int texture,
              double texels_per_m, int object = -1) {
    const Eigen::Quaterniond R = so3::Exp(Vector3d(0, 0, yaw));
    for (int axis = 0; axis < 3; ++axis) {
      for (const double side : {-1.0, 1.0}) {
        // u x v points outwards.
        const int first = side > 0 ? (axis + 1) % 3 : (axis + 2) % 3;
        const int second = side > 0 ? (axis + 2) % 3 : (axis + 1) % 3;
        const Vector3d u = size[first] * Vector3d::Unit(first);
        const Vector3d v = size[second] * Vector3d::Unit(second);
        const Vector3d corner = side * 0.5 * size[axis] * Vector3d::Unit(axis) - 0.5 * u - 0.5 * v;
        Add(centre + R * corner, R * u, R * v, texture, texels_per_m, object);
      }
    }
  }

  bool IsInTheWay(const Vector3d& centre, const Vector3d& size, double yaw) const {
    const Eigen::Quaterniond R = so3::Exp(Vector3d(0, 0, -yaw));
    return std::any_of(options_.path.begin(), options_.path.end(), [&](const Vector3d& place) {
      const Vector3d local = (R * (place - centre)).cwiseAbs() - 0.5 * size;
      return local.cwiseMax(0).norm() < kClearance;
    });
  }

  void AddStandingBox(const Vector3d& centre, const Vector3d& size, double yaw, int texture,
                      double texels_per_m) {
    if (!IsInTheWay(centre, size, yaw)) AddBox(centre, size, yaw, texture, texels_per_m);
  }

  // Floor, ceiling and walls, seen from inside. Two of the walls have a paper, two are plain.
  void AddShell() {
    const Vector3d size = high_ - low_;
    const Vector3d x = size.x() * Vector3d::UnitX();
    const Vector3d y = size.y() * Vector3d::UnitY();
    const Vector3d z = size.z() * Vector3d::UnitZ();
    Add(low_, x, y, Pattern(), 250);                                 // floor
    Add(low_ + z, y, x, plain_, 100);                                // ceiling
    Add(low_, y, z, plain_, 100);                                    // at low x
    Add(low_ + x, z, y, Pattern(), 160).tint = {0.95F, 0.9F, 0.8F};  // at high x
    Add(low_, z, x, plain_, 100);                                    // at low y
    Add(low_ + y, x, z, Pattern(), 160).tint = {0.95F, 0.9F, 0.8F};  // at high y
    const Vector3d rug(0.4 * size.x(), 0.4 * size.y(), 0);
    Add(low_ + 0.3 * Vector3d(size.x(), size.y(), 0) + Vector3d(0, 0, 0.005),
        rug.x() * Vector3d::UnitX(), rug.y() * Vector3d::UnitY(), Pattern(), 350);
  }

  // Along a wall: `along` from its left end, `out` from it into the room, `up` from the floor.
  Vector3d OnWall(int wall, double along, double out, double up) const {
    const double z = low_.z() + up;
    switch (wall) {
      case 0: return {low_.x() + out, low_.y() + along, z};
      case 1: return {high_.x() - out, high_.y() - along, z};
      case 2: return {high_.x() - along, low_.y() + out, z};
      default: return {low_.x() + along, high_.y() - out, z};
    }
  }
  double WallLength(int wall) const {
    return wall < 2 ? high_.y() - low_.y() : high_.x() - low_.x();
  }
  static double WallYaw(int wall) { return wall < 2 ? 0 : 0.5 * kPi; }

  void FurnishWall(int wall) {
    const double length = WallLength(wall);
    for (double along = 0.3; along + 0.8 < length;) {
      const double width = Between(0.7, 1.3);
      const double middle = along + 0.5 * width;
      const double kind = random_.Uniform();
      if (kind < 0.35) {
        AddShelf(wall, middle, width);
      } else if (kind < 0.6) {
        const double height = Between(0.6, 1.1);
        AddStandingBox(OnWall(wall, middle, 0.25, 0.5 * height), {0.5, width, height},
                       WallYaw(wall), Pattern(), 300);
        AddPicture(wall, middle, Between(1.4, 1.7), 0.7 * width);
      } else if (kind < 0.85) {
        AddPicture(wall, middle, Between(1.2, 1.8), width);
      }
      along += width + Between(0.05, 0.5);
    }
  }

  void AddPicture(int wall, double along, double up, double width) {
    const double height = Between(0.5, 0.9) * width;
    const double texels_per_m = Between(250, 500);
    AddBox(OnWall(wall, along, 0.015, up), {0.03, width, height}, WallYaw(wall), Pattern(),
           texels_per_m);
  }

  // Boards with a row of books on each.
  void AddShelf(int wall, double along, double width) {
    constexpr double kDepth = 0.3;
    constexpr double kBoard = 0.025;
    const Vector3d whole(kDepth + 0.2, width, 2);
    if (IsInTheWay(OnWall(wall, along, 0.5 * kDepth, 1), whole, WallYaw(wall))) return;
    for (double up = 0.3; up < 1.9; up += 0.38) {
      AddBox(OnWall(wall, along, 0.5 * kDepth, up), {kDepth, width, kBoard}, WallYaw(wall), dark_,
             200);
      const double row = Between(0.4, 0.95) * width;
      const double height = Between(0.18, 0.28);
      const double texels_per_m = Between(600, 900);
      AddBox(OnWall(wall, along - 0.5 * (width - row), 0.5 * kDepth - 0.03,
                    up + 0.5 * (height + kBoard)),
             {0.2, row, height}, WallYaw(wall), Pattern(), texels_per_m);
    }
  }

  void AddTables() {
    const Vector3d size = high_ - low_;
    for (int i = 0; i < 3; ++i) {
      const double x = low_.x() + Between(0.25, 0.75) * size.x();
      const double y = low_.y() + Between(0.25, 0.75) * size.y();
      const double yaw = Between(0, kPi);
      const Vector3d top(x, y, low_.z() + 0.72);
      if (IsInTheWay(top - Vector3d(0, 0, 0.2), {1.2, 0.7, 0.9}, yaw)) continue;
      AddBox(top, {1.2, 0.7, 0.04}, yaw, Pattern(), 400);
      const Eigen::Quaterniond R = so3::Exp(Vector3d(0, 0, yaw));
      for (const double a : {-0.55, 0.55}) {
        for (const double b : {-0.3, 0.3})
          AddBox(top + R * Vector3d(a, b, 0) - Vector3d(0, 0, 0.37), {0.04, 0.04, 0.7}, yaw, dark_,
                 200);
      }
      for (int thing = 0; thing < 3; ++thing) {
        const double width = Between(0.08, 0.3);
        const double depth = Between(0.08, 0.25);
        const double height = Between(0.03, 0.3);
        const double a = Between(-0.4, 0.4);
        const double b = Between(-0.2, 0.2);
        const double texels_per_m = Between(500, 1000);
        const int pattern = Pattern();
        AddBox(top + R * Vector3d(a, b, 0) + Vector3d(0, 0, 0.02 + 0.5 * height),
               {width, depth, height}, yaw + Between(0, kPi), pattern, texels_per_m);
      }
    }
  }

  // Poles from floor to ceiling and a string across: what depth has a hard time with.
  void AddThinThings() {
    const Vector3d size = high_ - low_;
    for (int i = 0; i < 3; ++i) {
      const double x = low_.x() + Between(0.12, 0.88) * size.x();
      const double y = low_.y() + Between(0.12, 0.88) * size.y();
      AddStandingBox({x, y, low_.z() + 0.5 * size.z()}, {0.03, 0.03, size.z()}, Between(0, kPi),
                     dark_, 200);
    }
    const Vector3d string(low_.x() + 0.5 * size.x(), low_.y() + 0.15 * size.y(), high_.z() - 0.3);
    AddStandingBox(string, {size.x(), 0.008, 0.008}, 0, plain_, 200);
  }

  struct Wanderer {
    MotionSpline motion;
    double edge = 0;  // m, of the box
    Vector3d Size() const { return {edge, 0.8 * edge, 1.3 * edge}; }
  };

  // A box on a closed curve around a place of its own.
  Wanderer DrawWanderer(RandomStream& random) const {
    constexpr double kInterval = 0.25;
    const Vector3d size = high_ - low_;
    const double x = low_.x() + (0.25 + 0.5 * random.Uniform()) * size.x();
    const double y = low_.y() + (0.25 + 0.5 * random.Uniform()) * size.y();
    const double z = low_.z() + 0.4 + 1.2 * random.Uniform();
    const double reach = 0.3 + 0.6 * random.Uniform();
    const double turn = 2 * kPi / (3 + 4 * random.Uniform());  // rad/s
    const double phase = 2 * kPi * random.Uniform();
    const double edge = 0.2 + 0.3 * random.Uniform();
    std::vector<Se3> poses;
    for (double t = options_.begin_s - 4 * kInterval; t < options_.end_s + 6 * kInterval;
         t += kInterval) {
      const double a = phase + turn * t;
      poses.push_back({so3::Exp(Vector3d(0.2 * portable::Sin(1.3 * a), 0, a)),
                       Vector3d(x + reach * portable::Cos(a), y + reach * portable::Sin(a),
                                z + 0.2 * portable::Sin(2 * a))});
    }
    return {MotionSpline(options_.begin_s - 2 * kInterval, kInterval, std::move(poses)), edge};
  }

  // How near the sphere around the box comes to the rig, m. No more than a bound is asked for:
  // the search ends where it is below `enough`.
  double NearestToPath(const Wanderer& wanderer, double enough) const {
    const double radius = 0.5 * wanderer.Size().norm();
    double nearest = HUGE_VAL;
    for (size_t i = 0; nearest >= enough; ++i) {
      const double t = options_.begin_s + static_cast<double>(i) * RoomOptions::kPathInterval_s;
      if (t > options_.end_s) break;
      const Vector3d& rig = options_.path[std::min(i, options_.path.size() - 1)];
      nearest = std::min(nearest, (wanderer.motion.Pose(t).translation - rig).norm() - radius);
    }
    return nearest;
  }

  void AddMovingObjects() {
    constexpr int kDraws = 200;  // in a room of 7 x 6 m, one in thirty keeps away from its middle
    for (int i = 0; i < options_.moving_objects; ++i) {
      RandomStream random(options_.seed, StreamOf(RandomUse::kMovingObject),
                          static_cast<uint64_t>(i));
      Wanderer best = DrawWanderer(random);
      double distance = options_.path.empty() ? HUGE_VAL : NearestToPath(best, -HUGE_VAL);
      for (int draw = 1; draw < kDraws && distance < RoomOptions::kMovingDistance_m; ++draw) {
        Wanderer other = DrawWanderer(random);
        const double nearest = NearestToPath(other, distance);
        if (nearest <= distance) continue;
        best = std::move(other);
        distance = nearest;
      }
      scene_.objects.push_back(best.motion);
      AddBox(Vector3d::Zero(), best.Size(), 0, Pattern(), 500, i);
    }
  }

  void AddLamps() {
    const Vector3d size = high_ - low_;
    const double ceiling = high_.z() - 0.25;
    scene_.lamps.push_back(
        {{low_.x() + 0.3 * size.x(), low_.y() + 0.35 * size.y(), ceiling}, 0.12, 3});
    scene_.lamps.push_back(
        {{low_.x() + 0.75 * size.x(), low_.y() + 0.6 * size.y(), ceiling}, 0.12, 1.5});
    scene_.lamps.push_back(
        {{low_.x() + 0.1 * size.x(), high_.y() - 0.4, low_.z() + 1.4}, 0.1, 0.6});
  }

  RoomOptions options_;
  RandomStream random_;
  Vector3d low_, high_;  // corners of the room
  int patterns_ = 0, plain_ = 0, dark_ = 0;
  SimulatedScene scene_;
};

}  // namespace

SimulatedScene FurnishedRoom(RoomOptions options, const Workers& workers) {
  return RoomBuilder(std::move(options)).Build(workers);
}

}  // namespace nightjar
