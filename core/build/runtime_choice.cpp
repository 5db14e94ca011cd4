#include "build/runtime_choice.hpp"

#include <unistd.h>

#include "fs/file.hpp"
#include "sandbox/runtime.hpp"

namespace tierbuild::build {

Result<std::string> choose_runtime(store::Store& store, const std::string& asked) {
  constexpr const char* kSpace = "host";
  if (asked.empty()) {
    TB_LET(std::optional<std::string> known, store.records().value(kSpace, "runtime"));
    if (known && ::access(known->c_str(), X_OK) == 0) return *known;
  }
  TB_LET(fs::TempDir scratch, fs::TempDir::make(store.tmp(), "probe"));
  TB_LET(sandbox::Runtime runtime, sandbox::probe_runtime(asked, scratch.path()));
  if (asked.empty()) TB_TRY(store.records().put_value(kSpace, "runtime", runtime.path));
  return runtime.path;
}

}  // namespace tierbuild::build
