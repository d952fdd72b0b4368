// SPDX-License-Identifier: Apache-2.0
// A user of nightjar/kernels.h: prints values that can be worked out by hand.
#include <nightjar/kernels.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kWidth = 64, kHeight = 40, kStride = 80 };

static nightjar_image Image(nightjar_sample sample, size_t size, int width, int height,
                            int planes) {
  const size_t bytes = size * (size_t)width * (size_t)height * (size_t)planes;
  nightjar_image image;
  memset(&image, 0, sizeof(image));
  image.data = malloc(bytes);
  if (image.data == NULL) exit(2);
  image.sample = sample;
  image.width = width;
  image.height = height;
  image.planes = planes;
  image.row_stride_bytes = (ptrdiff_t)(size * (size_t)width);
  image.plane_stride_bytes = image.row_stride_bytes * height;
  return image;
}

static int At(const nightjar_image* image, int x, int y, int plane) {
  return ((const int16_t*)image->data)[x + image->width * (y + image->height * plane)];
}

int main(void) {
  // DN = 2 x + y: intensity 16383 (2 x + y) / 255, that is 128.49 a column and 64.25 a row.
  static uint8_t pixels[kStride * kHeight];
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) pixels[y * kStride + x] = (uint8_t)(2 * x + y);
  }
  const nightjar_image frame = {pixels, NIGHTJAR_UINT8, kWidth, kHeight, 1, kStride, 0};
  nightjar_image intensity[NIGHTJAR_PYRAMID_LEVELS], gradient[NIGHTJAR_PYRAMID_LEVELS];
  for (int k = 0; k < NIGHTJAR_PYRAMID_LEVELS; ++k) {
    intensity[k] = Image(NIGHTJAR_INT16, 2, kWidth >> k, kHeight >> k, 1);
    gradient[k] = Image(NIGHTJAR_INT16, 2, kWidth >> k, kHeight >> k, 2);
  }
  nightjar_image score = Image(NIGHTJAR_FLOAT32, 4, kWidth, kHeight, 1);

  nightjar_context* context = nightjar_context_create();
  printf("version %s\n", nightjar_kernels_version());
  printf("wrong levels: %d", nightjar_tracking_pyramid(context, &frame, 9, 9, intensity, gradient));
  printf(" %s\n", nightjar_error_text(context));
  int status = nightjar_tracking_pyramid(context, &frame, 0, 255, intensity, gradient);
  if (status == NIGHTJAR_OK) status = nightjar_corner_score(context, &gradient[0], &score);
  if (status != NIGHTJAR_OK) {
    fprintf(stderr, "%s\n", nightjar_error_text(context));
    return 1;
  }
  printf("intensity[0](30, 20) %d\n", At(&intensity[0], 30, 20, 0));
  printf("gradient[0](30, 20) %d %d\n", At(&gradient[0], 30, 20, 0), At(&gradient[0], 30, 20, 1));
  printf("gradient[1](15, 10) %d %d\n", At(&gradient[1], 15, 10, 0), At(&gradient[1], 15, 10, 1));
  // A slope has one direction only.
  printf("score(30, 20) %.0f\n", ((const float*)score.data)[30 + kWidth * 20]);

  nightjar_context_destroy(context);
  for (int k = 0; k < NIGHTJAR_PYRAMID_LEVELS; ++k) {
    free(intensity[k].data);
    free(gradient[k].data);
  }
  free(score.data);
  return 0;
}
