# nightjar_find_opencv(core calib3d …): makes the imported targets nightjar::opencv_core, … of the OpenCV modules named.
# Debian puts OpenCV's own CMake package into libopencv-dev, which depends on every module and on VTK; the module
# packages alone (libopencv-core-dev, libopencv-calib3d-dev, …) have only headers and libraries.
function(nightjar_find_opencv)
  find_path(NIGHTJAR_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
  foreach(module ${ARGN})
    find_library(NIGHTJAR_OPENCV_${module} opencv_${module} REQUIRED)
    if(NOT TARGET nightjar::opencv_${module})
      add_library(nightjar::opencv_${module} UNKNOWN IMPORTED GLOBAL)
      set_target_properties(nightjar::opencv_${module} PROPERTIES
        IMPORTED_LOCATION "${NIGHTJAR_OPENCV_${module}}"
        INTERFACE_INCLUDE_DIRECTORIES "${NIGHTJAR_OPENCV_INCLUDE}")
    endif()
  endforeach()
endfunction()
