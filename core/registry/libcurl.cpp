#include "registry/libcurl.hpp"

namespace tierbuild::registry {

Status open_libcurl() {
  static const Status opened = []() -> Status {
    TB_LET(SharedLibrary library, SharedLibrary::open(CURL_SONAME, CURL_PACKAGE));
    TB_LIBCURL(TB_TAKE_FUNCTION)
    if (CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT); code != CURLE_OK)
      return Error::make(Code::host_lacks, "{} cannot be used: {}", CURL_SONAME, curl_easy_strerror(code));
    return {};
  }();
  return opened;
}

}  // namespace tierbuild::registry
