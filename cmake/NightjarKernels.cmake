# The one place that says for which processors kernels are compiled.
#
# The first target that the machine supports is taken at run time, best first; the last one must run everywhere.
# Never `host`: the same build gives the same bytes on every machine.
set(NIGHTJAR_TARGETS_X86_64
  x86-64-linux-avx512_skylake-avx512-avx2-avx-f16c-fma-sse41
  x86-64-linux-avx2-avx-f16c-fma-sse41
  x86-64-linux-sse41
  x86-64-linux)
set(NIGHTJAR_TARGETS_AARCH64 arm-64-linux)
# Emitted by every build, linked by none.
set(NIGHTJAR_TARGETS_EMITTED arm-64-linux arm-64-android)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(NIGHTJAR_KERNEL_TARGETS ${NIGHTJAR_TARGETS_X86_64})
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(NIGHTJAR_KERNEL_TARGETS ${NIGHTJAR_TARGETS_AARCH64})
else()
  message(FATAL_ERROR "no kernel targets for the processor ${CMAKE_SYSTEM_PROCESSOR}")
endif()
list(GET NIGHTJAR_KERNEL_TARGETS -1 NIGHTJAR_KERNEL_BASE_TARGET)
# One instrumented target, and its runtime: what is found does not depend on the vector width. Halide has no
# undefined-behaviour sanitizer; with that one the kernels are those of every build.
set(NIGHTJAR_KERNEL_SANITIZER_address -asan)
set(NIGHTJAR_KERNEL_SANITIZER_thread -tsan)
if(DEFINED NIGHTJAR_KERNEL_SANITIZER_${NIGHTJAR_SANITIZE})
  string(APPEND NIGHTJAR_KERNEL_BASE_TARGET ${NIGHTJAR_KERNEL_SANITIZER_${NIGHTJAR_SANITIZE}})
  set(NIGHTJAR_KERNEL_TARGETS ${NIGHTJAR_KERNEL_BASE_TARGET})
endif()

set(NIGHTJAR_KERNEL_ROOT "${CMAKE_BINARY_DIR}/kernels")
set(NIGHTJAR_KERNEL_DIR "${NIGHTJAR_KERNEL_ROOT}/include")

# What runs the generators, as CMAKE_CXX_COMPILER_LAUNCHER runs the compiler: a cache, a profiler.
set(NIGHTJAR_GENERATOR_LAUNCHER "" CACHE STRING "Command that is put before every run of a kernel's generator")

# nightjar_add_generator(NAME): the program NAME_generator of NAME_generator.cpp, which compiles kernels.
function(nightjar_add_generator name)
  add_executable(${name}_generator ${name}_generator.cpp $<TARGET_OBJECTS:nightjar_generator_main>)
  target_include_directories(${name}_generator PRIVATE "${PROJECT_SOURCE_DIR}")
  target_compile_features(${name}_generator PRIVATE cxx_std_20)
  target_link_libraries(${name}_generator PRIVATE Halide::Halide ${CMAKE_DL_LIBS})
  set_property(GLOBAL APPEND PROPERTY NIGHTJAR_GENERATORS ${name}_generator)
endfunction()

