// What rules ask of one layer: its names, and what its few telling files say. Kept in the store, as reading a
// layer means to unpack all of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "hash/digest.hpp"
#include "lint/image_facts.hpp"
#include "store/store.hpp"

namespace tierbuild::cli {

struct LayerFacts {
  struct Entry {
    std::string path;
    lint::FileFact fact;
    bool hardlink = false;  // then `link` of the fact is the path of the first name
  };
  std::vector<Entry> entries;                                // in the order of the layer
  std::map<std::string, python::InstalledPackage> packages;  // by the path of the file that says so
  std::map<std::string, std::string> texts;                  // accounts, and names of packages, by path
};

/// Read once; the next time they come from the store. Fails with `not_found` if the store lacks the layer.
Result<LayerFacts> layer_facts(store::Store& store, const Digest& diff_id, const Digest& blob);

}  // namespace tierbuild::cli
