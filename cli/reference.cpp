#include "cli/reference.hpp"

#include "base/strings.hpp"
#include "bindings/schema.hpp"
#include "cli/exit_status.hpp"
#include "cli/help.hpp"
#include "cli/schema_order.hpp"

namespace tierbuild::cli {
namespace {

using bindings::Field;
using bindings::Home;
using bindings::Required;
using bindings::Schema;
using bindings::Shape;
using bindings::Type;

constexpr const char* kHead =
    "# Reference\n\n"
    "Written by `tierbuild help --markdown` from the schemas that also check a Buildfile and from the table "
    "of\n"
    "verbs. Do not edit it: change the doc where the thing is declared, then run `./tierbuild reference`.\n\n"
    "Every call is checked before it runs: a missing, unknown or ill-typed field is E011, E012 or E013, a "
    "value\n"
    "that cannot be meant is E014, each with its line and column. [errors.md](errors.md) explains all "
    "numbers.\n"
    "A type `a|b` is one of several, `x[]` a list, `table<string, x>` a table from names.\n";

constexpr const char* kDeclarations =
    "What a workspace consists of. `tier`, `service` and the like return handles.";
constexpr const char* kFunctions = "Values and functions without a family.";
constexpr const char* kLibrary = "Written in Lua over the rest of the language.";
constexpr const char* kArguments =
    "Members of what a function of the author is called with: `run = function(ctx) … end` of a task.";
constexpr const char* kMethods =
    "Called with a colon, as `x:run { … }`. Values are never changed: each method returns a new one.";

std::string space_of(const Schema& schema) {
  return schema.name.substr(0, schema.name.find_first_of(".:"));
}
bool is_method(const Schema& schema) {
  return schema.name.find(':') != std::string::npos;
}
bool has_space(const Schema& schema) {
  return schema.name.find('.') != std::string::npos;
}
bool is_declaration(const Schema& schema) {
  return schema.on_error == bindings::OnError::report ||
         (schema.shape == Shape::curried && !has_space(schema));
}

std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code(const std::string& text) {
  return text.empty() ? "" : "`" + text + "`";
}

// As GitHub makes it from a heading.
std::string anchor(std::string_view heading) {
  std::string out;
  for (char c : lower(heading))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')
      out += c;
    else if (c == ' ')
      out += '-';
  return out;
}

class Page {
 public:
  void add(std::string_view text) { text_ += text; }
  void chapter(const std::string& title, const char* intro) {
    text_ += fmt::format("\n## {}\n\n{}\n", title, intro);
  }

  template <class Belongs>
  void chapter(const std::string& title, const char* intro, const std::vector<Schema>& all, Belongs belongs) {
    chapter(title, intro);
    for (const Schema& schema : all)
      if (belongs(schema)) add(schema);
  }

  void add(const Schema& schema) {
    bool result = !schema.returns.empty() && schema.shape != Shape::value;
    text_ += fmt::format("\n### `{}`\n\n", schema.name);
    text_ += schema.doc + "\n\n";
    text_ += fmt::format("```lua\n{}{}\n```\n", bindings::call_form(schema),
                         result                         ? "  --> " + schema.returns
                         : schema.shape == Shape::value ? "  -- " + schema.returns
                                                        : "");
    std::string table;
    if (schema.items) items(table, "…", *schema.items, "the values without a name");
    for (const Field& field : schema.fields) row(table, field.name, field);
    if (table.empty()) return;
    auto [first, is_new] = tables_.try_emplace(table, schema.name);
    if (is_new)
      text_ += "\n| field | type | default | |\n| --- | --- | --- | --- |\n" + table;
    else
      text_ += fmt::format("\nFields: those of [`{0}`](#{1}).\n", first->second, anchor(first->second));
  }

  std::string take() { return std::move(text_); }

 private:
  static void line(std::string& out, const std::string& name, const Type& type, const std::string& fallback,
                   const std::string& doc) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", name, cell(code(bindings::signature(type))),
                       cell(fallback), cell(doc));
  }

  static void items(std::string& out, const std::string& name, const Type& type, const std::string& doc) {
    line(out, name, type, "", doc);
    inner(out, name, type);
  }

