# Packages of the image kernels for other machines (docs/kernel-packages.md): `kernel-packages` makes all of them,
# `kernel-package-TARGET` one, in kernel-packages/nightjar-kernels-TARGET/ and as an archive beside it.
#
# A package is one static library with Halide's runtime inside, the headers of its kernels, what they take
# (kernels.json), licences and a CMake package. Nothing of it needs a toolchain of the target: Halide brings the
# compiler, LLVM's tools the archive.

# TARGET=the processors that it is compiled for, best first: where there are several, the machine's is taken at run time.
set(NIGHTJAR_PACKAGES
  arm-64-linux=arm-64-linux
  arm-64-android=arm-64-android
  arm-64-ios=arm-64-ios
  arm-64-osx=arm-64-osx
  arm-32-android=arm-32-android
  wasm-32=wasm-32-wasmrt-wasm_simd128)
foreach(system linux windows osx)
  set(targets ${NIGHTJAR_TARGETS_X86_64})
  list(TRANSFORM targets REPLACE "-linux" "-${system}")
  list(JOIN targets "," targets)
  list(APPEND NIGHTJAR_PACKAGES x86-64-${system}=${targets})
endforeach()

find_program(NIGHTJAR_LLVM_AR NAMES llvm-ar-14 llvm-ar)
find_program(NIGHTJAR_LLVM_LIB NAMES llvm-lib-14 llvm-lib)
find_program(NIGHTJAR_LLVM_LIBTOOL NAMES llvm-libtool-darwin-14 llvm-libtool-darwin)

set(NIGHTJAR_PACKAGE_ROOT "${CMAKE_BINARY_DIR}/kernel-packages")

# The command that puts archives together into `library`, in the form that the target's linkers read.
function(nightjar_archive_command target library archives result)
  if(target MATCHES "windows")
    set(command "${NIGHTJAR_LLVM_LIB}" /nologo "/out:${library}" ${archives})
  elseif(target MATCHES "ios|osx")
    set(command "${NIGHTJAR_LLVM_LIBTOOL}" -static -D -o "${library}" ${archives})
  else()
    # L: the members of archives, not the archives themselves.
    set(command "${NIGHTJAR_LLVM_AR}" qcLsD "${library}" ${archives})
  endif()
  set(${result} ${command} PARENT_SCOPE)
endfunction()

