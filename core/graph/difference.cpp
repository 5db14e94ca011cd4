#include "graph/difference.hpp"

#include <map>
#include <set>

#include "base/strings.hpp"
#include "graph/difference_lines.hpp"
#include "graph/sequence.hpp"

namespace tierbuild::graph {
namespace {

using How = Change::How;
using Subject = Change::Subject;
using Words = std::vector<std::string_view>;

constexpr std::string_view kText = "@text ", kLines = "@lines ", kLink = "@link ", kFile = "file ";
constexpr std::string_view kCommit = "commit";  // in place of the mode, of a checkout as a whole

/// The fields of one key, sorted by what they are.
struct Side {
  std::vector<std::string_view> order;  // names of scalars and lists, each once
  std::map<std::string_view, std::string_view> scalars;
  std::map<std::string_view, Words> lists;
  std::vector<std::pair<std::string_view, std::string_view>> files;   // path and "mode content", sorted
  std::vector<std::pair<std::string_view, std::string_view>> inputs;  // stacks and sources
  std::map<std::string_view, std::string_view> asides;

  explicit Side(const std::vector<KeyField>& fields) {
    std::set<std::string_view> seen;
    auto note = [&](std::string_view name) {
      if (seen.insert(name).second) order.push_back(name);
    };
    for (const KeyField& field : fields) {
      std::string_view name = field.name;
      if (name.starts_with('@')) {
        asides.emplace(name, field.value);
      } else if (name.starts_with(kFile)) {
        files.emplace_back(name.substr(kFile.size()), field.value);
      } else if (name == "stands on" || name.starts_with("reads image[") || name.starts_with("source[")) {
        inputs.emplace_back(name, field.value);
      } else if (name.starts_with('#')) {
        lists[name.substr(1)];
        note(name.substr(1));
      } else if (name.ends_with(']')) {
        std::string_view list = name.substr(0, name.rfind('['));
        lists[list].push_back(field.value);
        note(list);
      } else {
        scalars[name] = field.value;
        note(name);
      }
    }
    // Those of one source are sorted; a file that two sources hold is the same file.
    if (!std::is_sorted(files.begin(), files.end())) std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
  }

  std::string_view aside(const std::string& name) const {
    auto found = asides.find(name);
    return found == asides.end() ? std::string_view() : found->second;
  }
  std::string_view aside(std::string_view kind, std::string_view list, size_t index) const {
    return aside(fmt::format("{}{}[{}]", kind, list, index));
  }
  std::string_view link(std::string_view path) const { return aside(std::string(kLink) + std::string(path)); }
  Words list(std::string_view name) const {
    auto found = lists.find(name);
    return found == lists.end() ? Words() : found->second;
  }
};

std::string_view first_words(std::string_view text, int count) {
  size_t end = 0;
  while (count-- > 0 && end != std::string_view::npos) end = text.find(' ', end == 0 ? 0 : end + 1);
  return text.substr(0, end);
}

/// The attributes of a mount or of copied files that differ: those of each side, joined.
std::pair<std::string, std::string> differing(std::string_view before, std::string_view now) {
  std::string gone, added;
  Words old = split(before, ' '), fresh = split(now, ' ');
  for (const Pairing& pair : align_sequences(old, fresh)) {
    if (pair.before && pair.now) continue;
    std::string& side = pair.before ? gone : added;
    side += (side.empty() ? "" : " ") + std::string(pair.before ? old[*pair.before] : fresh[*pair.now]);
  }
  return {gone, added};
}

class Comparison {
 public:
  Comparison(const std::vector<KeyField>& before, const std::vector<KeyField>& now)
      : before_(before), now_(now) {}

  std::vector<Change> run() {
    for (std::string_view name : now_.order) compare(name);
    for (std::string_view name : before_.order)
      if (!now_.scalars.contains(name) && !now_.lists.contains(name)) compare(name);
    files();
    inputs();
    // The line by which a script is shown to people says no more than the others.
    if (changes_.empty()) changes_ = std::move(titles_);
    std::stable_partition(changes_.begin(), changes_.end(),
                          [](const Change& change) { return change.subject != Subject::image; });
    return std::move(changes_);
  }

