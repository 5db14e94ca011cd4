// SharedLibrary: a library that is opened when it is first needed, not when the program starts.
#pragma once

#include "base/result.hpp"

namespace tierbuild {

/// A library of a table of functions (TB_OPENED_FUNCTION), opened by its SONAME for the rest of the process.
class SharedLibrary {
 public:
  /// `package` is the one that holds it on Debian. Fails with `host_lacks`.
  static Result<SharedLibrary> open(const char* soname, const char* package);

  /// Fills in a pointer to the function `name`, which has the type that its header declares.
  template <class Function>
  Status take(const char* name, Function*& function) const {
    TB_LET(void* address, find(name));
    function = reinterpret_cast<Function*>(address);
    return {};
  }

 private:
  SharedLibrary(void* handle, const char* soname) : handle_(handle), soname_(soname) {}
  Result<void*> find(const char* name) const;

  void* handle_;
  const char* soname_;
};

/// A table is a macro that applies its argument to the name of each function in use:
///
///   #define TB_LIBFOO(each) each(foo_new); each(foo_free);
///   TB_LIBFOO(TB_OPENED_FUNCTION)
///
/// declares pointers of the functions' own names in a namespace of the project. There, calls look as in any
/// program; one of a function that is missing in the table does not link. They may be made once
/// `TB_LIBFOO(TB_TAKE_FUNCTION)`, in a function that returns Status and has a `library`, has succeeded.
#define TB_OPENED_FUNCTION(name) inline decltype(&::name) name = nullptr
#define TB_TAKE_FUNCTION(name) TB_TRY(library.take(#name, name))

}  // namespace tierbuild
