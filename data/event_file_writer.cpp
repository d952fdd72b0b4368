// SPDX-License-Identifier: Apache-2.0
#include "data/event_file_writer.h"

#include <hdf5.h>
#include <libdeflate.h>

#include <array>
#include <string>
#include <utility>

#include "data/event_order.h"
#include "data/hdf5_handle.h"

namespace nightjar {
namespace {

constexpr hsize_t kChunk = hsize_t{1} << 16;  // events
constexpr int kCompression = 1;               // the fastest
constexpr int64_t kLargestTime_us = 0xFFFFFFFF;

struct Column {
  const char* name;
  hid_t stored, native;
};
std::array<Column, 4> Columns() {
  return {{{"/events/x", H5T_STD_U16LE, H5T_NATIVE_UINT16},
           {"/events/y", H5T_STD_U16LE, H5T_NATIVE_UINT16},
           {"/events/p", H5T_STD_U8LE, H5T_NATIVE_UINT8},
           {"/events/t", H5T_STD_U32LE, H5T_NATIVE_UINT32}}};
}

// A list that grows, without the time of its making.
Hdf5Handle MakeList(hid_t file, const char* name, hid_t type) {
  const hsize_t size = 0, limit = H5S_UNLIMITED;
  const Hdf5Handle space(H5Screate_simple(1, &size, &limit), H5Sclose);
  const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_chunk(properties.id(), 1, &kChunk);
  H5Pset_shuffle(properties.id());
  H5Pset_deflate(properties.id(), kCompression);
  H5Pset_obj_track_times(properties.id(), false);
  return Hdf5Handle(
      H5Dcreate2(file, name, type, space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
      H5Dclose);
}

bool Append(hid_t list, hid_t native, hsize_t begin, hsize_t count, const void* values) {
  const hsize_t end = begin + count;
  if (H5Dset_extent(list, &end) < 0) return false;
  const Hdf5Handle space(H5Dget_space(list), H5Sclose);
  if (H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr) < 0)
    return false;
  const Hdf5Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  return H5Dwrite(list, native, memory.id(), space.id(), H5P_DEFAULT, values) >= 0;
}

// A whole chunk as HDF5's two filters make it: first byte of all values, second byte of all, ..;
// then zlib's format. By libdeflate it takes a third of the time.
std::string Filtered(const void* values, size_t size, size_t count,
                     libdeflate_compressor* compressor) {
  const auto* bytes = static_cast<const char*>(values);
  std::string shuffled(size * count, '\0');
  for (size_t byte = 0; byte < size; ++byte) {
    for (size_t i = 0; i < count; ++i) shuffled[byte * count + i] = bytes[i * size + byte];
  }
  std::string packed(libdeflate_zlib_compress_bound(compressor, shuffled.size()), '\0');
  packed.resize(libdeflate_zlib_compress(compressor, shuffled.data(), shuffled.size(),
                                         packed.data(), packed.size()));
  return packed;
}

bool AppendChunk(hid_t list, hsize_t begin, const std::string& filtered) {
  const hsize_t end = begin + kChunk;
  return H5Dset_extent(list, &end) >= 0 &&
         H5Dwrite_chunk(list, H5P_DEFAULT, 0, &begin, filtered.size(), filtered.data()) >= 0;
}

bool WriteScalar(hid_t file, const char* name, int64_t value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(properties.id(), false);
  const Hdf5Handle scalar(
      H5Dcreate2(file, name, H5T_STD_I64LE, space.id(), H5P_DEFAULT, properties.id(), H5P_DEFAULT),
      H5Dclose);
  return scalar.ok() &&
         H5Dwrite(scalar.id(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) >= 0;
}

tl::unexpected<Error> Failure(const std::filesystem::path& file) {
  return Fail(ErrorKind::kTryAgain, "events cannot be written", file.string(),
              "free some space, or choose another output");
}

}  // namespace

struct EventFileWriter::File {
  File(const std::filesystem::path& path, SensorTime begin, ImageSize size)
      : name(path), order(path, begin, size, kLargestTime_us) {}

