# One way to declare a module, a test and a benchmark, so that every target has the same rules.

include(GNUInstallDirs)

# Flags that every target of ours has; public ones reach whoever includes our headers.
add_library(nightjar_flags INTERFACE)
target_compile_features(nightjar_flags INTERFACE cxx_std_20)
# No fused multiply-add: the same source gives the same bytes on every machine (docs/decisions/0003-determinism.md).
target_compile_options(nightjar_flags INTERFACE -ffp-contract=off)
target_include_directories(nightjar_flags INTERFACE "${PROJECT_SOURCE_DIR}")
if(NIGHTJAR_SANITIZE)
  target_compile_options(nightjar_flags INTERFACE -fsanitize=${NIGHTJAR_SANITIZE} -fno-sanitize-recover=all
                                                  -fno-omit-frame-pointer)
  target_link_options(nightjar_flags INTERFACE -fsanitize=${NIGHTJAR_SANITIZE})
  # With a sanitizer Eigen brings its own aligned malloc. Ceres, compiled without one, uses glibc's: what one allocates
  # the other must be able to free.
  target_compile_definitions(nightjar_flags INTERFACE EIGEN_MALLOC_ALREADY_ALIGNED=1)
endif()

# Off with a compiler cache, which does not look through them, and to see whether tests include what they use.
option(NIGHTJAR_PRECOMPILED_HEADERS "Compile the headers of the tests once" ON)

set(NIGHTJAR_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor)

# nightjar_add_library(NAME SOURCES a.cpp … [PUBLIC lib …] [PRIVATE lib …]): the module nightjar::NAME.
function(nightjar_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(nightjar_${name} STATIC ${ARG_SOURCES})
  add_library(nightjar::${name} ALIAS nightjar_${name})
  target_compile_options(nightjar_${name} PRIVATE ${NIGHTJAR_WARNINGS})
  target_link_libraries(nightjar_${name} PUBLIC nightjar_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  # Modules end in the public libraries, which show nothing of them.
  set_target_properties(nightjar_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
endfunction()

# nightjar_add_public_library(NAME HEADER nightjar/x.h SOURCES a.cpp … PRIVATE lib …): what others may link. Installed as
# nightjar::NAME, a shared library with everything of ours inside, whose only symbols are those of its header: a user
# needs no other header, no other library of ours and no package of what it is made of.
function(nightjar_add_public_library name)
  cmake_parse_arguments(ARG "" "HEADER" "SOURCES;PRIVATE" ${ARGN})
  set(target nightjar_${name}_api)
  add_library(${target} SHARED ${ARG_SOURCES})
  target_compile_options(${target} PRIVATE ${NIGHTJAR_WARNINGS})
  target_compile_definitions(${target} PRIVATE NIGHTJAR_VERSION="${PROJECT_VERSION}")
  target_link_libraries(${target} PRIVATE nightjar_flags ${ARG_PRIVATE})
  # Also Halide's runtime stays inside: two of our libraries in one program have one each.
  target_link_options(${target} PRIVATE -Wl,--exclude-libs,ALL -Wl,--as-needed -Wl,--no-undefined)
  target_include_directories(${target} INTERFACE "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}>"
                                                 "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden
    EXPORT_NAME ${name}
    OUTPUT_NAME nightjar_${name}
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib"
    VERSION ${PROJECT_VERSION}
    # Before 1.0 a minor version may change everything.
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  install(TARGETS ${target} EXPORT nightjar LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(FILES ${ARG_HEADER} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/nightjar")
endfunction()

# nightjar_set_timeout(TEST SECONDS): what a test may take without a sanitizer. With one it may take as much longer as the
# thread sanitizer, the slowest of them, was seen to make it.
function(nightjar_set_timeout test seconds)
  if(NIGHTJAR_SANITIZE)
    math(EXPR seconds "${seconds} * 10")
  endif()
  set_tests_properties(${test} PROPERTIES TIMEOUT ${seconds})
endfunction()

# nightjar_add_test(NAME [SOURCES more.cpp …] [TIMEOUT s] LIBRARIES lib …): NAME.cpp in tests/MODULE becomes one
# executable MODULE_NAME and one ctest entry MODULE/NAME.
function(nightjar_add_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  get_filename_component(module "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  set(target ${module}_${name})
  add_executable(${target} ${name}.cpp ${ARG_SOURCES})
  # A test's own lines run once: to optimise them takes longer than they do. What it tests keeps the preset's flags.
  target_compile_options(${target} PRIVATE ${NIGHTJAR_WARNINGS} $<$<CONFIG:Release>:-O1>)
  target_link_libraries(${target} PRIVATE nightjar_flags nightjar_test_main ${ARG_LIBRARIES})
  if(NIGHTJAR_PRECOMPILED_HEADERS)
    target_precompile_headers(${target} REUSE_FROM nightjar_test_main)
  endif()
  add_test(NAME ${module}/${name} COMMAND ${target})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  nightjar_set_timeout(${module}/${name} ${ARG_TIMEOUT})
  set_tests_properties(${module}/${name} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()

# nightjar_add_benchmark(NAME [SOURCES more.cpp …] LIBRARIES lib …): NAME.cpp in bench/MODULE becomes the executable
# bench/MODULE_NAME.
function(nightjar_add_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  get_filename_component(module "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  set(target ${module}_${name})
  add_executable(${target} ${name}.cpp ${ARG_SOURCES})
  target_compile_options(${target} PRIVATE ${NIGHTJAR_WARNINGS})
  target_link_libraries(${target} PRIVATE nightjar_flags benchmark::benchmark_main ${ARG_LIBRARIES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
endfunction()
