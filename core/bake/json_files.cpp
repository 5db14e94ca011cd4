// Bake files in their JSON form: variables, groups, targets, each target of a matrix.
#include <algorithm>

#include "bake/expression.hpp"
#include "bake/targets.hpp"
#include "base/strings.hpp"
#include "image/platform.hpp"

namespace tierbuild::bake {
namespace {

using document::Member;
using document::Node;

constexpr size_t kMostTargets = 2000;
constexpr size_t kMostWeight = 8 * document::kMostBytes;  // of all values, variables replaced

bool fits_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
}

Error wants(const Node& node, std::string_view what, std::string_view shape) {
  return Error::make(Code::invalid, "'{}' takes {}, not {}", what, shape, name_of(node.kind)).at(node.where);
}

/// The variables of all files; each is evaluated when it is first asked for.
class Variables {
 public:
  explicit Variables(const compose::Environment& environment) : environment_(environment) {
    values_["BAKE_CMD_CONTEXT"] = Node::of("cwd://", {});
    values_["BAKE_LOCAL_PLATFORM"] = Node::of(image::Platform::host().str(), {});
  }

  /// A later declaration wins.
  Status declare(const Member& member, std::vector<Error>& warnings) {
    if (!member.value.is_map() && !member.value.is_null()) return wants(member.value, member.name, "a map");
    for (const Member& part : member.value.members) {
      if (part.name == "default" || part.name == "description" || part.name == "sensitive") continue;
      if (part.name != "validation" && part.name != "type")
        return Error::make(Code::invalid, "a variable has no key '{}'", printable(part.name)).at(part.where);
      warnings.push_back(Error::make(Code::invalid,
                                     "'{}' of the variable '{}' has no effect: what bake would "
                                     "check by it is not checked",
                                     part.name, member.name)
                             .at(part.where));
    }
    declared_[member.name] = member.value;
    return {};
  }
  /// A name at the top of a file: its value is what the file says.
  void define(const Member& member) { fixed_[member.name] = member.value; }

  Result<Node> value(const std::string& name) {
    if (auto known = values_.find(name); known != values_.end()) return known->second;
    bool is_declared = declared_.contains(name);
    const Node* source = is_declared ? declared_[name].find("default") : nullptr;
    if (!is_declared && fixed_.contains(name)) source = &fixed_[name];
    if (!is_declared && source == nullptr)
      return Error::make(Code::not_found, "there is no variable '{}'", printable(name))
          .hint(fmt::format("declare it: \"variable\": {{ \"{}\": {{ \"default\": \"…\" }} }}",
                            printable(name)));
    if (!open_.insert(name).second || open_.size() > 64)
      return Error::make(Code::invalid, "the variable '{}' is made of itself", name);
    Node value;
    if (source != nullptr) {
      TB_LET(value, filled_all(*source, [this](const std::string& other) { return this->value(other); }));
    }
    if (is_declared) {
      if (auto given = environment_.find(name); given != environment_.end())
        TB_TRY(override(name, value, given->second));
    }
    open_.erase(name);
    size_ += weight(value);
    if (size_ > kMostWeight) return Error(Code::invalid, "the values of variables grow too large");
    values_[name] = value;
    return value;
  }

 private:
  // What the environment has takes the kind of the default.
  static Status override(const std::string& name, Node& value, const std::string& text) {
    bool is_boolean = value.kind == Node::Kind::boolean, is_number = value.kind == Node::Kind::number;
    if (value.is_list() || value.is_map())
      return Error::make(Code::invalid, "the environment sets '{}', which is {}", name, name_of(value.kind))
          .at(value.where)
          .hint("unset it: a list or map cannot come from a variable of the environment");
    Location where = value.where;
    value = Node::of(text, where);
    if (is_boolean) {
      bool on = text == "1" || text == "t" || text == "T" || lower(text) == "true";
      bool off = text == "0" || text == "f" || text == "F" || lower(text) == "false";
      if (!on && !off)
        return Error::make(Code::invalid, "'{}' is true or false, but the environment has '{}'", name,
                           printable(text))
            .at(where);
      value = Node::flag(on, where);
    }
    if (is_number) {
      if (number_of(value) != number_of(value))
        return Error::make(Code::invalid, "'{}' is a number, but the environment has '{}'", name,
                           printable(text))
            .at(where);
      value.kind = Node::Kind::number;
    }
    return {};
  }

