// Values that depend on where or when: by_arch, stamps, EACH and ARGV; and replace.
#include "base/strings.hpp"
#include "bindings/make_values.hpp"
#include "bindings/merge.hpp"
#include "graph/stamp.hpp"

namespace tierbuild::bindings {
namespace {

const char* doc_of_stamp(std::string_view name) {
  if (name == "time") return "When the image was written (late; labels, annotations and tags only).";
  if (name == "version") return "The version of the target, else of the git tag (late).";
  if (name == "git.sha") return "The commit that is checked out (late).";
  if (name == "git.short") return "The first digits of the commit (late).";
  if (name == "git.branch") return "The branch that is checked out (late).";
  if (name == "key")
    return "What the image is to be made from, as 64 digits: in tags only, where it spares a push (late).";
  if (name == "git.tag") return "The tag of the commit (late).";
  return "Whether there are changes that are not committed (late).";
}

Result<Value> by_arch(Call& call) {
  const std::string& wanted = call.session.options().platform.architecture;
  if (call.table->has(wanted)) return (*call.table)[wanted];
  std::vector<std::string> known;
  for (const auto& [name, value] : call.table->fields) known.push_back(name);
  return call.session.at(fault(Fault::no_architecture, "by_arch has no value for '{}'", wanted)
                             .hint("it has " + join(known, ", ")),
                         call.table->place);
}

void define_word(Session& session, const char* name, const char* doc, project::TaskWord::Kind kind) {
  session.define({{.name = name, .doc = doc, .shape = Shape::value, .returns = "string"}, [kind](Call&) {
                    return Value(Object{project::TaskWord{kind, {}}});
                  }});
}

}  // namespace

void define_late(Session& session) {
  std::vector<Field> architectures;
  for (const char* name : {"amd64", "arm64", "arm", "386", "ppc64le", "riscv64", "s390x"})
    architectures.push_back({name, types::any(), "the value there"});
  session.define({{.name = "by_arch",
                   .doc = "The value for the architecture that is built for.",
                   .fields = std::move(architectures),
                   .returns = "any"},
                  by_arch});
  session.define(
      {{.name = "replace",
        .doc = "Stands instead of what it would be merged with.",
        .shape = Shape::call,
        .fields = {{"value", types::any(), "a list, a map or any other value"}},
        .returns = "any"},
       [](Call& call) -> Result<Value> { return Value(Object{Replace{without_replace(call.args[0])}}); }});
  for (const std::string& name : graph::stamp_names())
    session.define(
        {{.name = "stamp." + name, .doc = doc_of_stamp(name), .shape = Shape::value, .returns = "string"},
         [name](Call&) { return Value(graph::stamp_token(name)); }});
  define_word(session, "EACH", "In a task with each: the image that is built; EACH.oci is its archive.",
              project::TaskWord::Kind::each);
  define_word(session, "ARGV", "In a task: the words after `--` of the command line.",
              project::TaskWord::Kind::argv);
}

}  // namespace tierbuild::bindings
