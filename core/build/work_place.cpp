// COPY and ADD of a Dockerfile: files where the stack has room for them, as BuildKit puts them.
#include <set>

#include "base/strings.hpp"
#include "build/place_archive.hpp"
#include "build/place_owner.hpp"
#include "build/place_source.hpp"
#include "build/placed_tree.hpp"
#include "build/staging.hpp"
#include "build/step_work.hpp"
#include "dockerfile/file_mode.hpp"
#include "fs/file.hpp"
#include "fs/ignore_rules.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::build {
namespace {

using archive::Entry;
using archive::EntryType;
using fs::ContextPattern;

constexpr uint32_t kNewDirectory = 0755;

std::string joined(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && !name.empty()) path += '/';
  return path += name;
}

// `/a/b/` and `/a/b/.` say that the path is a directory.
bool names_directory(std::string_view path) {
  return path.ends_with('/') || path.ends_with("/.") || fs::lexical_path(path).empty();
}

class PlaceWork final : public StepWork {
 public:
  PlaceWork(const WorkContext& context, const graph::Place& place, const std::string& label)
      : context_(context), place_(place), label_(label) {}

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    TB_TRY(set_up(stop));
    for (const graph::PlaceItem& item : place_.items)
      TB_TRY(place_item(item, stop), "while copying {}", printable(shown(item)));
    TB_LET(Output output, commit_plan(context_, std::move(*tree_).plan(), label_, stop));
    tree_.reset();
    for (const graph::PlaceItem& item : place_.items)
      if (const auto* files = std::get_if<graph::FileSource>(&item.source))
        TB_TRY(context_.sources.unchanged(*files));
    return output;
  }

 private:
  /// What one item names, and how it is copied.
  struct Job {
    const PlaceSource& source;
    std::optional<ContextPattern> only;  // `--parents`: what is copied of each match
  };

  Status set_up(const std::stop_token& stop) {
    std::optional<archive::MergedView> image;
    if (place_.looks_at_stack() && place_.on.valid()) {
      TB_LET(archive::MergedView view, context_.view(place_.on, stop));
      image.emplace(std::move(view));
    }
    if (!place_.owner.empty()) {
      TB_LET(Ids ids, ids_of(place_.owner, image ? &*image : nullptr));
      owner_ = ids;
    }
    if (!place_.mode.empty()) {
      TB_LET(dockerfile::FileMode mode, dockerfile::FileMode::parse(place_.mode));
      mode_ = std::move(mode);
      bool octal = place_.mode.front() >= '0' && place_.mode.front() <= '7';
      if (octal) new_directory_ = mode_->applied(0, dockerfile::FileMode::Of::directory) & 0777;
    }
    TB_LET(exclude_, fs::IgnoreRules::parse(join(place_.exclude, "\n")), "in --exclude");
    if (place_.link && place_.mode.empty()) image.reset();
    tree_.emplace(std::move(image), context_.options.epoch);
    TB_LET(fs::TempDir scratch, fs::TempDir::make(context_.world.store.tmp(), "place"));
    scratch_.emplace(std::move(scratch));
    return {};
  }

  static std::string shown(const graph::PlaceItem& item) {
    if (const auto* files = std::get_if<graph::FileSource>(&item.source))
      return files->include.empty() ? "." : files->include.front();
    if (const auto* image = std::get_if<graph::StackSource>(&item.source)) return image->path;
    return item.name;
  }

  Status place_item(const graph::PlaceItem& item, const std::stop_token& stop) {
    std::string pattern;
    TB_LET(std::unique_ptr<PlaceSource> source, open(item, pattern, stop));
    Job job{*source, std::nullopt};
    std::vector<std::string> paths{pattern};
    if (has_pattern(item)) {
      TB_LET(paths, read_pattern(pattern, job));
    }
    for (const std::string& path : paths) {
      ++copies_;
      if (item.unpack) {
        TB_LET(bool unpacked, unpack(*source, path, stop));
        if (unpacked) continue;
      }
      TB_TRY(copy(job, path, stop));
    }
    return {};
  }

  static bool has_pattern(const graph::PlaceItem& item) {
    return std::holds_alternative<graph::FileSource>(item.source) ||
           std::holds_alternative<graph::StackSource>(item.source);
  }

  // The pattern of an item, or its name, names what is copied in the source.
  Result<std::unique_ptr<PlaceSource>> open(const graph::PlaceItem& item, std::string& pattern,
                                            const std::stop_token& stop) {
    const int64_t mtime = context_.options.epoch;
    if (const auto* files = std::get_if<graph::FileSource>(&item.source)) {
      TB_LET(const SourceFiles* found, context_.sources.files(*files));
      if (!files->include.empty()) pattern = files->include.front();
      return context_source(*found, mtime);
    }
    if (const auto* image = std::get_if<graph::StackSource>(&item.source)) {
      TB_LET(archive::MergedView view, context_.view(image->stack, stop));
      pattern = image->path;
      return image_source(std::move(view));
    }
    PlaceSource::Item single;
    single.entry.mtime = mtime;
    if (const auto* text = std::get_if<graph::TextSource>(&item.source)) {
      single.entry.mode = 0644;
      single.entry.size = text->text.size();
      single.entry.path = fs::lexical_path(item.name);
      single.content = text->text;
    } else {
      TB_TRY(fetched(std::get<graph::FetchSource>(item.source), item.name, single));
    }
    pattern = single.entry.path;
    return single_source(std::move(single));
  }

  Status fetched(const graph::FetchSource& source, const std::string& name, PlaceSource::Item& single) {
    const auto& fetch = std::get<graph::Fetch>(context_.graph[source.node].op);
    const Digest& blob = context_.outputs[source.node].blob;
    TB_LET(single.entry.size, context_.world.store.blobs().size(blob));
    single.entry.mode = 0600;
    single.entry.path = fs::lexical_path(name);
    if (name.empty()) {
      std::string_view url = std::string_view(fetch.url).substr(0, fetch.url.find_first_of("?#"));
      std::string path = fs::lexical_path(url.substr(std::min(url.find("://") + 3, url.size())));
      single.entry.path = path.find('/') == std::string::npos ? "__unnamed__" : fs::last_name(path);
    }
    TB_LET(UniqueFd bytes, context_.world.store.blobs().open(blob));
    std::string file = (scratch_->path() / "fetched").string() + std::to_string(files_++);
    TB_TRY(copy_bytes(bytes.get(), file, 0600), "while copying {}", fetch.url);
    single.content = LayerPlan::File{std::move(file), blob};
    return {};
  }

  // What the pattern matches. With `--parents` that is a directory above, and `only` says what of it is
  // copied: what stands behind a `/./`, or all of the pattern.
  Result<std::vector<std::string>> read_pattern(const std::string& text, Job& job) const {
    std::string pattern = text, only;
    if (place_.parents) {
      size_t pivot = text.find("/./");
      pattern = pivot == std::string::npos ? "" : text.substr(0, pivot);
      only = pivot == std::string::npos ? text : text.substr(pivot + 3);
    }
    if (!fs::lexical_path(only).empty()) {
      TB_LET(ContextPattern below, ContextPattern::compile(only, ContextPattern::Deep::yes));
      job.only = std::move(below);
    }
    TB_LET(ContextPattern compiled, ContextPattern::compile(pattern, ContextPattern::Deep::no));
    return job.source.matches(compiled);
  }

  static Error not_found(std::string_view path) {
    return Error::make(Code::invalid, "there is no '/{}' to copy", printable(path))
        .hint("check the path, or what should have made it");
  }

  Ids owner_of_new() const { return owner_.value_or(Ids{}); }

  Result<bool> unpack(const PlaceSource& source, const std::string& path, const std::stop_token& stop) {
    TB_LET(std::string followed, source.resolve(path));
    TB_LET(std::optional<PlaceSource::Item> item, source.at(followed));
    if (!item || item->entry.type != EntryType::file) return false;
    TB_LET(UniqueFd fd, open_content(item->content));
    TB_LET(bool is_archive, archive::is_archive(fd.get(), stop));
    if (!is_archive) return false;
    TB_LET(std::string to, tree_->resolve(place_.to));
    TB_TRY(tree_->make_directories(to, kNewDirectory, owner_of_new()));
    std::filesystem::path scratch = scratch_->path() / std::to_string(copies_);
    TB_TRY(fs::make_directories(scratch));
    TB_TRY(unpack_into(*tree_, to, fd.get(), owner_, scratch, stop));
    return true;
  }

  // Where a match lands: in a directory that is there under its own name, but the content of a directory
  // lands in it.
  Result<std::string> destination(const std::string& path, bool is_directory) {
    std::string to = fs::lexical_path(place_.to);
    TB_LET(std::string above, tree_->resolve(names_directory(place_.to) ? to : fs::parent_path(to)));
    TB_TRY(tree_->make_directories(above, new_directory_, owner_of_new()));
    TB_LET(std::string target, tree_->resolve(to));
    TB_LET(const Entry* there, tree_->at(target));
    if (!is_directory && there != nullptr && there->type == EntryType::directory)
      target = joined(target, fs::last_name(path));
    bool makes_target = is_directory && there == nullptr;
    TB_TRY(tree_->make_directories(makes_target ? target : std::string(fs::parent_path(target)),
                                   new_directory_, owner_of_new()));
    return target;
  }

  Status copy(const Job& job, const std::string& path, const std::stop_token& stop) {
    TB_LET(std::string from, job.source.resolve(path));
    TB_LET(std::optional<PlaceSource::Item> top, job.source.at(from));
    if (!top) return not_found(path);
    bool is_directory = top->entry.type == EntryType::directory;
    TB_LET(std::string to, destination(path, is_directory));
    if (!is_directory) return put(*top, to);
    std::set<std::string, std::less<>> made;  // directories of the source that are in the tree
    bool found = false;
    TB_TRY(job.source.walk(from, [&](const PlaceSource::Item& item) -> Status {
      if (stop.stop_requested()) return Error(Code::cancelled, "copying was cancelled");
      std::string_view below = std::string_view(item.entry.path).substr(from.empty() ? 0 : from.size());
      if (below.starts_with('/')) below.remove_prefix(1);
      if (below.empty()) {
        made.emplace();
        return put_top(to);
      }
      if (!wants(job, below)) return {};
      found = true;
      TB_TRY(put_directories_above(job, from, below, to, made));
      if (item.entry.type == EntryType::directory) made.emplace(below);
      return put(item, joined(to, below));
    }));
    if (job.only && !found && !job.only->has_wildcards()) return not_found(joined(from, job.only->prefix()));
    return {};
  }

  bool wants(const Job& job, std::string_view below) const {
    if (exclude_.ignores(below)) return false;
    if (!job.only) return true;
    for (std::string_view at = below; !at.empty(); at = fs::parent_path(at))
      if (job.only->matches(at)) return true;
    return false;
  }

  // The directory that is copied gives its content to the one that is there, and nothing of its own.
  Status put_top(const std::string& to) {
    TB_LET(const Entry* there, tree_->at(to));
    if (there != nullptr && there->type != EntryType::directory)
      return Error::make(Code::invalid, "'/{}' is no directory, and cannot take the content of one",
                         printable(to));
    return {};
  }

  // Directories that are not wanted themselves, but for something in them: as they are in the source, if
  // they are not there yet.
  Status put_directories_above(const Job& job, const std::string& from, std::string_view below,
                               const std::string& to, std::set<std::string, std::less<>>& made) {
    for (size_t slash = below.find('/'); slash != std::string_view::npos;
         slash = below.find('/', slash + 1)) {
      std::string directory(below.substr(0, slash));
      if (!made.insert(directory).second) continue;
      TB_LET(std::optional<PlaceSource::Item> item, job.source.at(joined(from, directory)));
      if (!item) return not_found(directory);
      std::string path = joined(to, directory);
      TB_LET(const Entry* there, tree_->at(path));
      if (there == nullptr) {
        TB_TRY(put(*item, std::move(path)));
      } else if (there->type == EntryType::directory) {
        Entry kept = *there;
        kept.path = std::move(path);
        kept.mode = item->entry.mode;
        TB_TRY(tree_->put(std::move(kept)));
      } else {
        return not_a_directory(path);
      }
    }
    return {};
  }

  static Error not_a_directory(std::string_view path) {
    return Error::make(Code::invalid, "a directory cannot be copied to '/{}', which is something else",
                       printable(path))
        .hint("copy what is in it to where a symlink there leads, or remove what is there first");
  }

  Status put(const PlaceSource::Item& item, std::string to) {
    TB_LET(const Entry* there, tree_->at(to));
    bool is_directory = item.entry.type == EntryType::directory;
    bool onto_directory = there != nullptr && there->type == EntryType::directory;
    if (is_directory && there != nullptr && !onto_directory) return not_a_directory(to);
    if (!is_directory && onto_directory)
      return Error::make(Code::invalid, "a file cannot replace the directory '/{}'", printable(to));
    Entry entry = item.entry;
    entry.path = std::move(to);
    if (owner_) {
      entry.uid = owner_->uid;
      entry.gid = owner_->gid;
    }
    using Of = dockerfile::FileMode::Of;
    if (mode_ && entry.type != EntryType::symlink)
      entry.mode = mode_->applied(entry.mode, is_directory ? Of::directory : Of::file);
    std::string inode = item.inode.empty() ? "" : fmt::format("{} {}", copies_, item.inode);
    return tree_->put(std::move(entry), item.content, inode);
  }

  const WorkContext& context_;
  const graph::Place& place_;
  const std::string& label_;
  std::optional<PlacedTree> tree_;
  std::optional<Ids> owner_;
  std::optional<dockerfile::FileMode> mode_;
  uint32_t new_directory_ = kNewDirectory;
  fs::IgnoreRules exclude_;
  std::optional<fs::TempDir> scratch_;
  size_t copies_ = 0, files_ = 0;
};

}  // namespace

std::unique_ptr<StepWork> place_work(const WorkContext& context, const graph::Place& place,
                                     const std::string& label) {
  return std::make_unique<PlaceWork>(context, place, label);
}

}  // namespace tierbuild::build
