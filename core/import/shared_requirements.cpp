#include "import/shared_requirements.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/strings.hpp"
#include "dockerfile/ignore_file.hpp"
#include "dockerfile/stage_build.hpp"
#include "import/sayable.hpp"
#include "import/script.hpp"
#include "python/requirements_file.hpp"

namespace tierbuild::imports {
namespace {

using dockerfile::CopyOperation;
using dockerfile::Operation;
using dockerfile::RunOperation;
using Words = std::vector<std::string>;

/// `pip install OPTIONS -r FILE`, and nothing else.
struct PipInstall {
  Words words;
  size_t file = 0;  // in words

  static std::optional<PipInstall> of(const RunOperation& run) {
    if (run.argv.size() != 3 || run.argv[0] != "/bin/sh" || run.argv[1] != "-c") return std::nullopt;
    const std::string& script = run.argv[2];
    if (!is_plain(script) || script.find_first_of("'\"&|<>*?[~") != std::string::npos) return std::nullopt;
    PipInstall pip;
    for (std::string_view word : split(script, ' '))
      if (!word.empty()) pip.words.emplace_back(word);
    size_t at = 0;
    if (pip.words.size() > 2 && pip.words[0].starts_with("python") && pip.words[1] == "-m") at = 2;
    if (pip.words.size() < at + 4 || !pip.words[at].starts_with("pip") || pip.words[at + 1] != "install")
      return std::nullopt;
    static const std::set<std::string> kAlone = {"--no-cache-dir",
                                                 "-q",
                                                 "--quiet",
                                                 "--no-warn-script-location",
                                                 "--disable-pip-version-check",
                                                 "--no-compile",
                                                 "--prefer-binary",
                                                 "--break-system-packages",
                                                 "--user",
                                                 "--no-input"};
    static const std::set<std::string> kWithValue = {
        "-i",        "--index-url", "--extra-index-url", "--trusted-host", "--root-user-action",
        "--timeout", "--retries"};
    for (at += 2; at < pip.words.size(); ++at) {
      const std::string& word = pip.words[at];
      bool takes_value = kWithValue.contains(word), is_file = word == "-r" || word == "--requirement";
      if ((takes_value || is_file) && ++at == pip.words.size()) return std::nullopt;
      if (is_file && pip.file != 0) return std::nullopt;
      if (is_file) pip.file = at;
      size_t equals = word.find('=');
      bool known = takes_value || is_file || kAlone.contains(word) ||
                   (equals != std::string::npos && kWithValue.contains(word.substr(0, equals)));
      if (!known) return std::nullopt;
    }
    return pip.file == 0 ? std::nullopt : std::optional(std::move(pip));
  }

  std::string script_for(const std::string& other) const {
    Words changed = words;
    changed[file] = other;
    return join(changed, " ");
  }
};

/// A file of the context, as a COPY puts it into the image.
struct CopiedFile {
  size_t operation = 0;
  std::string source, text;
};

/// A step that may be split: where, and what comes of it.
struct Split {
  Translation* translation = nullptr;
  size_t stage = 0, run = 0;
  std::string key;                    // equal for those that would share the step
  std::string file;                   // of the context, that is shared
  std::vector<Operation> operations;  // of the stage, split
  std::string contradiction;          // why it must not be
};

class Splitter {
 public:
  explicit Splitter(Translation& translation) : translation_(translation) {}

  std::vector<Split> all() {
    std::vector<Split> found;
    auto& stages = translation_.build.stages;
    for (stage_ = 0; stage_ < stages.size(); ++stage_) {
      for (run_ = 0; run_ < stages[stage_].operations.size(); ++run_) {
        const auto* run = std::get_if<RunOperation>(&stages[stage_].operations[run_].what);
        if (run == nullptr) continue;
        if (auto pip = PipInstall::of(*run))
          for (Split& split : splits_of(*run, *pip)) found.push_back(std::move(split));
      }
    }
    return found;
  }

 private:
  const std::vector<Operation>& operations() const { return translation_.build.stages[stage_].operations; }

