// SPDX-License-Identifier: Apache-2.0
// What 'nightjar context' tells, to an assistant.
#include "spatial/context/context_text.h"
#include "spatial/query/question_context.h"

namespace nightjar::questions {

Result<Json> AnswerContext(const QuestionContext& context, const Arguments& arguments) {
  const ContextRequest request{arguments.MaybeTime("at"), arguments.MaybeTime("from")};
  const auto moment = ContextMoment::At(context.session, request);
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
