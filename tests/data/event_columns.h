// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/event_packet.h"

namespace nightjar {

/// One data set of an HDF5 file; link PkgConfig::HDF5.
template <typename T>
std::vector<T> Column(const std::filesystem::path& file, const char* name, hid_t type) {
  const hid_t id = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  EXPECT_GE(id, 0);
  const hid_t list = H5Dopen2(id, name, H5P_DEFAULT);
  EXPECT_GE(list, 0) << name;
  const hid_t space = H5Dget_space(list);
  std::vector<T> values(static_cast<size_t>(H5Sget_simple_extent_npoints(space)));
  EXPECT_GE(H5Dread(list, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  H5Sclose(space);
  H5Dclose(list);
  H5Fclose(id);
  return values;
}

/// The events of a file in DSEC's layout, times in us since its t_offset.
inline std::vector<Event> EventsOf(const std::filesystem::path& file) {
  const auto x = Column<uint16_t>(file, "/events/x", H5T_NATIVE_UINT16);
  const auto y = Column<uint16_t>(file, "/events/y", H5T_NATIVE_UINT16);
  const auto p = Column<uint8_t>(file, "/events/p", H5T_NATIVE_UINT8);
  const auto t = Column<uint32_t>(file, "/events/t", H5T_NATIVE_UINT32);
  std::vector<Event> events(t.size());
  for (size_t i = 0; i < t.size(); ++i) {
    events[i].time_us = t[i];
    events[i].x = x[i];
    events[i].y = y[i] & 0x7FFF;
    events[i].on = p[i] & 1;
  }
  return events;
}

}  // namespace nightjar
