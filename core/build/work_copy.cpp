// copy and layer.files: files at fixed places, as a layer that does not depend on what is beneath.
#include <charconv>

#include "base/strings.hpp"
#include "build/staging.hpp"
#include "build/step_work.hpp"
#include "fs/file.hpp"
#include "fs/root_path.hpp"
#include "sandbox/oci_spec.hpp"

namespace tierbuild::build {
namespace {

using archive::Entry;
using archive::EntryType;

class CopyWork final : public StepWork {
 public:
  CopyWork(const WorkContext& context, const graph::Copy& copy, const std::string& label)
      : context_(context), copy_(copy), label_(label) {}

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    if (copy_.names_on.valid()) {
      TB_LET(archive::MergedView view, context_.view(copy_.names_on, stop));
      below_.emplace(std::move(view));
    }
    for (const graph::CopyItem& item : copy_.items) TB_TRY(add_item(item, stop));
    TB_LET(Output output, commit_plan(context_, plan_, label_, stop));
    plan_ = {};
    for (const graph::CopyItem& item : copy_.items)
      if (const auto* files = std::get_if<graph::FileSource>(&item.source))
        TB_TRY(context_.sources.unchanged(*files));
    return output;
  }

 private:
  struct Ids {
    uint32_t uid = 0, gid = 0;
  };

  Result<Ids> owner_of(const graph::Owner& owner) {
    Ids ids{owner.uid, owner.gid};
    if (owner.user.empty() && owner.group.empty()) return ids;
    TB_CHECK(below_.has_value());
    TB_LET(std::optional<std::string> passwd, below_->read("etc/passwd"));
    TB_LET(std::optional<std::string> group, below_->read("etc/group"));
    std::string name = owner.user.empty() ? std::to_string(owner.uid) : owner.user;
    if (!owner.group.empty()) name += ":" + owner.group;
    TB_LET(sandbox::Identity identity, sandbox::resolve_user(name, passwd.value_or(""), group.value_or("")),
           "while looking up the owner of copied files");
    if (!owner.user.empty())
      ids = {identity.uid, owner.group.empty() && owner.gid != 0 ? owner.gid : identity.gid};
    if (!owner.group.empty()) ids.gid = identity.gid;
    return ids;
  }

  Status add_item(const graph::CopyItem& item, std::stop_token stop) {
    TB_LET(Ids ids, owner_of(item.owner));
    bool into_directory = item.to.ends_with('/');
    TB_LET(std::string to, destination(item.to));
    if (const auto* text = std::get_if<graph::TextSource>(&item.source)) {
      Entry entry = owned(to, EntryType::file, item.mode.value_or(0644), ids);
      plan_.add(std::move(entry), text->text);
      return {};
    }
    if (const auto* from = std::get_if<graph::StackSource>(&item.source))
      return add_from_image(*from, item, to, into_directory, ids, stop);
    if (const auto* files = std::get_if<graph::FileSource>(&item.source)) {
      TB_LET(const SourceFiles* found, context_.sources.files(*files));
      add_files(*found, item, to, into_directory, ids);
      return {};
    }
    return add_fetched(std::get<graph::FetchSource>(item.source), item, to, into_directory, ids, stop);
  }

  // A place below a directory that is a symlink in the image (`/lib` on a merged-usr system) is written where
  // the symlink leads, if the copy looks at the image at all.
  Result<std::string> destination(const std::string& to) {
    std::string path = fs::lexical_path(to);
    if (!below_) return path;
    size_t slash = path.rfind('/');
    if (slash == std::string::npos) return path;
    TB_LET(std::optional<archive::ViewEntry> parent, below_->resolve(path.substr(0, slash)));
    return parent ? parent->entry.path + path.substr(slash) : path;
  }

  static std::string joined(const std::string& directory, const std::string& name) {
    return directory.empty() ? name : name.empty() ? directory : directory + "/" + name;
  }

  static Entry owned(std::string path, EntryType type, uint32_t mode, Ids ids) {
    Entry entry;
    entry.path = std::move(path);
    entry.type = type;
    entry.mode = mode;
    entry.uid = ids.uid;
    entry.gid = ids.gid;
    return entry;
  }

