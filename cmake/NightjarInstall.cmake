# What cmake --install adds to the command and the public libraries, which install themselves: the CMake package, the
# licence and the documents. The package has no dependency that it would have to find, so the export is its whole
# configuration.
include(CMakePackageConfigHelpers)

set(NIGHTJAR_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/nightjar")
install(EXPORT nightjar FILE nightjarConfig.cmake NAMESPACE nightjar:: DESTINATION "${NIGHTJAR_PACKAGE_DIR}")
# Before 1.0 a minor version may change everything.
write_basic_package_version_file("${CMAKE_BINARY_DIR}/nightjarConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/nightjarConfigVersion.cmake" DESTINATION "${NIGHTJAR_PACKAGE_DIR}")

install(FILES LICENSE README.md CHANGELOG.md DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY docs DESTINATION "${CMAKE_INSTALL_DOCDIR}")