  std::vector<Split> splits_of(const RunOperation& run, const PipInstall& pip) {
    find_files();
    std::vector<Split> found;
    std::string own = dockerfile::clean_path(run.cwd, pip.words[pip.file]);
    if (!files_.contains(own)) return found;
    for (const std::string& included : includes_of(own)) {
      if (!files_.contains(included) || was_installed(files_.at(included).source)) continue;
      std::set<std::string> closure;
      if (!close(included, closure) || closure.contains(own)) continue;
      found.push_back(split(run, pip, own, included, closure));
    }
    return found;
  }

  // Those that are there when the command runs, and since no other command ran.
  void find_files() {
    files_.clear();
    for (size_t i = run_; i-- > 0;) {
      if (std::holds_alternative<RunOperation>(operations()[i].what)) break;
      const auto* copy = std::get_if<CopyOperation>(&operations()[i].what);
      if (copy == nullptr || !std::holds_alternative<dockerfile::FromContext>(copy->from) || copy->parents ||
          copy->verb == dockerfile::Copy::Verb::add || !copy->exclude.empty() || copy->link)
        continue;
      for (const std::string& source : copy->sources) {
        if (source.find_first_of("*?[\\") != std::string::npos) continue;
        std::filesystem::path path =
            std::filesystem::path(translation_.request->context) / source.substr(source[0] == '/');
        std::error_code failure;
        if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(path, failure))) continue;
        auto text = dockerfile::read_from_disk(path);
        if (!text || !*text) continue;
        std::string to = copy->to.ends_with('/') ? copy->to + path.filename().string() : copy->to;
        files_.try_emplace(to, CopiedFile{i, source, **text});
      }
    }
  }

  /// The files that one includes, as paths in the image.
  Words includes_of(const std::string& file) const {
    Words found;
    for (std::string_view line : split_lines(files_.at(file).text)) {
      line = trim(line);
      for (std::string_view flag : {"-r", "--requirement"}) {
        if (!line.starts_with(flag)) continue;
        std::string_view rest = trim(line.substr(flag.size()));
        if (rest.starts_with('=')) rest = trim(rest.substr(1));
        rest = rest.substr(0, rest.find_first_of(" \t"));
        found.push_back(
            dockerfile::clean_path(std::filesystem::path(file).parent_path().string(), std::string(rest)));
        break;
      }
    }
    return found;
  }

  static std::vector<std::string_view> split_lines(std::string_view text) {
    return tierbuild::split(text, '\n');
  }

  bool close(const std::string& file, std::set<std::string>& closure) const {
    if (!files_.contains(file)) return false;
    if (!closure.insert(file).second) return true;
    Words inner = includes_of(file);
    return std::all_of(inner.begin(), inner.end(),
                       [&](const std::string& one) { return close(one, closure); });
  }

  /// Whether an earlier command speaks of it.
  bool was_installed(const std::string& source) const {
    std::string name = std::filesystem::path(source).filename().string();
    auto speaks = [&](const Operation& operation) {
      const auto* run = std::get_if<RunOperation>(&operation.what);
      return run != nullptr && run->argv.back().find(name) != std::string::npos;
    };
    const auto& stages = translation_.build.stages;
    size_t stage = stage_;
    if (std::any_of(operations().begin(), operations().begin() + static_cast<long>(run_), speaks))
      return true;
    while (const auto* base = std::get_if<dockerfile::FromStage>(&stages[stage].base)) {
      stage = base->index;
      if (std::any_of(stages[stage].operations.begin(), stages[stage].operations.end(), speaks)) return true;
    }
    // What another target holds is not looked at.
    return std::holds_alternative<dockerfile::FromNamed>(stages[stage].base);
  }

