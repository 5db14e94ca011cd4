// `-o type=…,dest=…`: where finished images go besides the store.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/transfer.hpp"

namespace tierbuild::cli {

struct Output {
  enum class Kind { file, load, push } kind = Kind::file;
  store::OutputFormat format = store::OutputFormat::oci;
  std::string dest;
  std::set<std::string> of = {};  // ids of the targets that it is for; empty: all
  bool takes(const std::string& id) const { return of.empty() || of.contains(id); }
  bool to_stdout() const { return kind == Kind::file && dest == "-"; }
};

/// Parses `type=oci|docker|tar|local|registry,dest=PATH`; a bare PATH is `local`, a bare `-` is `tar` on
/// standard output. Without dest, `docker` is given to the engine of this host; `oci` and `tar` go to
/// standard output. `invalid` with a hint.
Result<Output> parse_output(const std::string& text);

}  // namespace tierbuild::cli
