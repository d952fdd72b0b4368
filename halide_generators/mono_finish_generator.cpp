// SPDX-License-Identifier: Apache-2.0
//
// The last stage of development, for people, of a monochrome frame: lens shading, local tone and
// sharpening (picture_detail.h), tone curve.
#include <Halide.h>

#include <memory>

#include "halide_generators/boundary.h"
#include "halide_generators/lens_shading.h"
#include "halide_generators/linear_samples.h"
#include "halide_generators/picture_detail.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::Var;

constexpr int kStrip = 32;  // rows
constexpr int kCodes = 16384;

class MonoFinish : public Halide::Generator<MonoFinish> {
 public:
  /// As of colour_finish.
  GeneratorParam<bool> with_detail{"with_detail", false};

  /// 16-bit linear values: dimensions x, y; both at least 16.
  Input<Buffer<uint16_t, 2>> input{"input"};
  /// As of colour_finish.
  Input<Buffer<float, 1>> vignetting{"vignetting"};
  Input<Buffer<uint8_t, 1>> tone{"tone"};
  Output<Buffer<uint8_t, 2>> output{"output"};

  void configure() {
    if (!with_detail) return;
    nodes_ = add_input<Buffer<float, 3>>("nodes");
    local_ = add_input<float>("local");
    sharpening_ = add_input<float>("sharpening");
  }

  void generate() {
    input.dim(0).set_min(0);
    input.dim(1).set_min(0);
    vignetting.dim(0).set_bounds(0, 3);
    tone.dim(0).set_bounds(0, kCodes);
    width_ = input.dim(0).extent();
    height_ = input.dim(1).extent();
    mirrored_(x, y) = MirrorColumns(MirrorRows(input, height_), width_)(x, y);
    light_(x, y) = (cast<float>(mirrored_(x, y)) - kPedestal) *
                   (LensGain(x, y, width_, height_, vignetting) * (1.F / kScale));
    Expr code = light_(x, y);
    if (with_detail) {
      detail_ = std::make_unique<PictureDetail>(light_, *nodes_, *local_, *sharpening_);
      code *= detail_->Gain(x, y);
    }
    code = code * static_cast<float>(kCodes - 1) + 0.5F;
    codes_(x, y) = cast<uint16_t>(Halide::clamp(code, 0.F, static_cast<float>(kCodes - 1)));
    output(x, y) = tone(cast<int32_t>(Halide::min(codes_(x, y), kCodes - 1)));
  }

  void schedule() {
    output.dim(0).set_bounds(0, width_);
    output.dim(1).set_bounds(0, height_);
    const int lanes = natural_vector_size<float>();
    const auto round_up = Halide::TailStrategy::RoundUp;
    const Var strip("strip"), v("v");
    output.split(y, strip, v, kStrip, Halide::TailStrategy::GuardWithIf)
        .unroll(x, 4, Halide::TailStrategy::GuardWithIf);
    codes_.compute_at(output, v).vectorize(x, lanes, round_up);
    light_.compute_at(output, strip).vectorize(x, lanes, round_up);
    mirrored_.compute_at(output, strip).vectorize(x, lanes, round_up);
    if (with_detail) detail_->Schedule(output, strip, v, lanes);
  }

 private:
  Var x{"x"}, y{"y"};
  Expr width_, height_;
  Input<Buffer<float, 3>>* nodes_ = nullptr;
  Input<float>*local_ = nullptr, *sharpening_ = nullptr;
  Func mirrored_{"mirrored"}, light_{"light"}, codes_{"codes"};
  std::unique_ptr<PictureDetail> detail_;
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::MonoFinish, mono_finish)
