# Every third-party library is named here once; all are Debian packages (see the wrapper `tierbuild`).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

pkg_check_modules(LUAJIT REQUIRED IMPORTED_TARGET luajit)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(GIT2 REQUIRED IMPORTED_TARGET libgit2)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(LIBYAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)

# tb_prefer_archives(<prefix>...): programs link the archive of a library that has one. To start a program with all of
# these as shared libraries takes longer than most of its runs; libtierbuild.so links those, as code of archives need not
# be fit for one.
function(tb_prefer_archives)
  foreach(prefix IN LISTS ARGN)
    set(others ${${prefix}_LINK_LIBRARIES})
    list(POP_FRONT others shared)
    string(REGEX REPLACE "\\.so$" "" stem ${shared})
    foreach(archive IN ITEMS ${stem}.a ${stem}_a.a)
      if(EXISTS ${archive})
        set_target_properties(PkgConfig::${prefix} PROPERTIES INTERFACE_LINK_LIBRARIES
          "$<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>,${archive};m,${shared}>;${others}")
      endif()
    endforeach()
  endforeach()
endfunction()
tb_prefer_archives(LUAJIT UV ZSTD CRYPTO SQLITE SECCOMP LIBYAML)

# fmt comes without an archive, but with what makes one.
add_library(tb_fmt STATIC ${CMAKE_CURRENT_LIST_DIR}/fmt.cpp)
target_include_directories(tb_fmt SYSTEM PUBLIC $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
target_compile_definitions(tb_fmt PUBLIC FMT_SHARED) # the same declarations as those of libfmt.so

# tb_opened_at_need(<prefix>...): libraries that few runs need are opened by name at run time, as the dynamic loader
# would take longer over them, and over all that they bring along, than most runs take. `Opened::<prefix>` has the
# headers and the macros <prefix>_SONAME and <prefix>_PACKAGE (the Debian package, by Debian's rule for its name).
function(tb_opened_at_need)
  foreach(prefix IN LISTS ARGN)
    list(GET ${prefix}_LINK_LIBRARIES 0 file)
    execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${file} OUTPUT_VARIABLE headers COMMAND_ERROR_IS_FATAL ANY)
    if(NOT headers MATCHES "SONAME +([^\n]+)")
      message(FATAL_ERROR "${file} has no SONAME")
    endif()
    set(soname ${CMAKE_MATCH_1})
    string(REGEX REPLACE "([0-9])\\.so\\.(.+)$" "\\1-\\2" package ${soname})
    string(REGEX REPLACE "\\.so\\.(.+)$" "\\1" package ${package})
    add_library(Opened::${prefix} INTERFACE IMPORTED GLOBAL)
    target_include_directories(Opened::${prefix} INTERFACE ${${prefix}_INCLUDE_DIRS})
    target_compile_definitions(Opened::${prefix} INTERFACE ${prefix}_SONAME="${soname}" ${prefix}_PACKAGE="${package}")
  endforeach()
endfunction()
tb_opened_at_need(GIT2 CURL ARCHIVE)