 private:
  void add(Subject subject, How how, std::string_view name, std::string_view before = {},
           std::string_view now = {}) {
    changes_.push_back({subject, how, std::string(name), std::string(before), std::string(now), {}, {}});
  }

  void compare(std::string_view name) {
    if (before_.lists.contains(name) || now_.lists.contains(name)) {
      Words before = before_.list(name), now = now_.list(name);
      if (before == now && name != "mounts" && name != "items") return;
      if (name == "argv") return command(before, now);
      if (name == "packages") return packages(before, now);
      if (name == "mounts") return mounts(before, now);
      if (name == "items") return items(before, now);
      if (name == "base_env") return base_env(before, now);
      return words(name, before, now);
    }
    scalar(name);
  }

  void scalar(std::string_view name) {
    auto old = before_.scalars.find(name), fresh = now_.scalars.find(name);
    bool was = old != before_.scalars.end(), is = fresh != now_.scalars.end();
    std::string_view before = was ? old->second : "", now = is ? fresh->second : "";
    if (was && is && before == now) return;
    if (name == "script" && was && is && texts("script", "the script", 0, 0)) return;
    // Another tag has another digest behind it.
    if (name == "pin" && before_.scalars["reference"] != now_.scalars["reference"]) return;
    if (name == "schema") return add(Subject::version, How::changed, "");
    if (name == "layers") return add(Subject::image, How::changed, name);
    How how = !was ? How::added : !is ? How::gone : How::changed;
    if (name == "network" && how == How::changed)
      return add(Subject::field, how, name, before == "host" ? "on" : "off", now == "host" ? "on" : "off");
    if (name == "user" && how == How::changed)
      return add(Subject::field, how, name, before.empty() ? "root" : before, now.empty() ? "root" : now);
    if (name == "limits" && how == How::changed) {
      auto [gone, added] = differing(before, now);
      return add(Subject::field, how, name, gone, added);
    }
    static const std::map<std::string_view, std::string_view> kPlain{
        {"pin", "the digest behind its tag"},
        {"reference", "its base"},
        {"from", "its base"},
        {"epoch", "SOURCE_DATE_EPOCH"},
        {"base config", "the config of its base"}};
    auto plain = kPlain.find(name);
    add(Subject::field, how, plain == kPlain.end() ? name : plain->second, before, now);
  }

  void words(std::string_view name, const Words& before, const Words& now) {
    for (const Pairing& pair :
         pair_sequences(before, now, std::equal_to<>(), [](auto, auto) { return true; })) {
      if (!pair.before)
        add(Subject::word, How::added, name, "", now[*pair.now]);
      else if (!pair.now)
        add(Subject::word, How::gone, name, before[*pair.before]);
      else if (before[*pair.before] != now[*pair.now])
        add(Subject::word, How::changed, name, before[*pair.before], now[*pair.now]);
    }
  }

  // The script of a shell is compared by line, any other command by word.
  void command(const Words& before, const Words& now) {
    auto is_script = [](const Words& argv) {
      return argv.size() >= 3 && argv[argv.size() - 2].starts_with('-') &&
             argv[argv.size() - 2].ends_with('c');
    };
    if (!is_script(before) || !is_script(now)) return words("argv", before, now);
    words("argv", Words(before.begin(), before.end() - 1), Words(now.begin(), now.end() - 1));
    script_changes(before.back(), now.back(), changes_, titles_);
  }

  void packages(const Words& before, const Words& now) {
    for (const Pairing& pair : align_sequences(before, now)) {
      if (!pair.before) add(Subject::package, How::added, now[*pair.now]);
      if (!pair.now) add(Subject::package, How::gone, before[*pair.before]);
    }
  }

  void base_env(const Words& before, const Words& now) {
    std::map<std::string_view, std::string_view> old, fresh;
    auto fill = [](const Words& words, auto& map) {
      for (std::string_view word : words) map[word.substr(0, word.find('='))] = word;
    };
    auto value = [](std::string_view word) { return word.substr(std::min(word.size(), word.find('=') + 1)); };
    fill(before, old);
    fill(now, fresh);
    for (const auto& [name, word] : fresh) {
      auto was = old.find(name);
      std::string field = fmt::format("env.{} of its base", name);
      if (was == old.end())
        add(Subject::field, How::added, field, "", value(word));
      else if (was->second != word)
        add(Subject::field, How::changed, field, value(was->second), value(word));
    }
    for (const auto& [name, word] : old)
      if (!fresh.contains(name))
        add(Subject::field, How::gone, fmt::format("env.{} of its base", name), value(word));
  }

