// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "spatial/session.h"

namespace nightjar {

/// index.html: one page to look at a session, without a network, a server or a script. Shows the
/// plan view (`plan_view_svg`, as PlanViewSvg makes it), the figures, the scene from above, the
/// text that a model gets (`context_text`; empty: none), the health of every frame, height, speed
/// and sigma along time, the path from the side, the session's pictures of keyframes, which stay
/// files of their own, and what every stage had to say. Deterministic: nothing of Session::run is
/// in it.
std::string IndexPage(const Session& session, std::string_view plan_view_svg,
                      std::string_view context_text = {});

/// `text` with the five characters that mean something to HTML and SVG spelled as entities.
std::string EscapeMarkup(std::string_view text);

}  // namespace nightjar
