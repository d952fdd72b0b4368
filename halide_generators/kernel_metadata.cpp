// SPDX-License-Identifier: Apache-2.0
// Writes what every kernel takes, as its own metadata say it, for people and binding generators:
//
//     nightjar_kernel_metadata OUT.json
//
// {"kernels": [{"name", "arguments": [{"name", "kind": "input_scalar | input_buffer |
// output_buffer", "type": "uint16", "dimensions", "default", "min", "max"}]}]}. The first argument
// of every kernel, user_context, is not listed. Values that a kernel does not bound are left out.
#include <HalideRuntime.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "kernel_list.h"

namespace {

using Json = nlohmann::ordered_json;

const char* KindOf(int32_t kind) {
  switch (kind) {
    case halide_argument_kind_input_scalar: return "input_scalar";
    case halide_argument_kind_input_buffer: return "input_buffer";
    case halide_argument_kind_output_buffer: return "output_buffer";
  }
  return "unknown";
}

std::string TypeOf(const halide_type_t& type) {
  const std::string bits = std::to_string(type.bits);
  switch (type.code) {
    case halide_type_int: return "int" + bits;
    case halide_type_uint: return type.bits == 1 ? "bool" : "uint" + bits;
    case halide_type_float: return "float" + bits;
    case halide_type_bfloat: return "bfloat" + bits;
    default: return "handle";
  }
}

Json ValueOf(const halide_type_t& type, const halide_scalar_value_t& value) {
  switch (type.code) {
    case halide_type_float: return type.bits == 64 ? value.u.f64 : value.u.f32;
    case halide_type_int:
      return type.bits == 64   ? value.u.i64
             : type.bits == 32 ? value.u.i32
             : type.bits == 16 ? value.u.i16
                               : value.u.i8;
    default:
      if (type.bits == 1) return value.u.b;
      return type.bits == 64   ? value.u.u64
             : type.bits == 32 ? value.u.u32
             : type.bits == 16 ? value.u.u16
                               : value.u.u8;
  }
}

// As the generator has it: Halide appends $ and a number to names that occur in several generators.
std::string NameOf(const halide_filter_argument_t& argument) {
  const std::string name = argument.name;
  return name.substr(0, name.find('$'));
}

Json ArgumentOf(const halide_filter_argument_t& argument) {
  Json json = {
      {"name", NameOf(argument)}, {"kind", KindOf(argument.kind)}, {"type", TypeOf(argument.type)}};
  if (argument.kind != halide_argument_kind_input_scalar) {
    json["dimensions"] = argument.dimensions;
    return json;
  }
  const auto add = [&](const char* key, const halide_scalar_value_t* value) {
    if (value != nullptr) json[key] = ValueOf(argument.type, *value);
  };
  add("default", argument.scalar_def);
  add("min", argument.scalar_min);
  add("max", argument.scalar_max);
  return json;
}

Json KernelOf(const halide_filter_metadata_t& metadata) {
  Json arguments = Json::array();
  for (int k = 0; k < metadata.num_arguments; ++k) {
    if (std::string(metadata.arguments[k].name) == "__user_context") continue;
    arguments.push_back(ArgumentOf(metadata.arguments[k]));
  }
  return {{"name", metadata.name}, {"arguments", arguments}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: nightjar_kernel_metadata OUT.json\n");
    return 2;
  }
  Json kernels = Json::array();
  for (const halide_filter_metadata_t* metadata : AllKernels())
    kernels.push_back(KernelOf(*metadata));
  std::ofstream out(argv[1]);
  out << Json({{"version", NIGHTJAR_VERSION}, {"kernels", kernels}}).dump(2) << '\n';
  out.close();
  if (!out) std::fprintf(stderr, "%s: cannot be written\n", argv[1]);
  return out ? 0 : 1;
}