# nightjar_add_kernel_package(NAME PROCESSORS): PROCESSORS as Halide writes them, between commas.
function(nightjar_add_kernel_package name processors)
  set(work "${NIGHTJAR_PACKAGE_ROOT}/work/${name}")
  set(package "${NIGHTJAR_PACKAGE_ROOT}/nightjar-kernels-${name}")
  set(extension a)
  set(library "${package}/lib/libnightjar_kernels.a")
  if(name MATCHES "windows")
    set(extension lib)
    set(library "${package}/lib/nightjar_kernels.lib")
  endif()
  file(MAKE_DIRECTORY "${work}" "${package}/lib" "${package}/include")
  string(REPLACE "," ";" processors "${processors}")
  list(GET processors -1 base)

  get_property(kernels GLOBAL PROPERTY NIGHTJAR_KERNELS)
  foreach(entry IN LISTS kernels)
    string(REPLACE ":" ";" entry "${entry}")
    list(GET entry 0 kernel)
    list(GET entry 1 generator)
    get_property(program GLOBAL PROPERTY NIGHTJAR_KERNEL_${kernel}_PROGRAM)
    get_property(suffix GLOBAL PROPERTY NIGHTJAR_KERNEL_${kernel}_SUFFIX)
    get_property(params GLOBAL PROPERTY NIGHTJAR_KERNEL_${kernel}_PARAMS)
    set(targets ${processors})
    list(TRANSFORM targets APPEND "${suffix}")
    list(JOIN targets "," targets)
    add_custom_command(
      OUTPUT "${work}/${kernel}.${extension}" "${work}/${kernel}.h"
      COMMAND ${NIGHTJAR_GENERATOR_LAUNCHER} $<TARGET_FILE:${program}> -g ${generator} -n ${kernel} -f ${kernel}
              -e static_library,c_header -o "${work}" "target=${targets}" ${params}
      DEPENDS ${program} VERBATIM
      COMMENT "Compiling kernel ${kernel} for ${name}")
    list(APPEND archives "${work}/${kernel}.${extension}")
    list(APPEND headers "${work}/${kernel}.h")
  endforeach()
  get_property(programs GLOBAL PROPERTY NIGHTJAR_GENERATORS)
  list(GET programs 0 program)
  add_custom_command(
    OUTPUT "${work}/halide_runtime.${extension}"
    COMMAND ${program} -r halide_runtime -e static_library -o "${work}" "target=${base}"
    DEPENDS ${program} VERBATIM
    COMMENT "Compiling the Halide runtime for ${name}")
  list(APPEND archives "${work}/halide_runtime.${extension}")

  nightjar_archive_command(${name} "${library}" "${archives}" archive_command)
  get_target_property(halide_includes Halide::Runtime INTERFACE_INCLUDE_DIRECTORIES)
  list(GET halide_includes 0 halide_include)
  set(NIGHTJAR_PACKAGE_LIBRARY "")
  cmake_path(GET library FILENAME NIGHTJAR_PACKAGE_LIBRARY)
  set(NIGHTJAR_PACKAGE_SYSTEM "${name}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/kernel-package-config.cmake.in"
                 "${package}/lib/cmake/nightjar-kernels/nightjar-kernels-config.cmake" @ONLY)
  set(archive "${NIGHTJAR_PACKAGE_ROOT}/nightjar-kernels-${PROJECT_VERSION}-${name}.tar.gz")
  add_custom_command(
    OUTPUT "${archive}"
    COMMAND ${CMAKE_COMMAND} -E rm -f "${library}"
    COMMAND ${archive_command}
    COMMAND ${CMAKE_COMMAND} -E copy_if_different ${headers} "${package}/include"
    COMMAND ${CMAKE_COMMAND} -E copy_if_different "${halide_include}/HalideRuntime.h" "${halide_include}/HalideBuffer.h"
            "${package}/include"
    COMMAND ${CMAKE_COMMAND} -E copy_if_different "${PROJECT_SOURCE_DIR}/LICENSE" "${package}/LICENSE"
    COMMAND ${CMAKE_COMMAND} -E copy_if_different "${NIGHTJAR_HALIDE_LICENCE}" "${package}/LICENSE.Halide"
    COMMAND nightjar_kernel_metadata "${package}/kernels.json"
    COMMAND ${CMAKE_COMMAND} -E chdir "${NIGHTJAR_PACKAGE_ROOT}" ${CMAKE_COMMAND} -E tar czf "${archive}"
            "nightjar-kernels-${name}"
    DEPENDS ${archives} ${headers} nightjar_kernel_metadata "${PROJECT_SOURCE_DIR}/LICENSE"
            "${PROJECT_SOURCE_DIR}/cmake/kernel-package-config.cmake.in"
    COMMAND_EXPAND_LISTS VERBATIM
    COMMENT "Packing the kernels for ${name}")
  add_custom_target(kernel-package-${name} DEPENDS "${archive}")
  add_dependencies(kernel-packages kernel-package-${name})
endfunction()

# Declares the targets from all kernels added before.
function(nightjar_add_kernel_packages)
  find_file(NIGHTJAR_HALIDE_LICENCE NAMES copyright LICENSE.txt
            PATHS /usr/share/doc/libhalide14-0-dev /usr/share/doc/Halide NO_DEFAULT_PATH)
  foreach(needed NIGHTJAR_LLVM_AR NIGHTJAR_LLVM_LIB NIGHTJAR_LLVM_LIBTOOL NIGHTJAR_HALIDE_LICENCE)
    if(NOT ${needed})
      message(STATUS "no kernel packages: ${needed} was not found (Debian: llvm-14, libhalide14-0-dev)")
      return()
    endif()
  endforeach()
  add_custom_target(kernel-packages)
  foreach(entry IN LISTS NIGHTJAR_PACKAGES)
    string(FIND "${entry}" "=" at)
    string(SUBSTRING "${entry}" 0 ${at} name)
    math(EXPR at "${at} + 1")
    string(SUBSTRING "${entry}" ${at} -1 processors)
    nightjar_add_kernel_package(${name} ${processors})
  endforeach()
endfunction()
