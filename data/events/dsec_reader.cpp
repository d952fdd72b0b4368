// SPDX-License-Identifier: Apache-2.0
#include "data/events/dsec_reader.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "data/events/blosc_filter.h"
#include "data/events/event_clock.h"
#include "data/events/event_decoder.h"
#include "data/hdf5_handle.h"

namespace nightjar {
namespace {

constexpr size_t kLargestChunk = size_t{64} << 20;  // bytes
constexpr hsize_t kBlock = EventBatch::kCapacity;
constexpr H5Z_filter_t kEcf = 36559;

tl::unexpected<Error> Unusable(const std::filesystem::path& file, std::string what,
                               std::string remedy = "use a file that is whole") {
  return Fail(ErrorKind::kUnusableInput, std::move(what), file.string(), std::move(remedy));
}

// One of x, y, p, t.
class Column {
 public:
  static Result<Column> Open(const std::filesystem::path& file, hid_t id, const char* name) {
    Column column;
    if (H5Lexists(id, name, H5P_DEFAULT) <= 0)
      return Unusable(file, fmt::format("has no {}", name), "only DSEC's layout of HDF5 is read");
    column.name_ = name;
    column.list_ = Hdf5Handle(H5Dopen2(id, name, H5P_DEFAULT), H5Dclose);
    if (!column.list_.ok()) return Unusable(file, fmt::format("{} cannot be opened", name));
    for (const Status& fine : {column.CheckType(file), column.CheckSpace(file),
                               column.CheckFilters(file), column.SetCache(file, id)}) {
      if (!fine) return tl::unexpected(fine.error());
    }
    return column;
  }

  hsize_t length() const { return length_; }
  size_t value_bytes() const { return value_bytes_; }

  /// Values [begin, begin + count), whatever their type is in the file.
  bool Read(hsize_t begin, hsize_t count, std::vector<int64_t>& values) const {
    values.resize(count);
    const Hdf5Handle space(H5Dget_space(list_.id()), H5Sclose);
    const Hdf5Handle memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
    if (!space.ok() || !memory.ok() ||
        H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &begin, nullptr, &count, nullptr) < 0) {
      return false;
    }
    if (!truth_) {
      return H5Dread(list_.id(), H5T_NATIVE_INT64, memory.id(), space.id(), H5P_DEFAULT,
                     values.data()) >= 0;
    }
    const Hdf5Handle type(H5Dget_type(list_.id()), H5Tclose);
    std::vector<int8_t> bytes(count);
    if (H5Dread(list_.id(), type.id(), memory.id(), space.id(), H5P_DEFAULT, bytes.data()) < 0)
      return false;
    std::copy(bytes.begin(), bytes.end(), values.begin());
    return true;
  }

 private:
  // Integers; or NumPy's truth values, which HDF5 does not turn into numbers.
  Status CheckType(const std::filesystem::path& file) {
    const Hdf5Handle type(H5Dget_type(list_.id()), H5Tclose);
    const H5T_class_t kind = H5Tget_class(type.id());
    value_bytes_ = H5Tget_size(type.id());
    truth_ = kind == H5T_ENUM && value_bytes_ == 1;
    if (kind == H5T_INTEGER || truth_) return {};
    return Unusable(file, fmt::format("{} are no integers", name_),
                    "only DSEC's layout of HDF5 is read");
  }

  // All of it must be there: a few bytes can claim any number of events that nobody wrote.
  Status CheckSpace(const std::filesystem::path& file) {
    const Hdf5Handle space(H5Dget_space(list_.id()), H5Sclose);
    if (H5Sget_simple_extent_ndims(space.id()) != 1 ||
        H5Sget_simple_extent_dims(space.id(), &length_, nullptr) != 1) {
      return Unusable(file, fmt::format("{} is no list", name_));
    }
    const Hdf5Handle properties(H5Dget_create_plist(list_.id()), H5Pclose);
    hsize_t chunks = 0;
    bool whole = true;
    if (H5Pget_layout(properties.id()) == H5D_CHUNKED) {
      whole = H5Pget_chunk(properties.id(), 1, &chunk_) == 1 && chunk_ > 0 &&
              H5Dget_num_chunks(list_.id(), space.id(), &chunks) >= 0 &&
              chunks >= length_ / chunk_ + (length_ % chunk_ == 0 ? 0 : 1);
    } else {
      whole = H5Dget_storage_size(list_.id()) / std::max<size_t>(1, value_bytes_) >= length_;
    }
    if (!whole) return Unusable(file, fmt::format("{} has holes", name_));
    return {};
  }