  Split split(const RunOperation& run, const PipInstall& pip, const std::string& own,
              const std::string& included, const std::set<std::string>& closure) {
    Split out;
    out.translation = &translation_;
    out.stage = stage_;
    out.run = run_;
    out.file = files_.at(included).source;
    out.contradiction = contradiction(own, included);
    size_t first = files_.at(own).operation;
    for (const std::string& file : closure) first = std::min(first, files_.at(file).operation);
    for (size_t i = first; i < run_; ++i)
      if (std::holds_alternative<dockerfile::DirectoryOperation>(operations()[i].what))
        out.contradiction = "a WORKDIR stands between the files";
    const std::vector<Operation>& old = operations();
    out.operations.assign(old.begin(), old.begin() + static_cast<long>(first));
    for (const std::string& file : closure) {
      const CopiedFile& copied = files_.at(file);
      Operation place = old[copied.operation];
      auto& copy = std::get<CopyOperation>(place.what);
      copy.sources = {copied.source};
      copy.texts.clear();
      copy.to = file;
      out.operations.push_back(std::move(place));
    }
    Operation install = old[run_];
    std::string written = included;
    if (!pip.words[pip.file].starts_with('/'))
      written = std::filesystem::path(included).lexically_relative(run.cwd).string();
    std::get<RunOperation>(install.what).argv.back() = pip.script_for(written);
    out.operations.push_back(std::move(install));
    out.key = key_below();
    for (const Operation& operation : out.operations) out.key += operation_text(operation);
    for (size_t i = first; i < old.size(); ++i) {
      Operation rest = old[i];
      if (auto* copy = std::get_if<CopyOperation>(&rest.what)) {
        std::erase_if(copy->sources, [&](const std::string& source) {
          return std::any_of(closure.begin(), closure.end(), [&](const std::string& file) {
            return files_.at(file).operation == i && files_.at(file).source == source;
          });
        });
        if (copy->sources.empty() && copy->texts.empty()) continue;
      }
      out.operations.push_back(std::move(rest));
    }
    return out;
  }

  /// What the stage stands on.
  std::string key_below() const {
    const auto& stages = translation_.build.stages;
    std::string key = translation_.context.path + "\n";
    size_t stage = stage_;
    while (const auto* base = std::get_if<dockerfile::FromStage>(&stages[stage].base)) {
      stage = base->index;
      for (const Operation& operation : stages[stage].operations) key += operation_text(operation);
    }
    return key + origin_text(stages[stage].base) + "\n";
  }

  /// Empty if the same packages are installed in two steps.
  std::string contradiction(const std::string& own, const std::string& included) const {
    python::RequirementsReader reader([this](const std::string& path) -> Result<std::string> {
      auto found = files_.find("/" + path);
      if (found == files_.end()) return Error::make(Code::not_found, "'{}' is not copied by its name", path);
      return found->second.text;
    });
    auto whole = reader.read(own.substr(1)), part = reader.read(included.substr(1));
    if (!whole) return whole.error().message();
    if (!part) return part.error().message();
    const python::InstallOptions &a = whole->options, &b = part->options;
    bool same_options = a.index == b.index && a.extra_index == b.extra_index &&
                        a.find_links == b.find_links && a.only_binary == b.only_binary &&
                        a.no_binary == b.no_binary && a.no_index == b.no_index && a.pre == b.pre &&
                        a.require_hashes == b.require_hashes;
    if (!same_options) return "it has options of its own";
    std::map<std::string, std::string> texts;
    for (const python::Requirement& one : part->entries) texts[one.name] = python::file_text({one});
    for (const python::Requirement& one : whole->entries)
      if (auto known = texts.find(one.name);
          known != texts.end() && known->second != python::file_text({one}))
        return fmt::format("it asks for another '{}'", one.name);
    if (python::file_text(whole->constraints) != python::file_text(part->constraints))
      return "it has constraints of its own";
    return {};
  }

  Translation& translation_;
  size_t stage_ = 0, run_ = 0;
  std::map<std::string, CopiedFile> files_;  // by their paths in the image
};

}  // namespace

void share_requirements(const std::vector<Translation*>& translations, std::vector<std::string>& notes) {
  std::map<std::string, std::vector<Split>> groups;
  for (Translation* translation : translations)
    for (Split& split : Splitter(*translation).all()) groups[split.key].push_back(std::move(split));
  std::set<const Translation*> done;  // one split each: it moves the others
  for (auto& [key, splits] : groups) {
    if (splits.size() < 2) continue;
    std::set<const Translation*> users;
    for (const Split& split : splits)
      if (split.contradiction.empty()) users.insert(split.translation);
    for (Split& split : splits) {
      if (!split.contradiction.empty()) {
        notes.push_back(fmt::format("{}: '{}' is not installed first: {}", split.translation->request->name,
                                    split.file, split.contradiction));
      } else if (users.size() > 1 && done.insert(split.translation).second) {
        split.translation->build.stages[split.stage].operations = std::move(split.operations);
      }
    }
  }
}

}  // namespace tierbuild::imports
