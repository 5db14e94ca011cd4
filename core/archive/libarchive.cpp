#include "archive/libarchive.hpp"

namespace tierbuild::archive {

Status open_libarchive() {
  static const Status opened = []() -> Status {
    TB_LET(SharedLibrary library, SharedLibrary::open(ARCHIVE_SONAME, ARCHIVE_PACKAGE));
    TB_LIBARCHIVE(TB_TAKE_FUNCTION)
    return {};
  }();
  return opened;
}

}  // namespace tierbuild::archive
