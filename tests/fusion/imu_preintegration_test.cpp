// SPDX-License-Identifier: Apache-2.0
#include "fusion/imu_preintegration.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "core/so3.h"
#include "data/trajectory_file.h"
#include "fusion/imu_buffer.h"
#include "fusion/scenario.h"
#include "recordings.h"

namespace nightjar {
namespace {

const ImuNoise kNoise{1.7e-3, 2e-5, 2e-2, 3e-3};

std::vector<ImuSample> PerfectSamples(const SmoothMotion& motion, double begin, double end,
                                      double rate_hz, const Eigen::Vector3d& gyro_bias,
                                      const Eigen::Vector3d& accelerometer_bias) {
  std::vector<ImuSample> samples;
  const auto steps = static_cast<int>(std::lround((end - begin) * rate_hz));
  for (int i = 0; i <= steps; ++i) {
    const double t = begin + i / rate_hz;
    const Eigen::Quaterniond R_body_world = motion.Pose(t).rotation.conjugate();
    samples.push_back(
        {FromNanoseconds(0) + FromSeconds(i / rate_hz), motion.AngularVelocity(t) + gyro_bias,
         R_body_world * (motion.Acceleration(t) - kGravityWorld) + accelerometer_bias});
  }
  return samples;
}

NavigationState TruthAt(const SmoothMotion& motion, double t) {
  NavigationState state;
  state.T_world_body = motion.Pose(t);
  state.velocity_world = motion.Velocity(t);
  return state;
}

TEST(ImuPreintegration, PredictsASmoothMotionLikeNumericIntegration) {
  const SmoothMotion motion;
  const Eigen::Vector3d gyro_bias(0.02, -0.01, 0.03);
  const Eigen::Vector3d accelerometer_bias(0.1, -0.05, 0.08);
  double previous_error = 0;
  for (const double rate_hz : {100.0, 200.0, 400.0}) {
    double error = 0;
    for (double begin = 0; begin < 5; begin += 0.5) {
      const auto samples =
          PerfectSamples(motion, begin, begin + 1, rate_hz, gyro_bias, accelerometer_bias);
      NavigationState start = TruthAt(motion, begin);
      start.gyro_bias = gyro_bias;
      start.accelerometer_bias = accelerometer_bias;
      const NavigationState end =
          Preintegrate(samples, kNoise, gyro_bias, accelerometer_bias).Predict(start);
      const NavigationState truth = TruthAt(motion, begin + 1);
      error =
          std::max(error, (end.T_world_body.translation - truth.T_world_body.translation).norm());
      error = std::max(error, (end.velocity_world - truth.velocity_world).norm());
      error = std::max(
          error,
          so3::Log(end.T_world_body.rotation.conjugate() * truth.T_world_body.rotation).norm());
    }
    EXPECT_LT(error, 1.5e-4 * (200 / rate_hz) * (200 / rate_hz));
    // The midpoint rule is of second order: half the step, a quarter of the error.
    if (previous_error > 0) {
      EXPECT_NEAR(previous_error / error, 4, 0.5);
    }
    previous_error = error;
  }
}

TEST(ImuPreintegration, BiasJacobiansAreNumericallyTrue) {
  const auto samples = PerfectSamples({}, 0.3, 0.8, 200, {0.01, 0.02, -0.01}, {0.1, 0, -0.1});
  const Eigen::Vector3d gyro_bias(0.02, -0.01, 0.03);
  const Eigen::Vector3d accelerometer_bias(0.1, -0.05, 0.08);
  const ImuPreintegration at = Preintegrate(samples, kNoise, gyro_bias, accelerometer_bias);
  const double h = 1e-5;
  for (int k = 0; k < 6; ++k) {
    Eigen::Matrix<double, 9, 1> column = Eigen::Matrix<double, 9, 1>::Zero();
    for (const double sign : {1.0, -1.0}) {
      Eigen::Matrix<double, 6, 1> bias;
      bias << gyro_bias, accelerometer_bias;
      bias[k] += sign * h;
      const ImuPreintegration moved = Preintegrate(samples, kNoise, bias.head<3>(), bias.tail<3>());
      Eigen::Matrix<double, 9, 1> delta;
      delta << moved.delta_position(),
          so3::Log(at.delta_rotation().conjugate() * moved.delta_rotation()),
          moved.delta_velocity();
      column += sign * delta / (2 * h);
    }
    EXPECT_LT((column - at.bias_jacobian().col(k)).norm(), 1e-6) << "bias " << k;
  }
}

// The covariance against the scatter of many noisy integrations: the normalised error is chi-square
// with 9 degrees.
TEST(ImuPreintegration, CovarianceIsTheScatterOfNoisyIntegrations) {
  const double rate_hz = 200;
  const auto clean =
      PerfectSamples({}, 0.3, 0.8, rate_hz, Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero());
  const ImuPreintegration truth =
      Preintegrate(clean, kNoise, Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero());
  NormalSource noise(5);
  const int runs = 2000;
  Matrix9d scatter = Matrix9d::Zero();
  for (int run = 0; run < runs; ++run) {
    auto samples = clean;
    for (ImuSample& sample : samples) {
      sample.angular_velocity_body +=
          kNoise.gyro_noise_density * std::sqrt(rate_hz) * noise.Normal3();
      sample.specific_force_body +=
          kNoise.accelerometer_noise_density * std::sqrt(rate_hz) * noise.Normal3();
    }
    const ImuPreintegration noisy =
        Preintegrate(samples, kNoise, Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero());
    Eigen::Matrix<double, 9, 1> error;
    error << noisy.delta_position() - truth.delta_position(),
        so3::Log(truth.delta_rotation().conjugate() * noisy.delta_rotation()),
        noisy.delta_velocity() - truth.delta_velocity();
    scatter += error * error.transpose() / runs;
  }
  const Eigen::LLT<Matrix9d> factor(truth.covariance());
  const Matrix9d whitened = factor.matrixL().solve(factor.matrixL().solve(scatter).transpose());
  // 2000 runs: a variance is known to 3 %, 1 sigma; consecutive steps share a sample, hence the
  // slack.
  EXPECT_NEAR(whitened.trace() / 9, 1, 0.06);
  EXPECT_LT((whitened - Matrix9d::Identity()).cwiseAbs().maxCoeff(), 0.2);
}

// What was beyond the range is one unknown, half the range RMS, for the whole of the run.
TEST(ImuPreintegration, AClippedAxisIsAsUncertainAsHalfItsRange) {
  constexpr double kRange = 2;    // rad/s
  constexpr double kRun_s = 0.1;  // of half a second
  const ImuNoise none{1e-9, 1e-9, 1e-9, 1e-9};
  for (const double rate_hz : {100.0, 400.0}) {
    std::vector<ImuSample> samples;
    for (int i = 0; i <= 0.5 * rate_hz; ++i) {
      const double t = i / rate_hz;
      ImuSample sample{FromNanoseconds(0) + FromSeconds(t), {0, kRange, 0}, {0, 0, 9.81}};
      sample.clipped.angular_velocity[1] = t > 0.2 - 1e-6 && t < 0.2 + kRun_s + 1e-6;
      samples.push_back(sample);
    }
    // The steps into the run and out of it belong to it.
    const double run_s = kRun_s + 2 / rate_hz;
    const Matrix9d covariance =
        Preintegrate(samples, none, Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero()).covariance();
    EXPECT_NEAR(std::sqrt(covariance(4, 4)), 0.5 * kRange * run_s, 1e-6) << rate_hz;
    EXPECT_LT(std::sqrt(covariance(3, 3) + covariance(5, 5)), 1e-6) << "the other axes measured";
    EXPECT_GT(std::sqrt(covariance(6, 6)), 0.1) << "gravity, turned by an unknown angle";
    for (ImuSample& sample : samples) {
      std::swap(sample.clipped.angular_velocity, sample.clipped.specific_force);
      sample.specific_force_body = {0, 0, 0};
      sample.angular_velocity_body = {0, 0, 0};
      if (sample.clipped.Any()) sample.specific_force_body.y() = -kRange;
    }
    const Matrix9d pushed =
        Preintegrate(samples, none, Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero()).covariance();
    EXPECT_NEAR(std::sqrt(pushed(7, 7)), 0.5 * kRange * run_s, 1e-6) << rate_hz;
    EXPECT_LT(std::sqrt(pushed(4, 4)), 1e-6);
  }
}

TEST(ImuPreintegration, EqualTimesAddNothing) {
  auto samples = PerfectSamples({}, 0, 0.1, 200, Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero());
  const ImuPreintegration once =
      Preintegrate(samples, kNoise, Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero());
  samples.insert(samples.begin() + 5, samples[5]);
  const ImuPreintegration twice =
      Preintegrate(samples, kNoise, Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero());
  EXPECT_EQ(once.delta_position(), twice.delta_position());
  EXPECT_EQ(once.covariance(), twice.covariance());
}

TEST(ImuBuffer, InterpolatesInsideAndHoldsOutside) {
  ImuBuffer buffer;
  EXPECT_TRUE(buffer.Between(FromNanoseconds(0), FromNanoseconds(10)).samples.empty());
  for (int i = 0; i < 4; ++i) {
    buffer.Add({FromNanoseconds(10 * i), Eigen::Vector3d::Constant(i), Eigen::Vector3d::Zero()});
  }
  buffer.Add(
      {FromNanoseconds(30), Eigen::Vector3d::Constant(99), Eigen::Vector3d::Zero()});  // not later
  const ImuSignal whole = buffer.Between(FromNanoseconds(5), FromNanoseconds(35));
  const auto& signal = whole.samples;
  ASSERT_EQ(signal.size(), 5u);  // 5 | 10 20 30 | 35
  EXPECT_DOUBLE_EQ(signal.front().angular_velocity_body.x(), 0.5);
  EXPECT_EQ(signal[1].time, FromNanoseconds(10));
  EXPECT_DOUBLE_EQ(signal.back().angular_velocity_body.x(), 3);
  EXPECT_EQ(signal.back().time, FromNanoseconds(35));
  // Real measurements around each step: 0 to 10, three times ten nanoseconds, and nothing after the
  // last one.
  EXPECT_EQ(whole.spacing_s, (std::vector<double>{10e-9, 10e-9, 10e-9, 5e-9}));
  EXPECT_EQ(buffer.LongestGap(FromNanoseconds(5), FromNanoseconds(25)), Duration(10));
  EXPECT_EQ(buffer.LongestGap(FromNanoseconds(25), FromNanoseconds(100)), Duration(70));
  EXPECT_EQ(buffer.LongestGap(FromNanoseconds(80), FromNanoseconds(100)), Duration(70));
  EXPECT_EQ(buffer.LongestGap(FromNanoseconds(-50), FromNanoseconds(-20)), Duration(30));
}

TEST(ImuBuffer, CarriesWhatIsClipped) {
  ImuBuffer buffer;
  for (int i = 0; i < 6; ++i) {
    ImuSample sample{FromNanoseconds(10 * i), Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero()};
    sample.clipped.specific_force[2] = i == 2 || i == 3;
    buffer.Add(sample);
  }
  const auto any = [&](int64_t begin, int64_t end) {
    return buffer.AnyClipped(FromNanoseconds(begin), FromNanoseconds(end));
  };
  EXPECT_FALSE(any(0, 10));
  EXPECT_TRUE(any(0, 11)) << "interpolated with the sample at 20";
  EXPECT_TRUE(any(20, 20));
  EXPECT_TRUE(any(35, 50)) << "interpolated with the sample at 30";
  EXPECT_FALSE(any(40, 50));
  EXPECT_FALSE(any(60, 90)) << "held";
  // 15 | 20 30 40 50 | 55, the steps up to 40 with a clipped end.
  const ImuSignal signal = buffer.Between(FromNanoseconds(15), FromNanoseconds(55));
  const std::vector<PerAxis> runs = ClippedRuns(signal.samples);
  ASSERT_EQ(runs.size(), 5U);
  for (size_t step = 0; step < runs.size(); ++step) {
    EXPECT_DOUBLE_EQ(runs[step][5], step < 3 ? 25e-9 : 0) << step;
    EXPECT_EQ(runs[step].head<5>().norm(), 0);
  }
  EXPECT_TRUE(ClippedRuns({}).empty());
}

TEST(ImuBuffer, KnowsSinceWhenItIsUnbroken) {
  ImuBuffer buffer;
  for (const int64_t t_ns : {0, 10, 20, 50, 60}) buffer.Add({FromNanoseconds(t_ns), {}, {}});
  const auto since = [&](int64_t begin, int64_t time) {
    return ToNanoseconds(
        buffer.UnbrokenSince(FromNanoseconds(begin), FromNanoseconds(time), Duration(10)));
  };
  EXPECT_EQ(since(0, 65), 50) << "the gap before 50";
  EXPECT_EQ(since(55, 65), 55);
  EXPECT_EQ(since(-30, 15), 0) << "nothing before the first";
  EXPECT_EQ(since(0, 25), 0);
  EXPECT_EQ(since(0, 45), 45) << "in the gap";
  EXPECT_EQ(since(0, 80), 80) << "long after the last";
}

std::vector<ImuSample> ReadImu(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<ImuSample> samples;
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream values(line);
    int64_t t_ns = 0;
    ImuSample sample;
    values >> t_ns;
    for (double& v : sample.angular_velocity_body) values >> v;
    for (double& v : sample.specific_force_body) values >> v;
    sample.time = FromNanoseconds(t_ns);
    samples.push_back(sample);
  }
  return samples;
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

// Real samples of a flight against its true states, one second ahead.
TEST(ImuPreintegration, PredictsARealFlightOneSecondAhead) {
  NIGHTJAR_RECORDING(folder, "euroc_v1_02_imu_gt");
  ImuBuffer imu;
  for (const ImuSample& sample : ReadImu(folder / "V1_02_medium_imu0.csv")) imu.Add(sample);
  const auto truth = ReadStateFile(folder / "V1_02_medium_gt.csv");
  ASSERT_TRUE(truth.has_value()) << truth.error().Message();

  std::vector<double> metres;
  std::vector<double> degrees;
  SensorTime next = truth->front().time;
  for (size_t i = 0; i + 200 < truth->size(); ++i) {
    const NavigationState& start = (*truth)[i];
    const NavigationState& end = (*truth)[i + 200];
    if (start.time < next || end.time - start.time > FromSeconds(1.001)) continue;
    next = start.time + FromSeconds(0.5);
    const NavigationState predicted = Preintegrate(imu.Between(start.time, end.time), kNoise,
                                                   start.gyro_bias, start.accelerometer_bias)
                                          .Predict(start);
    metres.push_back((predicted.T_world_body.translation - end.T_world_body.translation).norm());
    degrees.push_back(
        57.29577951 *
        so3::Log(predicted.T_world_body.rotation.conjugate() * end.T_world_body.rotation).norm());
  }
  ASSERT_GT(metres.size(), 100u);
  std::printf("1 s ahead, %zu starts: median %.4f m %.3f deg, 95 %% %.4f m %.3f deg\n",
              metres.size(), Quantile(metres, 0.5), Quantile(degrees, 0.5), Quantile(metres, 0.95),
              Quantile(degrees, 0.95));
  EXPECT_LE(Quantile(metres, 0.5), 0.027);
  EXPECT_LE(Quantile(degrees, 0.5), 0.085);
  EXPECT_LE(Quantile(metres, 0.95), 0.052);
  EXPECT_LE(Quantile(degrees, 0.95), 0.21);
  EXPECT_GE(Quantile(metres, 0.5),
            0.005);  // better than the sensor can be: something is not compared
}

}  // namespace
}  // namespace nightjar