  static void row(std::string& out, const std::string& name, const Field& field) {
    line(out, name, *field.type, field.required == Required::yes ? "required" : field.fallback, field.doc);
    inner(out, name, *field.type);
  }

  // The fields of tables inside a field: `user.uid`, `copy[].to`.
  static void inner(std::string& out, const std::string& name, const Type& type) {
    for (const Field& field : type.fields) row(out, name + "." + field.name, field);
    for (const bindings::TypePtr& alternative : type.alternatives) inner(out, name, *alternative);
    if (type.item && type.kind == Type::Kind::list) inner(out, name + "[]", *type.item);
    if (type.item && type.kind == Type::Kind::record) inner(out, name + "[]", *type.item);
  }

  std::string text_;
  std::map<std::string, std::string> tables_;  // text → the schema that has it first
};

void add_spaces(Page& page, const std::vector<Schema>& all) {
  std::set<std::string> spaces;
  for (const Schema& schema : all)
    if (schema.home == Home::language && has_space(schema) && !is_method(schema) && !is_declaration(schema))
      spaces.insert(space_of(schema));
  for (const std::string& space : spaces) {
    page.add(fmt::format("\n## {}.*\n", space));
    for (const Schema& schema : all)
      if (schema.home == Home::language && has_space(schema) && !is_declaration(schema) &&
          space_of(schema) == space)
        page.add(schema);
  }
}

std::string flags_of(const FlagSet& flags) {
  std::string rows;
  for (const Flag& flag : flags.flags()) {
    std::string names =
        code(join(flag.spellings(), "`, `") + (flag.placeholder.empty() ? "" : " " + flag.placeholder));
    rows += fmt::format("| {} | {} | {} |\n", cell(names), cell(flag.help), code(flag.env));
  }
  return rows.empty() ? "" : "\n| flag | | variable |\n| --- | --- | --- |\n" + rows;
}

void add_verbs(Page& page) {
  page.chapter("The command line",
               "`tierbuild VERB [FLAGS] [WORDS]`, or a task of the Buildfile: `tierbuild TASK [FLAGS] [-- "
               "ARGS]`. The\n"
               "command line wins over variables, and variables over defaults. All verbs know `--help`.");
  for (const VerbEntry& entry : verbs()) {
    if (entry.group == Group::hidden) continue;
    std::unique_ptr<Verb> verb = entry.make();
    FlagSet flags;
    verb->declare(flags);
    page.add(fmt::format("\n### tierbuild {}\n\n{}\n\n```\n{}\n```\n", entry.name, entry.summary,
                         usage_of(entry, flags)));
    if (*entry.details != '\0') page.add(fmt::format("\n{}\n", entry.details));
    page.add(flags_of(flags));
    if (*entry.examples == '\0') continue;
    page.add("\n");
    for (std::string_view line : split(entry.examples, '\n')) {
      size_t gap = line.find("  ");
      page.add(fmt::format("- `{}`: {}\n", line.substr(0, gap), trim(line.substr(gap))));
    }
  }
  page.add("\n## Exit status\n\n| status | |\n| --- | --- |\n");
  for (const auto& [status, meaning] : kExitStatuses) page.add(fmt::format("| {} | {} |\n", status, meaning));
}

}  // namespace

std::string reference_page() {
  std::vector<Schema> all = by_importance(bindings::schemas());
  auto in_language = [](const Schema& schema) { return schema.home == Home::language; };
  Page page;
  page.add(kHead);
  page.chapter("Declarations", kDeclarations, all,
               [&](const Schema& schema) { return in_language(schema) && is_declaration(schema); });
  page.chapter("Functions and values", kFunctions, all, [&](const Schema& schema) {
    return in_language(schema) && !is_declaration(schema) && !has_space(schema) && !is_method(schema);
  });
  add_spaces(page, all);
  page.chapter("Methods", kMethods, all, is_method);
  page.chapter("Standard library", kLibrary, all,
               [](const Schema& schema) { return schema.home == Home::library && !is_method(schema); });
  page.chapter("In functions", kArguments, all,
               [](const Schema& schema) { return schema.home == Home::argument && !is_method(schema); });
  add_verbs(page);
  return page.take();
}

}  // namespace tierbuild::cli
