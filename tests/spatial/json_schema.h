// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spatial/text_format.h"

namespace nightjar {

/// Holds a value to a JSON Schema (draft 2020-12) as far as the project's schemas go: type, enum,
/// anyOf, $ref into $defs, properties, required, additionalProperties, items, and bounds of
/// numbers, lists and texts. A keyword that it does not know is a fault: nothing is passed over.
/// Empty: it is valid; else the first fault with its place.
std::string SchemaFault(const Json& value, const Json& schema);

}  // namespace nightjar
