// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "data/events/event_decoder.h"

namespace nightjar {

/// Event packets in a ROS 1 bag, version 2.0: messages of type event_camera_msgs/EventPacket whose
/// encoding is evt3, in chunks that are not packed, or by bz2 or lz4. They are one stream of EVT
/// 3.0 words in the order of the file, so times are those of the camera's counter, not of the host.
/// Of several topics the first one; messages of others, and of other types, are counted.
///
/// kUnusableInput: no such topic (those that are there are named); another encoding (mono, libcaer,
/// libcaer_cmp). Not read either: dvs_msgs/EventArray, encrypted bags, ROS 2. Where an anomaly of
/// EVT 3.0 is, counts the bytes of its words, not those of the file.
std::unique_ptr<EventDecoder> MakeRosBagDecoder(bool raw);

}  // namespace nightjar
