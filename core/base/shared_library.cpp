#include "base/shared_library.hpp"

#include <dlfcn.h>

namespace tierbuild {
namespace {

const char* last_failure() {
  const char* text = ::dlerror();
  return text == nullptr ? "unknown" : text;
}

}  // namespace

Result<SharedLibrary> SharedLibrary::open(const char* soname, const char* package) {
  void* handle = ::dlopen(soname, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return Error::make(Code::host_lacks, "the library {} cannot be opened: {}", soname, last_failure())
        .hint(fmt::format("install it; on Debian: apt-get install {}", package));
  return SharedLibrary(handle, soname);
}

Result<void*> SharedLibrary::find(const char* name) const {
  void* address = ::dlsym(handle_, name);
  if (address == nullptr)
    return Error::make(Code::host_lacks, "the library {} has no '{}': {}", soname_, name, last_failure())
        .hint("install the version that this program was built with");
  return address;
}

}  // namespace tierbuild
