// SPDX-License-Identifier: Apache-2.0
// What 'nightjar context' tells, to an assistant.
#include <memory>

#include "spatial/context/context_text.h"
#include "spatial/query/question_context.h"

namespace nightjar::questions {

Result<Json> AnswerContext(const QuestionContext& context, const Arguments& arguments) {
  const ContextRequest request{arguments.MaybeTime("at"), arguments.MaybeTime("from")};
  // Owned by the context of questions, which outlives the moment.
  const std::shared_ptr<const Timeline> timeline(std::shared_ptr<void>(), &context.timeline);
  const auto moment = ContextMoment::At(context.session, request, timeline);
  if (!moment) return tl::unexpected(moment.error());
  Answer answer("context");
  answer.Set("t_s", context.Seconds(moment->now()));
  answer.Set("t_ns", ToNanoseconds(moment->now()));
  answer.Set("frame", moment->frame().is_aligned ? "aligned" : "world");
  answer.Set("map", context.MapId(moment->rows()[moment->row()].map));
  answer.Set("text",
             ContextParts(*moment).Text(static_cast<size_t>(arguments.Number("max_bytes"))));
  return std::move(answer).Done();
}

}  // namespace nightjar::questions