  const compose::Environment& environment_;
  std::map<std::string, Node> declared_, fixed_, values_;
  size_t size_ = 0;
  std::set<std::string> open_;
};

class FilesReader {
 public:
  explicit FilesReader(const compose::Environment& environment) : variables_(environment) {}

  Result<Targets> read(const std::vector<JsonFile>& files) {
    for (const JsonFile& file : files) {
      TB_LET(Node root, document::read_json(file.text, file.path));
      if (!root.is_map()) return wants(root, "a bake file", "a map");
      TB_TRY(declare(root));
      roots_.push_back(std::move(root));
    }
    for (const Node& root : roots_) {
      TB_TRY(each(root, "group", [this](const Member& member) { return group(member); }));
      TB_TRY(each(root, "target", [this](const Member& member) { return target(member); }));
    }
    return std::move(all_);
  }

 private:
  using Take = std::function<Status(const Member& member)>;

  // The members of a section; it may be a list of maps, too.
  static Status each(const Node& root, std::string_view section, const Take& take) {
    const Node* found = root.find(section);
    if (found == nullptr || found->is_null()) return {};
    std::vector<const Node*> maps = {found};
    if (found->is_list()) {
      maps.clear();
      for (const Node& item : found->items) maps.push_back(&item);
    }
    for (const Node* map : maps) {
      if (!map->is_map()) return wants(*map, section, "a map");
      for (const Member& member : map->members) {
        if (!member.value.is_list()) {
          TB_TRY(take(member));
          continue;
        }
        for (const Node& item : member.value.items) TB_TRY(take({member.name, member.where, item}));
      }
    }
    return {};
  }

  Status declare(const Node& root) {
    for (const Member& member : root.members) {
      if (member.name == "group" || member.name == "target" || member.name == "variable") continue;
      if (member.name == "function")
        return Error(Code::invalid, "functions in a bake file are not read here")
            .at(member.where)
            .hint("`docker buildx bake --print > docker-bake.json` writes a file without them");
      variables_.define(member);
    }
    return each(root, "variable",
                [this](const Member& member) { return variables_.declare(member, all_.warnings); });
  }

  Result<Node> value_of(const Node& node, const Node& matrix) {
    TB_LET(Node value, filled_all(node, [&](const std::string& name) -> Result<Node> {
             if (const Node* own = matrix.find(name)) return *own;
             if (name.starts_with("target.")) return attribute(name.substr(7));
             return variables_.value(name);
           }));
    size_ += weight(value);
    if (size_ > kMostWeight) return Error(Code::invalid, "the targets grow too large").at(node.where);
    return value;
  }

  // `NAME.KEY` of a target, as the last file that says it has it.
  Result<Node> attribute(const std::string& path) {
    size_t dot = path.find('.');
    std::string name = path.substr(0, dot), key = path.substr(dot + 1);
    if (key == "name") return Node::of(name, {});
    if (!open_.insert(path).second || open_.size() > 64)
      return Error::make(Code::invalid, "'target.{}' is made of itself", path);
    for (auto root = roots_.rbegin(); root != roots_.rend(); ++root) {
      const Node* targets = root->find("target");
      const Node* found = targets == nullptr ? nullptr : targets->find(name);
      if (found != nullptr) found = found->find(key);
      if (found == nullptr) continue;
      TB_LET(Node value, value_of(*found, Node::map({})));
      open_.erase(path);
      return value;
    }
    return Error::make(Code::not_found, "no target '{}' says '{}'", printable(name), printable(key));
  }

  static Error no_key(std::string_view what, const Member& member) {
    std::vector<std::string> names;
    for (const TargetKey& key : target_keys()) names.emplace_back(key.name);
    Error error =
        Error::make(Code::invalid, "a {} has no key '{}': it has no effect", what, printable(member.name))
            .id("E061")
            .at(member.where);
    if (auto near = suggest(member.name, names); near && what == "target")
      return std::move(error).hint(fmt::format("did you mean '{}'?", *near));
    return error;
  }