  std::filesystem::path name;
  EventOrder order;
  Hdf5Handle file{-1, H5Fclose};
  std::vector<Hdf5Handle> columns;
  std::vector<uint16_t> x, y;
  std::vector<uint8_t> on;
  std::vector<uint32_t> time_us;
  hsize_t written = 0;  // whole chunks, before the last one
  std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor{
      libdeflate_alloc_compressor(kCompression), &libdeflate_free_compressor};
  std::vector<uint64_t> first_of_ms;

  bool Flush() {
    if (x.empty()) return true;
    const std::array<const void*, 4> values = {x.data(), y.data(), on.data(), time_us.data()};
    const auto described = Columns();
    for (size_t c = 0; c < values.size(); ++c) {
      const hid_t list = columns[c].id();
      const bool added = x.size() == kChunk
                             ? AppendChunk(list, written,
                                           Filtered(values[c], H5Tget_size(described[c].stored),
                                                    kChunk, compressor.get()))
                             : Append(list, described[c].native, written, x.size(), values[c]);
      if (!added) return false;
    }
    written += x.size();
    x.clear();
    y.clear();
    on.clear();
    time_us.clear();
    return true;
  }
};

EventFileWriter::EventFileWriter(std::unique_ptr<File> file) : file_(std::move(file)) {}
EventFileWriter::EventFileWriter(EventFileWriter&&) noexcept = default;
EventFileWriter& EventFileWriter::operator=(EventFileWriter&&) noexcept = default;
EventFileWriter::~EventFileWriter() = default;

Result<EventFileWriter> EventFileWriter::Create(const std::filesystem::path& file, SensorTime begin,
                                                ImageSize size) {
  BeginHdf5();
  auto made = std::make_unique<File>(file, begin, size);
  made->file =
      Hdf5Handle(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
  if (!made->file.ok() || made->compressor == nullptr) return Failure(file);
  const Hdf5Handle properties(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  H5Pset_obj_track_times(properties.id(), false);
  const Hdf5Handle group(
      H5Gcreate2(made->file.id(), "/events", H5P_DEFAULT, properties.id(), H5P_DEFAULT), H5Gclose);
  if (!group.ok() || !WriteScalar(made->file.id(), "/t_offset", ToNanoseconds(begin) / 1000))
    return Failure(file);
  for (const Column& column : Columns()) {
    made->columns.push_back(MakeList(made->file.id(), column.name, column.stored));
    if (!made->columns.back().ok()) return Failure(file);
  }
  return EventFileWriter(std::move(made));
}

Status EventFileWriter::Add(const EventSpan& packet) {
  BeginHdf5();  // this may be another thread than the one that made the file
  File& f = *file_;
  if (Status fits = f.order.Check(packet); !fits) return fits;
  const int64_t shift_us = f.order.Shift_us(packet);
  for (const Event& event : packet.events) {
    const int64_t time_us = shift_us + static_cast<int64_t>(event.time_us);
    while (f.first_of_ms.size() * 1000 <= static_cast<uint64_t>(time_us))
      f.first_of_ms.push_back(f.written + f.x.size());
    f.x.push_back(event.x);
    f.y.push_back(event.y);
    f.on.push_back(event.on);
    f.time_us.push_back(static_cast<uint32_t>(time_us));
    if (f.x.size() == kChunk && !f.Flush()) return Failure(f.name);
  }
  f.order.Advance(packet);
  return {};
}

Status EventFileWriter::Finish() {
  BeginHdf5();
  File& f = *file_;
  const std::filesystem::path name = f.name;
  if (!f.Flush()) return Failure(name);
  {
    const Hdf5Handle index = MakeList(f.file.id(), "/ms_to_idx", H5T_STD_U64LE);
    if (!index.ok()) return Failure(name);
    if (!f.first_of_ms.empty() &&
        !Append(index.id(), H5T_NATIVE_UINT64, 0, f.first_of_ms.size(), f.first_of_ms.data())) {
      return Failure(name);
    }
  }
  f.columns.clear();
  if (H5Fflush(f.file.id(), H5F_SCOPE_GLOBAL) < 0) return Failure(name);
  file_.reset();
  return {};
}

}  // namespace nightjar
