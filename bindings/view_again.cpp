// Whether another evaluation would see what an earlier one saw.
#include <unordered_map>

#include "bindings/stat_proof.hpp"
#include "bindings/view.hpp"

namespace tierbuild::bindings {
Looks View::looks() const {
  if (files_->is_fixed()) return {root_, {}, {}, repeatable_};
  Looks all{root_, {}, files_->visited(), repeatable_};
  for (const auto& [key, look] : looks_) all.looks.push_back(look);
  join(all);
  return all;
}

bool View::is_unchanged(Looks& looks, std::span<const uint8_t> same, bool& renewed) {
  pinned_ = true;
  size_t count = looks.directories.size();
  for (size_t i = 0; i < looks.looks.size(); ++i) {
    Look& look = looks.looks[i];
    if (look.kind != Look::Kind::glob && !same[count + i] && !look_again(look, renewed)) return false;
  }
  if (!globs_are_unchanged(looks, same, renewed)) return false;
  if (renewed) join(looks);
  return true;
}

bool View::look_again(Look& look, bool& renewed) {
  if (look.kind == Look::Kind::read) {
    Look now{look.kind, look.path, {}, {}, {}};
    if (!read_bytes(look.path, now) || now.found != look.found) return false;
    renewed = renewed || now.stat != look.stat;
    look.stat = now.stat;
    return true;
  }
  LastLink link = look.kind == Look::Kind::exists ? LastLink::follow : LastLink::keep;
  Result<std::optional<fs::FileStat>> found = files_->look_up(relative(look.path), link);
  if (!found || digest_of(found->has_value()) != look.found) return false;
  fs::FileStat now = *found ? identity_of(**found) : fs::FileStat{};
  renewed = renewed || now != look.stat;
  look.stat = now;
  look.directories.clear();
  return true;
}

bool View::globs_are_unchanged(Looks& looks, std::span<const uint8_t> same, bool& renewed) {
  std::vector<Look*> proved;
  bool all = true;
  for (size_t i = 0; i < looks.looks.size(); ++i) {
    Look& look = looks.looks[i];
    if (look.kind != Look::Kind::glob || same[looks.directories.size() + i]) {
      proved.push_back(&look);
      continue;
    }
    all = false;
    Digest before = look.found;
    if (!match(look.path, look) || look.found != before) return false;
  }
  if (all) return true;

  // What was looked at again has new numbers; the others get theirs behind them.
  std::vector<fs::VisitedDirectory> now = files_->visited();
  std::unordered_map<std::string, uint32_t> numbers;
  for (const fs::VisitedDirectory& directory : now) numbers.emplace(directory.path, numbers.size());
  for (Look* look : proved)
    for (uint32_t& number : look->directories) {
      fs::VisitedDirectory& before = looks.directories[number];
      auto [known, is_new] = numbers.try_emplace(before.path, now.size());
      if (is_new)
        now.push_back(before);
      else if (now[known->second].stat != before.stat)
        now[known->second].stat = {};  // it changed meanwhile
      number = known->second;
    }
  auto directories = same.first(looks.directories.size());
  renewed = renewed || std::find(directories.begin(), directories.end(), false) != directories.end();
  looks.directories = std::move(now);
  return true;
}

}  // namespace tierbuild::bindings