  // The n-th texts of a list on both sides; true if their lines say what differs.
  bool texts(std::string_view list, const std::string& name, size_t old, size_t fresh) {
    std::string_view before = before_.aside(kText, list, old), now = now_.aside(kText, list, fresh);
    if (before == now) return false;
    size_t count = changes_.size();
    text_changes(name, {before, before_.aside(kLines, list, old)}, {now, now_.aside(kLines, list, fresh)},
                 changes_);
    return changes_.size() > count;
  }

  void mounts(const Words& before, const Words& now) {
    auto same = [](std::string_view a, std::string_view b) { return first_words(a, 2) == first_words(b, 2); };
    auto name_of = [](std::string_view mount) {
      std::string_view kind = first_words(mount, 1), both = first_words(mount, 2);
      return fmt::format("{} mount {}", kind, both.substr(std::min(both.size(), kind.size() + 1)));
    };
    for (const Pairing& pair : pair_sequences(before, now, same, same)) {
      if (!pair.before) {
        add(Subject::mount, How::added, name_of(now[*pair.now]));
        continue;
      }
      if (!pair.now) {
        add(Subject::mount, How::gone, name_of(before[*pair.before]));
        continue;
      }
      std::string_view old = before[*pair.before], fresh = now[*pair.now];
      std::string name = name_of(fresh);
      if (old == fresh || texts("mounts", name, *pair.before, *pair.now)) continue;
      auto [gone, added] = differing(old, fresh);
      add(Subject::mount, How::changed, name, gone, added);
    }
  }

  // "files to=/app owner=…": what is placed, where and how.
  void items(const Words& before, const Words& now) {
    auto place = [](std::string_view item) {
      size_t at = item.find(" to=");
      return at == std::string_view::npos ? item : first_words(item.substr(at + 4), 1);
    };
    auto alike = [&](std::string_view a, std::string_view b) {
      return place(a) == place(b) || first_words(a, 1) == first_words(b, 1);
    };
    auto same = [&](std::string_view a, std::string_view b) {
      return place(a) == place(b) && first_words(a, 1) == first_words(b, 1);
    };
    auto name_of = [&](std::string_view item) { return fmt::format("copy to {}", place(item)); };
    for (const Pairing& pair : pair_sequences(before, now, same, alike)) {
      if (!pair.before) {
        add(Subject::item, How::added, name_of(now[*pair.now]));
        continue;
      }
      if (!pair.now) {
        add(Subject::item, How::gone, name_of(before[*pair.before]));
        continue;
      }
      std::string_view old = before[*pair.before], fresh = now[*pair.now];
      if (old == fresh || texts("items", fmt::format("text of {}", place(fresh)), *pair.before, *pair.now))
        continue;
      auto [gone, added] = differing(old, fresh);
      add(Subject::item, How::changed, name_of(fresh), gone, added);
    }
  }

  using File = std::pair<std::string_view, std::string_view>;

  static bool is_directory(const File& file) { return file.second.ends_with(" directory"); }
  void note(Subject subject, How how, const File& file, std::string_view before = {},
            std::string_view now = {}) {
    found_.push_back({subject, how, std::string(file.first), std::string(before), std::string(now), {}, {}});
  }

  void files() {
    std::vector<File> gone, added;
    auto old = before_.files.begin(), old_end = before_.files.end();
    for (const File& file : now_.files) {
      for (; old != old_end && old->first < file.first; ++old) gone.push_back(*old);
      if (old == old_end || old->first != file.first)
        added.push_back(file);
      else
        changed(*old++, file);
    }
    gone.insert(gone.end(), old, old_end);
    renamed(gone, added);
    // A directory that comes or goes with its files says nothing of its own.
    bool only_directories = found_.empty() && std::all_of(gone.begin(), gone.end(), is_directory) &&
                            std::all_of(added.begin(), added.end(), is_directory);
    for (const File& file : added)
      if (only_directories || !is_directory(file)) note(Subject::file, How::added, file);
    for (const File& file : gone)
      if (only_directories || !is_directory(file)) note(Subject::file, How::gone, file);
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Change& a, const Change& b) { return a.name < b.name; });
    any_file_ = !found_.empty();
    std::move(found_.begin(), found_.end(), std::back_inserter(changes_));
  }

