// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace nightjar {

/// Hands items from one thread to another in order; nothing is dropped: a full queue makes the
/// producer wait. Items may differ in how much of the capacity they take.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  /// False when the queue was closed: nobody will take the item, stop making more. An item that
  /// weighs more than the whole capacity waits until the queue is empty.
  bool Push(T item, size_t weight = 1) {
    std::unique_lock lock(mutex_);
    space_.wait(
        lock, [this, weight] { return items_.empty() || held_ + weight <= capacity_ || closed_; });
    if (closed_) return false;
    held_ += weight;
    items_.emplace_back(std::move(item), weight);
    ready_.notify_one();
    return true;
  }

  /// Nothing when the queue is closed and empty.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [this] { return !items_.empty() || closed_; });
    if (items_.empty()) return std::nullopt;
    T item = std::move(items_.front().first);
    held_ -= items_.front().second;
    items_.pop_front();
    space_.notify_one();
    return item;
  }

  /// No more items will come, or none are wanted any more.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    ready_.notify_all();
    space_.notify_all();
  }

 private:
  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable space_;
  std::deque<std::pair<T, size_t>> items_;  // each with its weight
  size_t held_ = 0;                         // the sum of the weights
  bool closed_ = false;
};

}  // namespace nightjar
