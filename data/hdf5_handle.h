// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hdf5.h>

#include <utility>

namespace nightjar {

/// To be called before all else of HDF5, on every thread that uses it: it has a printer of errors
/// for each, and its errors are ours to report. And at the end of the program it closes nothing: a
/// file that cannot be closed, because the disk is full, it closes again and again there and falls
/// over (1.10). Ours are closed by then, as well as they can be.
inline void BeginHdf5() {
  [[maybe_unused]] static const herr_t done = H5dont_atexit();
  [[maybe_unused]] thread_local const herr_t quiet = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

/// An open thing of HDF5's, closed at the end of its life, on whatever thread that is.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Hdf5Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ < 0) return;
    BeginHdf5();
    close_(id_);
  }

  hid_t id() const { return id_; }
  bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  Close close_;
};

}  // namespace nightjar
