// read, exists, glob and the readers of data files: all through the tracked view.
#include "bindings/data_formats.hpp"
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

Result<std::string> read_argument(Call& call) {
  TB_LET(std::string path, call.session.view().resolve(call.origin->directory, text_of(call.args[0])));
  Result<std::string> bytes = call.session.view().read(path);
  if (bytes || bytes.error().id() != number_of(Fault::unreadable)) return bytes;
  size_t slash = path.rfind('/');
  return fault(Fault::unreadable, "{}{}", bytes.error().message(),
               did_you_mean(path.substr(slash + 1), call.session.view().neighbours(path)));
}

Field path_field() {
  return {"path", types::of(Type::Kind::path), "relative to this file, or //", {}, Required::yes};
}

using Parse = Result<Value> (*)(const std::string& text);

void define_format(Session& session, const std::string& name, const std::string& doc, Parse parse) {
  session.define({{.name = name + ".read",
                   .doc = doc,
                   .shape = Shape::call,
                   .fields = {path_field()},
                   .returns = "table"},
                  [parse](Call& call) -> Result<Value> {
                    TB_LET(std::string text, read_argument(call));
                    TB_TRY(call.session.runtime().charge(text.size()));
                    Result<Value> value = parse(text);
                    if (value) return value;
                    return fault(Fault::bad_data, "'{}': {}", text_of(call.args[0]), value.error().message());
                  }});
}

}  // namespace

void define_reads(Session& session) {
  session.define({{.name = "read",
                   .doc = "The text of a file of the workspace.",
                   .shape = Shape::call,
                   .fields = {path_field()},
                   .returns = "string"},
                  [](Call& call) -> Result<Value> {
                    TB_LET(std::string text, read_argument(call));
                    return Value(std::move(text));
                  }});
  session.define({{.name = "exists",
                   .doc = "Whether there is such a file or directory in the workspace.",
                   .shape = Shape::call,
                   .fields = {path_field()},
                   .returns = "boolean"},
                  [](Call& call) -> Result<Value> {
                    TB_LET(std::string path,
                           call.session.view().resolve(call.origin->directory, text_of(call.args[0])));
                    TB_LET(bool exists, call.session.view().exists(path, LastLink::follow));
                    return Value(exists);
                  }});
  session.define(
      {{.name = "glob",
        .doc = "The files and directories of the workspace that match a pattern, sorted.",
        .shape = Shape::call,
        .fields = {{"pattern", types::string(), "`*`, `**`, `?`, `[…]`, `{a,b}`", {}, Required::yes}},
        .returns = "string[]"},
       [](Call& call) -> Result<Value> {
         TB_LET(auto found, call.session.view().glob(call.origin->directory, text_of(call.args[0])));
         Table table;
         for (std::string& name : found) table.items.emplace_back(std::move(name));
         return Value(std::move(table));
       }});
  define_format(session, "json", "The content of a JSON file.", parse_json);
  define_format(session, "toml", "The content of a TOML file.", parse_toml);
  define_format(session, "yaml", "The content of a YAML file.", parse_yaml);
}

}  // namespace tierbuild::bindings
