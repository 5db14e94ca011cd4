// user = {…}: adds an account by writing the account files, so that it needs no program in the image.
#include <set>

#include "base/strings.hpp"
#include "build/layer_plan.hpp"
#include "build/step_work.hpp"
#include "fs/root_path.hpp"

namespace tierbuild::build {
namespace {

using archive::Entry;
using archive::EntryType;

/// One of the colon-separated files below /etc.
struct AccountFile {
  std::string path;
  Entry entry;
  std::string text;
  bool exists = false;

  static Result<AccountFile> read(const archive::MergedView& view, const std::string& path, uint32_t mode) {
    AccountFile file;
    file.path = path;
    file.entry.path = path;
    file.entry.mode = mode;
    TB_LET(std::optional<archive::ViewEntry> found, view.resolve(path));
    if (!found) return file;
    TB_LET(std::optional<std::string> text, view.read(path));
    file.entry = found->entry;
    file.text = text.value_or("");
    file.exists = true;
    if (!file.text.empty() && !file.text.ends_with('\n')) file.text += '\n';
    return file;
  }

  std::optional<std::vector<std::string_view>> line_of(const std::string& name) const {
    for (std::string_view line : split(text, '\n')) {
      std::vector<std::string_view> fields = split(line, ':');
      if (fields[0] == name) return fields;
    }
    return std::nullopt;
  }

  /// The smallest number from 1000 up that field 2 of no line has.
  uint32_t free_number() const {
    std::set<std::string> taken;
    for (std::string_view line : split(text, '\n')) {
      std::vector<std::string_view> fields = split(line, ':');
      if (fields.size() > 2) taken.emplace(fields[2]);
    }
    uint32_t number = 1000;
    while (taken.contains(std::to_string(number))) ++number;
    return number;
  }
};

class UserWork final : public StepWork {
 public:
  UserWork(const WorkContext& context, const graph::AddUser& user) : context_(context), user_(user) {}

  Result<Output> finish(const ChildExit&, std::stop_token stop) override {
    TB_LET(archive::MergedView view, context_.view(user_.on, stop));
    TB_LET(AccountFile passwd, AccountFile::read(view, "etc/passwd", 0644));
    TB_LET(AccountFile group, AccountFile::read(view, "etc/group", 0644));
    TB_LET(AccountFile shadow, AccountFile::read(view, "etc/shadow", 0640));
    TB_LET(AccountFile gshadow, AccountFile::read(view, "etc/gshadow", 0640));

    if (auto line = passwd.line_of(user_.name)) {
      if (user_.uid && line->size() > 2 && (*line)[2] == std::to_string(*user_.uid)) return Output{};
      return Error::make(Code::invalid, "the image already has a user '{}' with the number {}", user_.name,
                         line->size() > 2 ? (*line)[2] : "?")
          .hint("use that one by its name, or take another name");
    }
    uint32_t uid = user_.uid.value_or(passwd.free_number());
    const std::string& group_name = user_.group.empty() ? user_.name : user_.group;
    uint32_t gid = user_.gid.value_or(uid);
    if (auto line = group.line_of(group_name); line && line->size() > 2) {
      TB_LET(gid, number((*line)[2]));
    } else {
      group.text += fmt::format("{}:x:{}:\n", group_name, gid);
      if (gshadow.exists) gshadow.text += fmt::format("{}:!::\n", group_name);
    }
    std::string home = user_.home.empty() ? "/home/" + user_.name : user_.home;
    std::string shell = user_.shell.empty() ? "/bin/sh" : user_.shell;
    passwd.text += fmt::format("{}:x:{}:{}::{}:{}\n", user_.name, uid, gid, home, shell);
    if (shadow.exists) shadow.text += fmt::format("{}:!::0:99999:7:::\n", user_.name);

    LayerPlan plan;
    for (AccountFile* file : {&passwd, &group, &shadow, &gshadow}) {
      if (!file->exists && (file == &shadow || file == &gshadow)) continue;
      file->entry.mtime = context_.options.epoch;
      plan.add(file->entry, file->text);
    }
    TB_LET(std::optional<archive::ViewEntry> existing_home, view.resolve(fs::lexical_path(home)));
    if (!existing_home) {
      Entry directory;
      directory.path = fs::lexical_path(home);
      directory.type = EntryType::directory;
      directory.mode = 0755;
      directory.uid = uid;
      directory.gid = gid;
      directory.mtime = context_.options.epoch;
      plan.add(std::move(directory));
    }
    return commit_layer(context_, [&](int fd) -> Result<std::optional<archive::LayerBlob>> {
      TB_LET(archive::LayerBlob blob, plan.write(fd, context_.layer_options()));
      return std::optional(blob);
    });
  }

 private:
  static Result<uint32_t> number(std::string_view text) {
    uint32_t value = 0;
    for (char c : text) {
      if (c < '0' || c > '9' || value > 214748363)
        return Error::make(Code::corrupt, "/etc/group of the image has the bad number '{}'", printable(text));
      value = value * 10 + static_cast<uint32_t>(c - '0');
    }
    return value;
  }

  const WorkContext& context_;
  const graph::AddUser& user_;
};

}  // namespace

std::unique_ptr<StepWork> user_work(const WorkContext& context, const graph::AddUser& user) {
  return std::make_unique<UserWork>(context, user);
}

}  // namespace tierbuild::build