  Status CheckFilters(const std::filesystem::path& file) const {
    const Hdf5Handle properties(H5Dget_create_plist(list_.id()), H5Pclose);
    const int filters = H5Pget_nfilters(properties.id());
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0;
      size_t values = 0;
      const H5Z_filter_t filter = H5Pget_filter2(properties.id(), static_cast<unsigned>(i), &flags,
                                                 &values, nullptr, 0, nullptr, nullptr);
      if (filter >= 0 && H5Zfilter_avail(filter) > 0) continue;
      return Unusable(file,
                      fmt::format("{} is packed by HDF5's filter {}{}", name_, filter,
                                  filter == kEcf ? ", Prophesee's ECF codec" : ""),
                      "repack it with h5repack, where the filter is installed");
    }
    return {};
  }

  // With the usual cache of 1 MiB a larger chunk is unpacked again for every block.
  Status SetCache(const std::filesystem::path& file, hid_t id) {
    if (chunk_ == 0) return {};
    if (chunk_ > kLargestChunk / std::max<size_t>(1, value_bytes_))
      return Unusable(file, fmt::format("{} has chunks of {} values", name_, chunk_),
                      "repack it with h5repack in smaller ones");
    const Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    const size_t bytes = std::max<size_t>(size_t{1} << 20, 2 * chunk_ * value_bytes_);
    H5Pset_chunk_cache(access.id(), H5D_CHUNK_CACHE_NSLOTS_DEFAULT, bytes, 1);
    list_ = Hdf5Handle(-1, H5Dclose);  // opened twice, it would keep the first one's cache
    list_ = Hdf5Handle(H5Dopen2(id, name_, access.id()), H5Dclose);
    if (!list_.ok()) return Unusable(file, fmt::format("{} cannot be opened", name_));
    return {};
  }

  const char* name_ = "";
  Hdf5Handle list_{-1, H5Dclose};
  hsize_t length_ = 0;
  hsize_t chunk_ = 0;  // values; 0: in one piece
  size_t value_bytes_ = 0;
  bool truth_ = false;
};

class DsecReader : public EventReader {
 public:
  DsecReader(std::filesystem::path file, Hdf5Handle id, std::vector<Column> columns,
             int64_t offset_us, bool raw)
      : file_(std::move(file)),
        id_(std::move(id)),
        columns_(std::move(columns)),
        offset_us_(offset_us),
        clock_(columns_[3].value_bytes() == 4 ? int64_t{1} << 32 : 0, raw) {}

  Result<bool> Next(EventBatch& batch) override {
    BeginHdf5();  // this may be another thread than the one that opened the file
    batch.Clear();
    while (batch.room() > 0) {
      if (next_ == block_size()) {
        begin_ += block_size();
        next_ = 0;
        const hsize_t count = std::min(kBlock, columns_[0].length() - begin_);
        if (count == 0) {
          values_[0].clear();
          break;
        }
        for (size_t c = 0; c < columns_.size(); ++c) {
          if (!columns_[c].Read(begin_, count, values_[c])) {
            return Fail(ErrorKind::kUnusableInput, "a part cannot be unpacked",
                        fmt::format("{}: event {}", file_.string(), begin_),
                        "use a file that is whole");
          }
        }
      }
      if (!Take(batch)) break;
      ++next_;
    }
    return !batch.empty();
  }

  const EventFileInfo& info() const override { return info_; }
  std::vector<EventAnomaly> anomalies() const override {
    std::vector<EventAnomaly> list = anomalies_.List();
    for (EventAnomaly& anomaly : list) anomaly.first_is_event = true;
    return list;
  }

 private:
  hsize_t block_size() const { return values_[0].size(); }