  Status group(const Member& member) {
    Group group{member.name, member.where, {}};
    if (!member.value.is_map()) return wants(member.value, "group", "a map");
    for (const Member& part : member.value.members) {
      if (part.name == "description") continue;
      if (part.name != "targets") {
        all_.warnings.push_back(no_key("group", part));
        continue;
      }
      TB_LET(Node names, value_of(part.value, Node::map({})));
      TB_LET(Node list, shaped({"targets", Shape::texts}, std::move(names)));
      group.targets = std::move(list.items);
    }
    all_.lay(std::move(group));
    return {};
  }

  Status target(const Member& member) {
    if (!member.value.is_map()) return wants(member.value, "target", "a map");
    for (const Member& part : member.value.members)
      if (find_target_key(part.name) == nullptr) all_.warnings.push_back(no_key("target", part));
    const Node *matrix = member.value.find("matrix"), *name = member.value.find("name");
    if (matrix == nullptr) {
      if (name != nullptr)
        return Error(Code::invalid, "'name' is for a target with 'matrix'").at(name->where);
      return one_target(member, member.name, Node::map({}));
    }
    TB_LET(std::vector<Node> rows, rows_of(*matrix));
    if (name == nullptr)
      return Error::make(Code::invalid, "the target '{}' with 'matrix' needs 'name'", member.name)
          .at(matrix->where)
          .hint("such as \"name\": \"" + member.name + "-${VALUE}\"");
    Group group{member.name, member.where, {}};
    for (const Node& row : rows) {
      TB_LET(Node own, value_of(*name, row));
      if (!own.is_scalar()) return wants(*name, "name", "a text");
      if (all_.targets.size() > kMostTargets)
        return Error::make(Code::invalid, "there are more than {} targets", kMostTargets).at(matrix->where);
      bool is_taken = std::any_of(group.targets.begin(), group.targets.end(),
                                  [&](const Node& other) { return other.text == own.text; });
      if (is_taken)
        return Error::make(Code::invalid, "two targets of the matrix have the name '{}'", printable(own.text))
            .at(name->where);
      TB_TRY(one_target(member, own.text, row));
      group.targets.push_back(Node::of(own.text, name->where));
    }
    all_.lay(std::move(group));
    return {};
  }

  // All combinations, the first name changing slowest.
  Result<std::vector<Node>> rows_of(const Node& matrix) {
    TB_LET(Node values, value_of(matrix, Node::map({})));
    if (!values.is_map()) return wants(values, "matrix", "a map of lists");
    std::vector<Node> rows = {Node::map({})};
    for (const Member& axis : values.members) {
      if (!axis.value.is_list()) return wants(axis.value, "matrix", "lists");
      std::vector<Node> longer;
      if (rows.size() * axis.value.items.size() > kMostTargets)
        return Error::make(Code::invalid, "the matrix has more than {} targets", kMostTargets).at(axis.where);
      for (const Node& row : rows)
        for (const Node& item : axis.value.items) longer.emplace_back(row).set(axis.name, item);
      rows = std::move(longer);
    }
    return rows;
  }

  Status one_target(const Member& member, const std::string& name, const Node& row) {
    if (!fits_name(name))
      return Error::make(Code::invalid, "'{}' is no name of a target: letters, digits, '_' and '-' are",
                         printable(name))
          .at(member.where);
    Target target;
    target.name = name;
    target.where = member.where;
    target.attributes = Node::map(member.value.where);
    for (const Member& part : member.value.members) {
      if (part.name == "matrix" || part.name == "name" || find_target_key(part.name) == nullptr) continue;
      TB_LET(Node value, value_of(part.value, row));
      if (value.is_null()) continue;
      TB_LET(Node formed, shaped(*find_target_key(part.name), std::move(value)));
      target.attributes.members.push_back({part.name, part.where, std::move(formed)});
    }
    all_.lay(std::move(target));
    return {};
  }

  Variables variables_;
  std::vector<Node> roots_;
  std::set<std::string> open_;  // attributes that are being evaluated
  Targets all_;
  size_t size_ = 0;
};

}  // namespace

Result<Targets> targets_of(const std::vector<JsonFile>& files, const compose::Environment& environment) {
  return FilesReader(environment).read(files);
}

}  // namespace tierbuild::bake