# nightjar_add_kernel(NAME GENERATOR g [PROGRAM p] [PARAMS a=b …] [FEATURES f …]): the C function
# NAME(user_context, …) for every target of the table, collected for nightjar_finish_kernels. The generator g is in the
# program g_generator unless p names another.
function(nightjar_add_kernel name)
  cmake_parse_arguments(ARG "" "GENERATOR;PROGRAM" "PARAMS;FEATURES" ${ARGN})
  if(NOT ARG_PROGRAM)
    set(ARG_PROGRAM ${ARG_GENERATOR}_generator)
  endif()
  list(JOIN ARG_FEATURES "-" features)
  # user_context carries the error text of a call (isp/kernel_call.h); one runtime serves all kernels.
  set(suffix "-user_context-no_runtime")
  if(features)
    string(APPEND suffix "-${features}")
  endif()

  set(targets ${NIGHTJAR_KERNEL_TARGETS})
  list(TRANSFORM targets APPEND "${suffix}")
  list(LENGTH targets count)
  if(count EQUAL 1)
    set(objects "${name}.o")
  else()
    set(objects ${targets})
    list(TRANSFORM objects PREPEND "${name}-")
    list(TRANSFORM objects APPEND ".o")
    list(APPEND objects "${name}_wrapper.o")
  endif()
  list(TRANSFORM objects PREPEND "${NIGHTJAR_KERNEL_DIR}/")
  list(JOIN targets "," target_argument)
  file(MAKE_DIRECTORY "${NIGHTJAR_KERNEL_DIR}")
  add_custom_command(
    OUTPUT ${objects} "${NIGHTJAR_KERNEL_DIR}/${name}.h"
    COMMAND ${NIGHTJAR_GENERATOR_LAUNCHER} $<TARGET_FILE:${ARG_PROGRAM}> -g ${ARG_GENERATOR} -n ${name} -f ${name} -e object,c_header -o "${NIGHTJAR_KERNEL_DIR}"
            "target=${target_argument}" ${ARG_PARAMS}
    DEPENDS ${ARG_PROGRAM} VERBATIM
    COMMENT "Compiling kernel ${name}")
  set_property(GLOBAL APPEND PROPERTY NIGHTJAR_KERNEL_OBJECTS ${objects})
  set_property(GLOBAL APPEND PROPERTY NIGHTJAR_KERNELS "${name}:${ARG_GENERATOR}")
  # What NightjarKernelPackages.cmake repeats for other targets.
  set_property(GLOBAL PROPERTY NIGHTJAR_KERNEL_${name}_PROGRAM ${ARG_PROGRAM})
  set_property(GLOBAL PROPERTY NIGHTJAR_KERNEL_${name}_SUFFIX "${suffix}")
  set_property(GLOBAL PROPERTY NIGHTJAR_KERNEL_${name}_PARAMS "${ARG_PARAMS}")

  foreach(target IN LISTS NIGHTJAR_TARGETS_EMITTED)
    set(folder "${NIGHTJAR_KERNEL_ROOT}/${target}")
    file(MAKE_DIRECTORY "${folder}")
    add_custom_command(
      OUTPUT "${folder}/${name}.o" "${folder}/${name}.h"
      COMMAND ${NIGHTJAR_GENERATOR_LAUNCHER} $<TARGET_FILE:${ARG_PROGRAM}> -g ${ARG_GENERATOR} -n ${name} -f ${name} -e object,c_header -o "${folder}"
              "target=${target}${suffix}" ${ARG_PARAMS}
      DEPENDS ${ARG_PROGRAM} VERBATIM
      COMMENT "Compiling kernel ${name} for ${target}")
    set_property(GLOBAL APPEND PROPERTY NIGHTJAR_KERNEL_EMITTED "${folder}/${name}.o")
  endforeach()
endfunction()

# The object of the Halide runtime for one target.
function(nightjar_add_kernel_runtime target folder result)
  file(MAKE_DIRECTORY "${folder}")
  get_property(programs GLOBAL PROPERTY NIGHTJAR_GENERATORS)
  list(GET programs 0 program)
  add_custom_command(
    OUTPUT "${folder}/halide_runtime.o"
    COMMAND ${program} -r halide_runtime -e object -o "${folder}" "target=${target}"
    DEPENDS ${program} VERBATIM
    COMMENT "Compiling the Halide runtime for ${target}")
  set(${result} "${folder}/halide_runtime.o" PARENT_SCOPE)
endfunction()

# Declares nightjar::kernels from all kernels added before.
function(nightjar_finish_kernels)
  nightjar_add_kernel_runtime(${NIGHTJAR_KERNEL_BASE_TARGET} "${NIGHTJAR_KERNEL_DIR}" runtime)
  get_property(objects GLOBAL PROPERTY NIGHTJAR_KERNEL_OBJECTS)
  add_library(nightjar_kernels STATIC ${objects} "${runtime}")
  add_library(nightjar::kernels ALIAS nightjar_kernels)
  set_target_properties(nightjar_kernels PROPERTIES LINKER_LANGUAGE CXX)
  # Not a system include: a header older than its generator must rebuild who includes it.
  target_include_directories(nightjar_kernels INTERFACE "${NIGHTJAR_KERNEL_DIR}")
  target_link_libraries(nightjar_kernels INTERFACE Halide::Runtime Threads::Threads ${CMAKE_DL_LIBS})

  get_property(emitted GLOBAL PROPERTY NIGHTJAR_KERNEL_EMITTED)
  foreach(target IN LISTS NIGHTJAR_TARGETS_EMITTED)
    nightjar_add_kernel_runtime(${target} "${NIGHTJAR_KERNEL_ROOT}/${target}" runtime)
    list(APPEND emitted "${runtime}")
  endforeach()
  add_custom_target(nightjar_emitted_kernels ALL DEPENDS ${emitted})
  set_property(GLOBAL PROPERTY NIGHTJAR_KERNEL_EMITTED_TARGETS ${NIGHTJAR_TARGETS_EMITTED})
endfunction()