  // The next event of the block; false when the batch is full.
  bool Take(EventBatch& batch) {
    const int64_t x = values_[0][next_], y = values_[1][next_], p = values_[2][next_];
    const int64_t t = values_[3][next_];
    const auto index = static_cast<int64_t>(begin_ + next_);
    if (x < 0 || x > 0xFFFF || y < 0 || y > 0x7FFF) {
      anomalies_.Add(EventAnomalyKind::kBeyond, index);
    } else if (p < -1 || p > 1) {
      anomalies_.Add(EventAnomalyKind::kUnreadable, index);
    } else if (!EventClock::CanHold(t) || !EventClock::CanHold(t + offset_us_)) {
      anomalies_.Add(EventAnomalyKind::kTimeBeyond, index);
    } else {
      const EventClock before = clock_;
      const bool forward = clock_.Read(t);
      const int64_t time_us = clock_.now_us();
      if (!batch.Add(time_us + offset_us_, static_cast<uint16_t>(x), static_cast<uint16_t>(y),
                     p > 0)) {
        clock_ = before;
        return false;
      }
      clock_.Delivered(time_us);
      if (!forward) anomalies_.Add(EventAnomalyKind::kStepBack, index);
    }
    return true;
  }

  std::filesystem::path file_;
  Hdf5Handle id_;
  std::vector<Column> columns_;  // x, y, p, t
  int64_t offset_us_;
  EventClock clock_;
  EventFileInfo info_ = {"dsec"};
  EventAnomalyCounter anomalies_;
  std::array<std::vector<int64_t>, 4> values_;  // events [begin_, begin_ + block_size())
  hsize_t begin_ = 0, next_ = 0;
};

Result<int64_t> ReadOffset(const std::filesystem::path& file, hid_t id) {
  int64_t offset_us = 0;
  if (H5Lexists(id, "/t_offset", H5P_DEFAULT) <= 0) return 0;
  const Hdf5Handle scalar(H5Dopen2(id, "/t_offset", H5P_DEFAULT), H5Dclose);
  const Hdf5Handle space(H5Dget_space(scalar.id()), H5Sclose);
  const Hdf5Handle type(H5Dget_type(scalar.id()), H5Tclose);
  if (!scalar.ok() || H5Tget_class(type.id()) != H5T_INTEGER ||
      H5Sget_simple_extent_npoints(space.id()) != 1 ||
      H5Dread(scalar.id(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, &offset_us) < 0 ||
      !EventClock::CanHold(offset_us)) {
    return Unusable(file, "/t_offset is no number of microseconds");
  }
  return offset_us;
}

}  // namespace

Result<std::unique_ptr<EventReader>> OpenDsecFile(const std::filesystem::path& file, bool raw) {
  BeginHdf5();
  RegisterBloscFilter();
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return Unusable(file, "is missing", "put the file of events there");
  Hdf5Handle id(H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  if (!id.ok()) return Unusable(file, "HDF5 file is damaged");
  if (H5Lexists(id.id(), "/CD", H5P_DEFAULT) > 0) {
    return Unusable(file, "events are packed by Prophesee's ECF codec (HDF5's filter 36559)",
                    "convert it to RAW with Prophesee's tools");
  }
  if (H5Lexists(id.id(), "/events", H5P_DEFAULT) <= 0)
    return Unusable(file, "has no /events", "only DSEC's layout of HDF5 is read");
  std::vector<Column> columns;
  for (const char* name : {"/events/x", "/events/y", "/events/p", "/events/t"}) {
    Result<Column> column = Column::Open(file, id.id(), name);
    if (!column) return tl::unexpected(std::move(column.error()));
    if (!columns.empty() && column->length() != columns[0].length())
      return Unusable(file, fmt::format("{} is longer or shorter than /events/x", name));
    columns.push_back(std::move(*column));
  }
  const Result<int64_t> offset_us = ReadOffset(file, id.id());
  if (!offset_us) return tl::unexpected(offset_us.error());
  return std::make_unique<DsecReader>(file, std::move(id), std::move(columns), *offset_us, raw);
}

}  // namespace nightjar
