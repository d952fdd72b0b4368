// SPDX-License-Identifier: Apache-2.0
#include "isp/kernel_call.h"

#include <HalideRuntime.h>

namespace nightjar {
namespace {

/// Written once, before any kernel of ours can fail.
halide_error_handler_t previous_handler = nullptr;

}  // namespace

KernelCall::KernelCall(const char* kernel) : kernel_(kernel) {
  static const bool installed = [] {
    previous_handler = halide_set_error_handler(&KernelCall::OnError);
    return true;
  }();
  (void)installed;
}

void KernelCall::OnError(void* context, const char* message) {
  if (context == nullptr) {
    if (previous_handler != nullptr) previous_handler(context, message);
    return;
  }
  // The first message of a call is the cause, later ones are its consequences.
  std::string& text = static_cast<KernelCall*>(context)->message_;
  if (text.empty()) text = message;
}

Status KernelCall::Finish(int code) const {
  if (code == 0) return {};
  std::string what = message_.empty() ? "error " + std::to_string(code) : message_;
  while (!what.empty() && (what.back() == '\n' || what.back() == '.')) what.pop_back();
  const bool out_of_memory = code == halide_error_code_out_of_memory;
  return Fail(out_of_memory ? ErrorKind::kTryAgain : ErrorKind::kInternal, std::move(what),
              std::string("kernel ") + kernel_);
}

}  // namespace nightjar