  void changed(const File& before, const File& now) {
    if (before.second == now.second) return;
    std::string_view mode = first_words(now.second, 1), old_mode = first_words(before.second, 1);
    if (mode == kCommit) {
      note(Subject::field, How::changed, now,
           old_mode == kCommit ? before.second.substr(mode.size() + 1) : "",
           now.second.substr(mode.size() + 1));
      return;
    }
    std::string_view target = now_.link(now.first), old_target = before_.link(now.first);
    if (!target.empty() && !old_target.empty())
      note(Subject::link, How::changed, now, old_target, target);
    else if (now.second.substr(mode.size()) == before.second.substr(old_mode.size()))
      note(Subject::file, How::mode, now, old_mode, mode);
    else
      note(Subject::file, How::changed, now);
  }

  // Takes out of both lists what has the same mode and content under another path, best under the same name.
  void renamed(std::vector<File>& gone, std::vector<File>& added) {
    auto base_name = [](std::string_view path) { return path.substr(path.rfind('/') + 1); };
    std::multimap<std::string_view, std::string_view> lost;  // content → path
    for (const File& file : gone)
      if (!is_directory(file)) lost.emplace(file.second, file.first);
    std::set<std::string_view> taken;
    std::erase_if(added, [&](const File& file) {
      auto [first, last] = lost.equal_range(file.second);
      auto match = std::find_if(
          first, last, [&](const auto& entry) { return base_name(entry.second) == base_name(file.first); });
      if (match == last) match = first;
      if (match == last) return false;
      note(Subject::file, How::renamed, file, match->second);
      taken.insert(match->second);
      lost.erase(match);
      return true;
    });
    std::erase_if(gone, [&](const File& file) { return taken.contains(file.first); });
  }

  // Stacks are named by what they are for, so that one more image that is read is one more input.
  void inputs() {
    std::map<std::string_view, std::string_view> old(before_.inputs.begin(), before_.inputs.end());
    for (const auto& [name, now] : now_.inputs) {
      auto was = old.find(name);
      bool same = was != old.end() && was->second == now;
      if (same || (was == old.end() && !changes_.empty())) continue;
      if (name.starts_with("source[") && any_file_) continue;
      add(Subject::image, was == old.end() ? How::added : How::changed, name);
    }
  }

  Side before_, now_;
  std::vector<Change> changes_, titles_, found_;  // found_: of files
  bool any_file_ = false;
};

}  // namespace

std::vector<KeyField> asides_of(const Operation& op) {
  std::vector<KeyField> asides;
  auto add = [&](std::string_view list, size_t index, const Source& source) {
    const auto* text = std::get_if<TextSource>(&source);
    if (text == nullptr) return;
    std::string field = fmt::format("{}[{}]", list, index);
    asides.push_back({std::string(kText) + field, text->text});
    if (!text->lines.empty()) asides.push_back({std::string(kLines) + field, written(text->lines)});
  };
  if (const Run* run = std::get_if<Run>(&op)) {
    for (size_t i = 0; i < run->mounts.size(); ++i)
      if (const Source* source = source_of(run->mounts[i])) add("mounts", i, *source);
    if (run->script) add("script", 0, TextSource{run->script->text});
  } else if (const Copy* copy = std::get_if<Copy>(&op)) {
    for (size_t i = 0; i < copy->items.size(); ++i) add("items", i, copy->items[i].source);
  } else if (const Place* place = std::get_if<Place>(&op)) {
    for (size_t i = 0; i < place->items.size(); ++i) add("items", i, place->items[i].source);
  }
  return asides;
}

std::vector<Change> differences(const std::vector<KeyField>& before, const std::vector<KeyField>& now) {
  return Comparison(before, now).run();
}

}  // namespace tierbuild::graph
