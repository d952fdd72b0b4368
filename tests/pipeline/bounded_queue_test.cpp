// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/bounded_queue.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::Optional;

// Long enough that a thread which does not wait would be seen; never waited for in vain.
constexpr std::chrono::milliseconds kWhile(30);

TEST(BoundedQueue, KeepsOrderAcrossThreadsAtAnyCapacity) {
  for (const size_t capacity : {1U, 2U, 7U, 10000U}) {
    BoundedQueue<int> queue(capacity);
    std::thread producer([&queue] {
      for (int i = 0; i < 5000; ++i) ASSERT_TRUE(queue.Push(i));
      queue.Close();
    });
    int expected = 0;
    while (const auto item = queue.Pop()) ASSERT_EQ(*item, expected++);
    EXPECT_EQ(expected, 5000) << "nothing is dropped, capacity " << capacity;
    producer.join();
  }
}

TEST(BoundedQueue, FullMakesTheProducerWait) {
  BoundedQueue<int> queue(3);
  std::atomic<int> pushed = 0;
  std::thread producer([&] {
    for (int i = 0; i < 5; ++i) {
      queue.Push(i);
      ++pushed;
    }
  });
  while (pushed < 3) std::this_thread::yield();
  std::this_thread::sleep_for(kWhile);
  EXPECT_EQ(pushed, 3);
  EXPECT_THAT(queue.Pop(), Optional(0));
  while (pushed < 4) std::this_thread::yield();
  std::this_thread::sleep_for(kWhile);
  EXPECT_EQ(pushed, 4) << "one taken, one more fits";
  EXPECT_THAT(queue.Pop(), Optional(1));
  producer.join();
}

TEST(BoundedQueue, HeavyItemsFillItSooner) {
  BoundedQueue<int> queue(10);
  std::atomic<int> pushed = 0;
  std::thread producer([&] {
    for (const size_t weight : {4U, 1U, 4U, 4U, 100U, 1U}) queue.Push(pushed++, weight);
    queue.Close();
  });
  while (pushed < 4) std::this_thread::yield();
  std::this_thread::sleep_for(kWhile);
  EXPECT_EQ(pushed, 4) << "9 are held, the fourth would make it 13";
  EXPECT_THAT(queue.Pop(), Optional(0));
  while (pushed < 5) std::this_thread::yield();
  std::this_thread::sleep_for(kWhile);
  EXPECT_EQ(pushed, 5) << "9 again; what is heavier than all waits until it is alone";
  for (int i = 1; i < 6; ++i) EXPECT_THAT(queue.Pop(), Optional(i));
  EXPECT_EQ(queue.Pop(), std::nullopt);
  producer.join();
}

TEST(BoundedQueue, EmptyMakesTheConsumerWait) {
  BoundedQueue<int> queue(3);
  std::atomic<bool> popped = false;
  std::thread consumer([&] {
    EXPECT_THAT(queue.Pop(), Optional(7));
    popped = true;
  });
  std::this_thread::sleep_for(kWhile);
  EXPECT_FALSE(popped);
  EXPECT_TRUE(queue.Push(7));
  consumer.join();
  EXPECT_TRUE(popped);
}

TEST(BoundedQueue, WhatIsInItWhenClosedIsStillHandedOut) {
  BoundedQueue<int> queue(3);
  EXPECT_TRUE(queue.Push(1));
  EXPECT_TRUE(queue.Push(2));
  queue.Close();
  EXPECT_FALSE(queue.Push(3)) << "nobody will take it";
  EXPECT_THAT(queue.Pop(), Optional(1));
  EXPECT_THAT(queue.Pop(), Optional(2));
  EXPECT_EQ(queue.Pop(), std::nullopt);
  EXPECT_EQ(queue.Pop(), std::nullopt) << "again";
}

TEST(BoundedQueue, CloseWakesWhoeverWaits) {
  BoundedQueue<int> full(1);
  EXPECT_TRUE(full.Push(1));
  BoundedQueue<int> empty(1);
  std::thread producer([&full] { EXPECT_FALSE(full.Push(2)); });
  std::thread consumer([&empty] { EXPECT_EQ(empty.Pop(), std::nullopt); });
  std::this_thread::sleep_for(kWhile);
  full.Close();
  empty.Close();
  producer.join();
  consumer.join();
  EXPECT_THAT(full.Pop(), Optional(1)) << "the refused item is not in it";
  EXPECT_EQ(full.Pop(), std::nullopt);
}

TEST(BoundedQueue, TakesWhatCanOnlyBeMoved) {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  EXPECT_TRUE(queue.Push(std::make_unique<int>(5)));
  const auto item = queue.Pop();
  ASSERT_TRUE(item);
  EXPECT_EQ(**item, 5);
}

}  // namespace
}  // namespace nightjar
