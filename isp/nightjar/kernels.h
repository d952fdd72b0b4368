// SPDX-License-Identifier: Apache-2.0
/*
 * Nightjar's image kernels for C and whatever can call C. Needs nothing but the standard library;
 * the library behind it brings its own Halide runtime.
 *
 *     nightjar_context* context = nightjar_context_create();
 *     if (nightjar_corner_score(context, &gradient, &score) != NIGHTJAR_OK)
 *       fprintf(stderr, "%s\n", nightjar_error_text(context));
 *     nightjar_context_destroy(context);
 *
 * A kernel is one function, nightjar_NAME(context, inputs, parameters, outputs). Pixels belong to
 * the caller, results too: nothing is kept beyond a call, and nothing outside of the images given
 * is written. When a call fails the outputs are undefined, unless its status is NIGHTJAR_USAGE or
 * NIGHTJAR_UNUSABLE_INPUT: then they are as they were.
 *
 * The same bytes in give the same bytes out, on every x86-64 processor.
 *
 * Threads: contexts are independent of each other; a context serves one call at a time. No kernel
 * of today starts a thread.
 */
#ifndef NIGHTJAR_KERNELS_H_
#define NIGHTJAR_KERNELS_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define NIGHTJAR_KERNELS_API __attribute__((visibility("default")))
#else
#define NIGHTJAR_KERNELS_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What came of a call; the numbers are the exit statuses of the command. */
typedef enum nightjar_status {
  NIGHTJAR_OK = 0,
  NIGHTJAR_INTERNAL = 1, /* a bug of ours */
  /* the call is wrong: a null pointer, a parameter out of its range, sizes that do not fit */
  NIGHTJAR_USAGE = 2,
  NIGHTJAR_UNUSABLE_INPUT = 3, /* the image cannot be used: too small */
  NIGHTJAR_NO_ANSWER = 4,      /* it ran and could not answer */
  NIGHTJAR_TRY_AGAIN = 75      /* memory ran out */
} nightjar_status;

typedef enum nightjar_sample {
  NIGHTJAR_UINT8 = 1,
  NIGHTJAR_UINT16 = 2,
  NIGHTJAR_INT16 = 3,
  NIGHTJAR_FLOAT32 = 4
} nightjar_sample;

/*
 * An image in memory of the caller's: sample (x, y) of plane p lies at
 *
 *     (char*)data + x * sizeof(sample) + y * row_stride_bytes + p * plane_stride_bytes
 *
 * and pixel (0, 0) is the centre of the top-left pixel. Strides are multiples of the sample's size,
 * of either sign; `data` is aligned to it. The plane's stride of an image of one plane is not
 * looked at. Rows and planes of an output do not overlap. Kernels do not write to their inputs.
 */
typedef struct nightjar_image {
  void* data;
  int32_t sample; /* a nightjar_sample; an integer, for which every value is defined */
  int32_t width;  /* px */
  int32_t height; /* px */
  int32_t planes;
  ptrdiff_t row_stride_bytes;
  ptrdiff_t plane_stride_bytes;
} nightjar_image;

/* Holds the text of the last error, less than 1 KiB. */
typedef struct nightjar_context nightjar_context;

/* NULL when memory has run out. */
NIGHTJAR_KERNELS_API nightjar_context* nightjar_context_create(void);
/* NULL is ignored. */
NIGHTJAR_KERNELS_API void nightjar_context_destroy(nightjar_context* context);
/* What was wrong with the context's last call: one line; "" when nothing was. Valid until the next
 * call. */
NIGHTJAR_KERNELS_API const char* nightjar_error_text(const nightjar_context* context);
/* The library's version, "MAJOR.MINOR.PATCH". */
NIGHTJAR_KERNELS_API const char* nightjar_kernels_version(void);

#define NIGHTJAR_PYRAMID_LEVELS 4
/* The intensity of white_level. */
#define NIGHTJAR_PYRAMID_WHITE 16383

/*
 * The tracking pyramid of a frame: conditioned intensity and its gradient at four levels.
 *
 *   frame        UINT8 or UINT16, one plane, at least 16 x 16 px
 *   black_level  DN of no light; 0 <= black_level < white_level
 *   white_level  DN of full scale, <= 65535
 *   intensity    INT16, one plane, 0 .. 16383. Level 0 has the frame's size; level k + 1 has half
 * of level k's, rounded up: (n + 1) / 2. Pixel (x, y) of level k lies at (x, y) * 2^k of the frame.
 *   gradient     INT16, two planes of the level's size: d/dx and d/dy per px of that level
 *
 * Level 0 is clamp(16383 * (binomial3x3(DN) - black) / (white - black), 0, 16383); level k + 1 is
 * level k convolved with [1 4 6 4 1] x [1 4 6 4 1] / 256 at even pixels; gradients are Scharr's
 * 3-10-3 / 32. Edges repeat. Integers throughout.
 *
 * Scratch memory during a call: at most 2 (width + 64) (height + 64) bytes.
 */
NIGHTJAR_KERNELS_API nightjar_status nightjar_tracking_pyramid(
    nightjar_context* context, const nightjar_image* frame, int32_t black_level,
    int32_t white_level, const nightjar_image intensity[NIGHTJAR_PYRAMID_LEVELS],
    const nightjar_image gradient[NIGHTJAR_PYRAMID_LEVELS]);

/*
 * How well a pixel's neighbourhood can be tracked: the smaller eigenvalue of the mean of g g' over
 * 5 x 5 px (Shi, Tomasi, "Good features to track", CVPR 1994). Outside of the image the gradient
 * repeats its edge.
 *
 *   gradient  INT16, two planes, d/dx and d/dy, each -8192 .. 8192: of a level of the tracking
 * pyramid score     FLOAT32, one plane of the same size, (intensity/px)^2
 *
 * Scratch memory during a call: at most 128 (width + 64) bytes.
 */
NIGHTJAR_KERNELS_API nightjar_status nightjar_corner_score(nightjar_context* context,
                                                           const nightjar_image* gradient,
                                                           const nightjar_image* score);

#ifdef __cplusplus
}
#endif

#undef NIGHTJAR_KERNELS_API

#endif /* NIGHTJAR_KERNELS_H_ */