  // `mode` is for files; a directory may be entered by whoever may read it.
  static uint32_t mode_of(const graph::CopyItem& item, EntryType type, uint32_t own) {
    if (!item.mode || type == EntryType::symlink) return own;
    if (type == EntryType::directory) return *item.mode | (*item.mode & 0444) >> 2;
    return *item.mode;
  }

  void add_files(const SourceFiles& found, const graph::CopyItem& item, const std::string& to,
                 bool into_directory, Ids ids) {
    const std::string root = found.root.string() + '/';  // a path for each file would be large and slow
    for (size_t i = 0; i < found.entries.size(); ++i) {
      const fs::FileEntry& file = found.entries[i];
      std::string path =
          found.single_file && !into_directory ? to : joined(to, std::string(found.placed(file)));
      if (path.empty()) continue;  // the root directory itself stays as it is
      EntryType type = EntryType::file;
      if (file.type == fs::FileType::directory) type = EntryType::directory;
      if (file.type == fs::FileType::symlink) type = EntryType::symlink;
      Entry entry = owned(std::move(path), type, mode_of(item, type, found.mode_of(file)), ids);
      entry.mtime = context_.options.epoch;
      entry.link = file.link;
      LayerPlan::Content content;
      if (type == EntryType::file) {
        entry.size = file.stat.size;
        content = LayerPlan::File{root + file.path, i < found.contents.size() ? found.contents[i] : Digest()};
      }
      plan_.add(std::move(entry), std::move(content));
    }
  }

  Status add_from_image(const graph::StackSource& from, const graph::CopyItem& item, const std::string& to,
                        bool into_directory, Ids ids, std::stop_token stop) {
    TB_LET(archive::MergedView view, context_.view(from.stack, stop));
    TB_LET(std::optional<archive::ViewEntry> top, view.resolve(fs::lexical_path(from.path)));
    if (!top)
      return Error::make(Code::invalid, "'{}' is not in the image it is copied from", from.path)
          .hint("check the path, or the step that should have made it");
    bool owner_given = item.owner != graph::Owner{};
    std::string root = top->entry.path;
    bool directory = top->entry.type == EntryType::directory;
    return view.walk(root, [&](const archive::ViewEntry& found) -> Status {
      std::string path = to;
      if (directory)
        path = joined(to, found.entry.path.size() > root.size()
                              ? found.entry.path.substr(root.empty() ? 0 : root.size() + 1)
                              : "");
      else if (into_directory)
        path = joined(to, std::filesystem::path(root).filename().string());
      if (path.empty()) return {};
      archive::ViewEntry placed = found;
      placed.entry.mode = mode_of(item, found.entry.type, found.entry.mode);
      if (owner_given) {
        placed.entry.uid = ids.uid;
        placed.entry.gid = ids.gid;
      }
      plan_.add(placed, std::move(path));
      return {};
    });
  }

  Status add_fetched(const graph::FetchSource& from, const graph::CopyItem& item, const std::string& to,
                     bool into_directory, Ids ids, std::stop_token stop) {
    TB_LET(fs::TempDir scratch, fs::TempDir::make(context_.world.store.tmp(), "fetch"));
    TB_LET(std::filesystem::path staged, stage_fetch(context_, from, scratch.path() / "files", stop));
    scratches_.push_back(std::move(scratch));
    fs::Selection all{staged, {"**"}, {}, ""};
    SourceFiles found;
    found.single_file = !std::filesystem::is_directory(staged);
    if (found.single_file) all = {staged.parent_path(), {staged.filename().string()}, {}, ""};
    TB_LET(fs::ScanResult scanned, fs::scan(all));
    found.root = all.root;
    found.entries = std::move(scanned.entries);
    add_files(found, item, to, into_directory, ids);
    return {};
  }

  const WorkContext& context_;
  const graph::Copy& copy_;
  const std::string& label_;
  std::optional<archive::MergedView> below_;
  std::vector<fs::TempDir> scratches_;
  LayerPlan plan_;
};

}  // namespace

std::unique_ptr<StepWork> copy_work(const WorkContext& context, const graph::Copy& copy,
                                    const std::string& label) {
  return std::make_unique<CopyWork>(context, copy, label);
}

}  // namespace tierbuild::build
