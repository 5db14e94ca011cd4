# What `cmake --install` brings: the program with its helper (component `program`), and the embedding API
# (component `embedding`): libtierbuild.so, host.hpp, a CMake package and a pkg-config file.
include(CMakePackageConfigHelpers)

if(TARGET tierbuild)
  install(TARGETS tierbuild RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
endif()
if(TARGET tierbuild-step)
  install(TARGETS tierbuild-step RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/tierbuild COMPONENT program)
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tierbuild)
install(TARGETS tierbuild_shared EXPORT tierbuild
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT embedding NAMELINK_COMPONENT embedding)
install(FILES ${PROJECT_SOURCE_DIR}/bindings/include/tierbuild/host.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tierbuild COMPONENT embedding)
install(EXPORT tierbuild NAMESPACE tierbuild:: FILE tierbuild-targets.cmake
        DESTINATION ${package_dir} COMPONENT embedding)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/tierbuild-config.cmake.in
                              ${PROJECT_BINARY_DIR}/tierbuild-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tierbuild-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH include_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
configure_file(${CMAKE_CURRENT_LIST_DIR}/tierbuild.pc.in ${PROJECT_BINARY_DIR}/tierbuild.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/tierbuild-config.cmake ${PROJECT_BINARY_DIR}/tierbuild-config-version.cmake
        DESTINATION ${package_dir} COMPONENT embedding)
install(FILES ${PROJECT_BINARY_DIR}/tierbuild.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT embedding)
