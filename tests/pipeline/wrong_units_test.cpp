// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/wrong_units.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "data/imu_stream.h"

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;

class WrongUnits : public testing::Test {
 protected:
  WrongUnits() {
    InspectedStream imu;
    imu.name = "imu0";
    imu.timing.interval_s = 0.005;
    imu.timing.gap_count = 1;
    imu.timing.gaps = {{SensorTime(), 0.05}};  // nine samples are missing
    evidence_.streams = {imu};
    evidence_.angular_velocity_median = 0.3;
    evidence_.angular_velocity_spread = 0.2;
    evidence_.specific_force_median = 9.81;
    evidence_.specific_force_spread = 0.8;
    checks_ = {{"gaps", "imu0", Answer::kWarning, 1, {}, 0, "1 gap", "record without loss"}};
  }

  void Find(const std::string& name, double value, double expected) {
    checks_.push_back({name, "imu0", Answer::kError, value, {}, expected, "it is wrong", "mend"});
  }

  void Blame() { BlameUnits(evidence_, checks_, anomalies_); }

  std::vector<std::string> Kinds() const {
    std::vector<std::string> kinds;
    for (const LogAnomaly& anomaly : anomalies_)
      kinds.push_back(anomaly.what + ": " + std::to_string(anomaly.count));
    return kinds;
  }

  InspectEvidence evidence_;
  std::vector<InspectCheck> checks_;
  std::vector<LogAnomaly> anomalies_ = {{"row without 7 columns, skipped", "imu0/data.csv:2", 1},
                                        {ImuStream::kTurnStuck, "imu0/data.csv:3", 9},
                                        {ImuStream::kTurnClipped, "imu0/data.csv:4", 7},
                                        {ImuStream::kForceClipped, "imu0/data.csv:4", 5}};
};

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(WrongUnits, OfTheGyroExplainNothingOfTheAccelerometer) {
  Find("gyro_scale", 57.3, 1);
  Blame();
  EXPECT_THAT(Kinds(), ElementsAre(HasSubstr("7 columns"),
                                   "row whose angular velocity looks like the end of the range "
                                   "because of its unit, see gyro_scale: 16",
                                   std::string(ImuStream::kForceClipped) + ": 5"));
  EXPECT_EQ(checks_[0].status, Answer::kUnknown) << "nine rows were skipped";
}

TEST_F(WrongUnits, OfTheAccelerometerExplainNothingOfTheGyro) {
  Find("gravity_magnitude", 981, 9.81);
  Blame();
  EXPECT_THAT(Kinds(),
              ElementsAre(HasSubstr("7 columns"), HasSubstr(ImuStream::kTurnStuck),
                          HasSubstr(ImuStream::kTurnClipped),
                          "row whose specific force looks like the end of the range because of "
                          "its unit, see gravity_magnitude: 5"));
  EXPECT_EQ(checks_[0].status, Answer::kWarning) << "of what it explains no row was skipped";
}

TEST_F(WrongUnits, AreNotWhatAScaleThatIsWrongIs) {
  Find("gyro_scale", 1.35, 1);
  const std::vector<std::string> before = Kinds();
  Blame();
  EXPECT_EQ(Kinds(), before);
}

TEST_F(WrongUnits, ThatMakeValuesTooSmallExplainNoEndOfARange) {
  Find("gravity_magnitude", 1, 9.81);
  Find("gyro_scale", 0.01745, 1);
  const std::vector<std::string> before = Kinds();
  Blame();
  EXPECT_EQ(Kinds(), before);
  EXPECT_EQ(checks_[0].status, Answer::kWarning);
}

TEST_F(WrongUnits, ExchangedColumnsExplainBothAndCountARowOnceForEach) {
  std::swap(evidence_.angular_velocity_median, evidence_.specific_force_median);
  std::swap(evidence_.angular_velocity_spread, evidence_.specific_force_spread);
  Find("gravity_magnitude", 0.3, 9.81);
  Blame();
  EXPECT_THAT(Kinds(), ElementsAre(HasSubstr("7 columns"),
                                   "row whose angular velocity looks like the end of the range "
                                   "because of exchanged columns, see gravity_magnitude: 16",
                                   "row whose specific force looks like the end of the range "
                                   "because of exchanged columns, see gravity_magnitude: 5"));
}

TEST_F(WrongUnits, BeyondEveryRangeIsOfTheUnitThatIsTooLarge) {
  anomalies_ = {{ImuStream::kBeyond, "imu0/data.csv:2", 9}};
  const auto original = anomalies_;
  Find("gravity_magnitude", 981, 9.81);
  Blame();
  EXPECT_THAT(Kinds(), ElementsAre(HasSubstr("see gravity_magnitude: 9")));
  anomalies_ = original;
  Find("gyro_scale", 57.3, 1);
  Blame();
  EXPECT_THAT(Kinds(), ElementsAre(HasSubstr("see gyro_scale: 9")));
}

TEST_F(WrongUnits, LeaveAGapThatTheSkippedRowsAreTooFewForAsItIs) {
  evidence_.streams[0].timing.gaps[0].duration_s = 5;
  evidence_.streams[0].listed = 1000;
  evidence_.streams[0].delivered = 990;
  Find("gyro_scale", 57.3, 1);
  Blame();
  EXPECT_EQ(checks_[0].status, Answer::kWarning);
  EXPECT_FALSE(checks_[0].remedy.empty());
}

TEST_F(WrongUnits, MalformedRowsAreNoneThatTheUnitSkipped) {
  anomalies_.erase(anomalies_.begin() + 1, anomalies_.end());
  evidence_.streams[0].listed = 1000;
  evidence_.streams[0].delivered = 999;
  Find("gyro_scale", 57.3, 1);
  Blame();
  EXPECT_EQ(checks_[0].status, Answer::kWarning);
}

}  // namespace
}  // namespace nightjar
