# One way to declare a module, a test and a benchmark, so that every target has the same rules.

# Flags that every target of ours has; public ones reach whoever includes our headers.
add_library(nightjar_flags INTERFACE)
target_compile_features(nightjar_flags INTERFACE cxx_std_20)
# No fused multiply-add: the same source gives the same bytes on every machine (docs/decisions/0003-determinism.md).
target_compile_options(nightjar_flags INTERFACE -ffp-contract=off)
target_include_directories(nightjar_flags INTERFACE "${PROJECT_SOURCE_DIR}")
if(NIGHTJAR_SANITIZE_ADDRESS)
  target_compile_options(nightjar_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(nightjar_flags INTERFACE -fsanitize=address,undefined)
  # With a sanitizer Eigen brings its own aligned malloc. Ceres, compiled without one, uses glibc's: what one allocates
  # the other must be able to free.
  target_compile_definitions(nightjar_flags INTERFACE EIGEN_MALLOC_ALREADY_ALIGNED=1)
endif()

set(NIGHTJAR_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)

# nightjar_add_library(NAME SOURCES a.cpp … [PUBLIC lib …] [PRIVATE lib …]): the module nightjar::NAME.
function(nightjar_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(nightjar_${name} STATIC ${ARG_SOURCES})
  add_library(nightjar::${name} ALIAS nightjar_${name})
  target_compile_options(nightjar_${name} PRIVATE ${NIGHTJAR_WARNINGS})
  target_link_libraries(nightjar_${name} PUBLIC nightjar_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  set_property(GLOBAL APPEND PROPERTY NIGHTJAR_MODULES ${name})
endfunction()

# nightjar_add_test(NAME [SOURCES more.cpp …] [TIMEOUT s] LIBRARIES lib …): NAME.cpp in tests/MODULE becomes one
# executable MODULE_NAME and one ctest entry MODULE/NAME.
function(nightjar_add_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  get_filename_component(module "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  set(target ${module}_${name})
  add_executable(${target} ${name}.cpp ${ARG_SOURCES})
  target_compile_options(${target} PRIVATE ${NIGHTJAR_WARNINGS})
  target_link_libraries(${target} PRIVATE nightjar_flags nightjar_test_main ${ARG_LIBRARIES})
  add_test(NAME ${module}/${name} COMMAND ${target})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${module}/${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()

# nightjar_add_benchmark(NAME LIBRARIES lib …): NAME.cpp in bench/MODULE becomes the executable bench/MODULE_NAME.
function(nightjar_add_benchmark name)
  cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
  get_filename_component(module "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  set(target ${module}_${name})
  add_executable(${target} ${name}.cpp)
  target_compile_options(${target} PRIVATE ${NIGHTJAR_WARNINGS})
  target_link_libraries(${target} PRIVATE nightjar_flags benchmark::benchmark_main ${ARG_LIBRARIES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
endfunction()
