// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <HalideBuffer.h>

#include <algorithm>
#include <cstdint>
#include <variant>

namespace nightjar {

/// A two-dimensional image: dimension 0 is x (columns, stride 1), dimension 1 is y (rows, any
/// stride). Reference counted: a copy shares the pixels. Pixel (0, 0) is the centre of the top-left
/// pixel.
template <typename T>
using Image = Halide::Runtime::Buffer<T, 2>;

/// A new image of one value. (Buffer::fill() steps a pointer by a stride that it never set, in
/// Halide 14, which a sanitizer objects to.)
template <typename T>
Image<T> FilledImage(int width, int height, T value) {
  Image<T> image(width, height);
  std::fill_n(image.data(), image.number_of_elements(), value);
  return image;
}

/// Planes of an image: dimensions x, y, plane.
template <typename T>
using PlanarImage = Halide::Runtime::Buffer<T, 3>;

/// What a monochrome camera delivers, in sensor counts (DN).
using MonoImage = std::variant<Image<uint8_t>, Image<uint16_t>>;

inline int Width(const MonoImage& image) {
  return std::visit([](const auto& pixels) { return pixels.width(); }, image);
}
inline int Height(const MonoImage& image) {
  return std::visit([](const auto& pixels) { return pixels.height(); }, image);
}

}  // namespace nightjar
