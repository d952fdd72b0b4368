// SPDX-License-Identifier: Apache-2.0
#include <corner_score.h>

#include <array>
#include <cstdio>
#include <exception>
#include <limits>
#include <new>
#include <string>

#include "core/pyramid.h"
#include "core/result.h"
#include "isp/kernel_call.h"
#include "isp/nightjar/kernels.h"
#include "isp/tracking_pyramid.h"

struct nightjar_context {
  char text[1024] = "";
};

namespace nightjar {
namespace {

static_assert(NIGHTJAR_PYRAMID_LEVELS == kPyramidLevels);
static_assert(NIGHTJAR_PYRAMID_WHITE == kPyramidWhite);

/// Runs `body`, which returns a Status, and turns what comes of it into a status and the context's
/// text. Nothing is thrown at the caller.
template <typename Body>
nightjar_status Call(nightjar_context* context, Body body) noexcept {
  if (context == nullptr) return NIGHTJAR_USAGE;
  context->text[0] = '\0';
  const auto fail = [context](nightjar_status status, const char* text) {
    std::snprintf(context->text, sizeof(context->text), "%s", text);
    return status;
  };
  try {
    const Status status = body();
    if (status) return NIGHTJAR_OK;
    return fail(static_cast<nightjar_status>(ExitStatus(status.error().kind)),
                status.error().Message().c_str());
  } catch (const std::bad_alloc&) {
    return fail(NIGHTJAR_TRY_AGAIN, "memory ran out");
  } catch (const std::exception& error) {
    return fail(NIGHTJAR_INTERNAL, error.what());
  }
}

template <typename T>
constexpr nightjar_sample kSample = {};
template <>
constexpr nightjar_sample kSample<uint8_t> = NIGHTJAR_UINT8;
template <>
constexpr nightjar_sample kSample<uint16_t> = NIGHTJAR_UINT16;
template <>
constexpr nightjar_sample kSample<int16_t> = NIGHTJAR_INT16;
template <>
constexpr nightjar_sample kSample<float> = NIGHTJAR_FLOAT32;

struct Size {
  int width = 0, height = 0;
};

Size Half(Size size) { return {(size.width + 1) / 2, (size.height + 1) / 2}; }

tl::unexpected<Error> Wrong(const std::string& name, std::string what, std::string remedy = {}) {
  return Fail(ErrorKind::kUsage, std::move(what), name, std::move(remedy));
}

/// A dimension as Halide counts it, in samples. Its reach has to fit 32 bits.
Status AddDimension(const std::string& name, int extent, ptrdiff_t stride_bytes, size_t sample,
                    halide_dimension_t& dimension) {
  const auto size = static_cast<ptrdiff_t>(sample);
  if (stride_bytes % size != 0) return Wrong(name, "a stride is no multiple of the sample's size");
  const ptrdiff_t stride = stride_bytes / size;
  constexpr ptrdiff_t kMost = std::numeric_limits<int32_t>::max();
  if (stride > kMost / extent || stride < -kMost / extent) {
    return Wrong(name, "is too large", "an image has fewer than 2^31 samples, padding included");
  }
  dimension = {0, extent, static_cast<int32_t>(stride)};
  return {};
}

/// The caller's memory as a buffer of `planes` planes (two dimensions when there is only one).
template <typename T, int D>
Status View(const nightjar_image* image, const std::string& name, int planes,
            Halide::Runtime::Buffer<T, D>& view) {
  if (image == nullptr || image->data == nullptr) return Wrong(name, "is a null pointer");
  if (image->sample != kSample<T>) return Wrong(name, "has samples of another type");
  if (image->planes != planes) {
    return Wrong(name, "has " + std::to_string(image->planes) + " planes",
                 "it must have " + std::to_string(planes));
  }
  if (image->width < 1 || image->height < 1) return Wrong(name, "has no pixels");
  if (reinterpret_cast<uintptr_t>(image->data) % alignof(T) != 0) {
    return Wrong(name, "is not aligned to its samples");
  }
  halide_dimension_t shape[3] = {{0, image->width, 1}};
  if (Status rows = AddDimension(name, image->height, image->row_stride_bytes, sizeof(T), shape[1]);
      !rows) {
    return rows;
  }
  if (D == 3) {
    if (Status status = AddDimension(name, planes, image->plane_stride_bytes, sizeof(T), shape[2]);
        !status) {
      return status;
    }
  }
  view = Halide::Runtime::Buffer<T, D>(static_cast<T*>(image->data), D, shape);
  return {};
}

/// The same for an image whose size follows from another one.
template <typename T, int D>
Status View(const nightjar_image* image, const std::string& name, int planes, Size size,
            Halide::Runtime::Buffer<T, D>& view) {
  if (Status status = View(image, name, planes, view); !status) return status;
  if (view.width() == size.width && view.height() == size.height) return {};
  const auto text = [](int width, int height) {
    return std::to_string(width) + " x " + std::to_string(height);
  };
  return Wrong(name, "is " + text(view.width(), view.height()) + " px",
               "it must be " + text(size.width, size.height));
}

std::string Indexed(std::string name, int k) {
  return name.append(1, '[').append(std::to_string(k)).append(1, ']');
}

Result<MonoImage> ViewFrame(const nightjar_image* frame) {
  const bool bytes = frame != nullptr && frame->sample == NIGHTJAR_UINT8;
  MonoImage view = bytes ? MonoImage(Image<uint8_t>()) : MonoImage(Image<uint16_t>());
  const Status status =
      std::visit([&](auto& pixels) { return View(frame, "frame", 1, pixels); }, view);
  if (!status) return tl::unexpected(status.error());
  return view;
}

Status BuildPyramid(const nightjar_image* frame, int32_t black_level, int32_t white_level,
                    const nightjar_image* intensity, const nightjar_image* gradient) {
  if (intensity == nullptr) return Wrong("intensity", "is a null pointer");
  if (gradient == nullptr) return Wrong("gradient", "is a null pointer");
  const Result<MonoImage> image = ViewFrame(frame);
  if (!image) return tl::unexpected(image.error());
  TrackingPyramid pyramid;
  Size size = {frame->width, frame->height};
  for (int k = 0; k < kPyramidLevels; ++k, size = Half(size)) {
    PyramidLevel& level = pyramid.levels[k];
    if (Status status = View(intensity + k, Indexed("intensity", k), 1, size, level.intensity);
        !status) {
      return status;
    }
    if (Status status = View(gradient + k, Indexed("gradient", k), 2, size, level.gradient);
        !status) {
      return status;
    }
  }
  // Buffers of the right size are written in place.
  return BuildTrackingPyramid(*image, {black_level, white_level}, pyramid);
}

Status ScoreCorners(const nightjar_image* gradient, const nightjar_image* score) {
  PlanarImage<int16_t> slope;
  Image<float> result;
  if (Status status = View(gradient, "gradient", 2, slope); !status) return status;
  if (Status status = View(score, "score", 1, {slope.width(), slope.height()}, result); !status) {
    return status;
  }
  KernelCall call("corner_score");
  return call.Finish(corner_score(call.context(), slope, result));
}

}  // namespace
}  // namespace nightjar

nightjar_context* nightjar_context_create(void) { return new (std::nothrow) nightjar_context; }

void nightjar_context_destroy(nightjar_context* context) { delete context; }

const char* nightjar_error_text(const nightjar_context* context) {
  return context == nullptr ? "the context is a null pointer" : context->text;
}

const char* nightjar_kernels_version(void) { return NIGHTJAR_VERSION; }

nightjar_status nightjar_tracking_pyramid(nightjar_context* context, const nightjar_image* frame,
                                          int32_t black_level, int32_t white_level,
                                          const nightjar_image intensity[NIGHTJAR_PYRAMID_LEVELS],
                                          const nightjar_image gradient[NIGHTJAR_PYRAMID_LEVELS]) {
  return nightjar::Call(context, [&] {
    return nightjar::BuildPyramid(frame, black_level, white_level, intensity, gradient);
  });
}

nightjar_status nightjar_corner_score(nightjar_context* context, const nightjar_image* gradient,
                                      const nightjar_image* score) {
  return nightjar::Call(context, [&] { return nightjar::ScoreCorners(gradient, score); });
}
