// workspace, platforms, defaults, registry, group, arg.
#include <charconv>

#include "base/strings.hpp"
#include "bindings/make_values.hpp"
#include "bindings/merge.hpp"
#include "bindings/python_work.hpp"

namespace tierbuild::bindings {
namespace {

TypePtr cache_settings(std::vector<Field> more = {}) {
  more.push_back({"caches", types::list(types::of(Type::Kind::mount)), "cache mounts instead of its own"});
  return types::record(std::move(more));
}

Result<Value> workspace(Call& call) {
  Session& session = call.session;
  project::WorkspaceDecl& decl = session.project().workspace;
  if (decl.where.known())
    return session.at(fault(Fault::declared_twice, "the workspace is declared twice")
                          .hint(fmt::format("it is first declared at {}", decl.where.str())),
                      Place{call.origin, {}});
  if (call.table->has("root")) {
    std::filesystem::path root = std::filesystem::path(call.origin->directory) / text_of(call["root"]);
    std::error_code failure;
    root = std::filesystem::canonical(root, failure);
    std::string file = session.project().file;
    if (failure || !std::filesystem::is_directory(root, failure))
      return session.at(fault(Fault::bad_value, "root '{}' is not a directory", text_of(call["root"])),
                        call.table->place.at("root"));
    if (root == "/")
      return session.at(fault(Fault::outside, "the root of a workspace cannot be that of the file system")
                            .hint("a Buildfile could read every file of this machine"),
                        call.table->place.at("root"));
    if (!file.starts_with(root.string() + "/"))
      return session.at(
          fault(Fault::bad_value, "root '{}' does not hold this Buildfile", text_of(call["root"]))
              .hint("the root is a directory above the Buildfile, such as '..'"),
          call.table->place.at("root"));
    Status moved = session.view().move_root(root.string());
    if (!moved) return session.at(std::move(moved).error(), call.table->place.at("root"));
  }
  const Value& python = call["python"];
  std::string version = python.table() != nullptr ? text_of((*python.table())["version"]) : text_of(python);
  if (!version.empty() && !is_python_version(version))
    return session.at(fault(Fault::bad_value, "'{}' is not a version like '3.12'", printable(version)),
                      call.table->place.at("python"));
  decl.name = call.name;
  decl.where = session.where(*call.origin);
  session.settings() = *call.table;
  return Value();
}

Result<Value> platforms(Call& call) {
  for (const Value& item : call.table->items) call.session.project().platforms.push_back(platform_of(item));
  return Value();
}

Result<Value> registry(Call& call) {
  Session& session = call.session;
  TB_LET(Value handle, session.declare("registry", call.name, call.origin));
  project::RegistryDecl decl;
  decl.name = call.name;
  while (decl.name.ends_with('/')) decl.name.pop_back();
  decl.tags = texts_of(call["tags"]);
  decl.cache = text_of(call["cache"]);
  decl.auth = text_of(call["auth"]);
  if (const Table* mirrors = call["mirror"].table())
    for (const auto& [from, to] : mirrors->fields) decl.mirror[from] = texts_of(without_replace(to));
  decl.compression = text_of(call["compression"]);
  decl.format = text_of(call["format"]);
  decl.insecure = flag_of(call["insecure"], false);
  decl.connections = whole_of(call["connections"]);
  decl.bandwidth = parse_bytes(text_of(call["bandwidth"], "0")).value_or(0);
  decl.chunk = parse_bytes(text_of(call["chunk"], "0")).value_or(0);
  decl.timeout = static_cast<uint64_t>(parse_duration(text_of(call["timeout"], "0s")).value_or(0));
  decl.where = session.where(*call.origin);
  session.project().registries.push_back(std::move(decl));
  return handle;
}

Result<Value> group(Call& call) {
  Session& session = call.session;
  TB_LET(Value handle, session.declare("group", call.name, call.origin));
  Value members(call.table);
  session.project().groups.push_back({call.name, selectors_of(members),
                                      places_of(session, members, call.table->place),
                                      session.where(*call.origin)});
  return handle;
}

// --- arg

std::string type_name_of(const Value& fallback) {
  if (fallback.boolean() != nullptr) return "bool";
  if (fallback.number() != nullptr) return "int";
  return "string";
}

// The text of the command line as a value of the declared type.
Result<Value> parse_arg(const std::string& text, const Type& type) {
  auto bad = [&] { return fault(Fault::bad_arg, "'{}' is not {}", printable(text), describe(type)); };
  switch (type.kind) {
    case Type::Kind::boolean:
      if (text == "true" || text == "1" || text == "yes") return Value(true);
      if (text == "false" || text == "0" || text == "no") return Value(false);
      return bad();
    case Type::Kind::integer:
    case Type::Kind::number:
    case Type::Kind::port: {
      double number = 0;
      auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (failure != std::errc{} || end != text.data() + text.size()) return bad();
      return Value(number);
    }
    case Type::Kind::list: {
      Table table;
      if (!text.empty())
        for (std::string_view part : split(text, ',')) {
          TB_LET(Value item, parse_arg(std::string(trim(part)), *type.item));
          table.items.push_back(std::move(item));
        }
      return Value(std::move(table));
    }
    case Type::Kind::map:
    case Type::Kind::record:
      return fault(Fault::bad_arg, "an arg of this type cannot be given on the command line");
    default:
      return Value(text);
  }
}

Result<Value> arg(Call& call) {
  Session& session = call.session;
  TB_LET(Value ignored, session.declare("arg", call.name, call.origin));
  (void)ignored;
  session.note_arg(call.name);
  const Table& table = *call.table;
  if (table.items.size() > 1)
    return session.at(fault(Fault::bad_value, "arg '{}' has one default", call.name), table.place.at(2));
  Value fallback = table.items.empty() ? Value() : table.items[0];
  TypePtr type = types::string();
  if (fallback.boolean() != nullptr) type = types::boolean();
  if (fallback.number() != nullptr) type = types::number();
  if (fallback.object_ptr()) type = types::of(Type::Kind::base);
  if (fallback.table() != nullptr) type = types::list(types::string());
  const auto* declared = table["type"].as<TypeValue>();
  if (declared != nullptr) type = declared->type;

  Value value = fallback;
  auto given = session.options().args.find(call.name);
  if (given != session.options().args.end()) {
    Result<Value> parsed = parse_arg(given->second, *type);
    if (!parsed)
      return session.at(fault(Fault::bad_arg, "--arg {}: {}", call.name, parsed.error().message()),
                        Place{call.origin, {}});
    value = *parsed;
  } else if (value.is_nil() && type->fallback) {
    value = *type->fallback;
  } else if (value.is_nil() && !type->optional) {
    return session.at(fault(Fault::bad_arg, "arg '{}' has no default and is not given", call.name)
                          .hint(fmt::format("give it: --arg {}=…", call.name)),
                      Place{call.origin, {}});
  }
  Validator validator(session.runtime().sources(), fmt::format("arg '{}'", call.name));
  validator.check(value, *type, Place{call.origin, {}});
  if (!validator.ok()) return validator.take().front();

  std::vector<std::string> choices = texts_of(table["choices"]);
  std::string text = value.boolean() != nullptr ? (*value.boolean() ? "true" : "false") : selector_of(value);
  if (!choices.empty() && std::find(choices.begin(), choices.end(), text) == choices.end())
    return session.at(fault(Fault::bad_arg, "arg '{}' must be one of {}, found '{}'{}", call.name,
                            join(choices, ", "), printable(text), did_you_mean(text, choices)),
                      Place{call.origin, {}});
  session.project().args.push_back({call.name, text_of(table["doc"]),
                                    declared != nullptr ? signature(*type) : type_name_of(fallback), text,
                                    choices, session.where(*call.origin)});
  return value;
}

}  // namespace

void define_workspace(Session& session) {
  auto python =
      types::either({types::string(),
                     cache_settings({{"version", types::string(), "like '3.12'"},
                                     {"installer", types::enumeration({"pip", "uv"}), "what installs", "pip"},
                                     {"index", types::string(), "package index"},
                                     {"extra_index",
                                      types::either({types::string(), types::list(types::string())},
                                                    "a package index or a list of them"),
                                      "further ones"},
                                     {"compile", types::boolean(), "whether bytecode is made", "false"}})},
                    "a version like '3.12' or a table");
  session.define(
      {{.name = "workspace",
        .doc = "The name of the workspace and the settings that hold for all of it.",
        .shape = Shape::curried,
        .fields = {{"root", types::string(), "the directory that // means", "that of the Buildfile"},
                   {"python", python, "version and installer of Python packages"},
                   {"apt", cache_settings(), "settings of apt"},
                   {"apk", cache_settings(), "settings of apk"},
                   {"constraints", types::of(Type::Kind::path), "a file that bounds Python versions"}},
        .on_error = OnError::report},
       workspace});
  session.define({{.name = "platforms",
                   .doc = "The platforms that images are built for.",
                   .items = types::of(Type::Kind::platform),
                   .on_error = OnError::report},
                  platforms});
  session.define(
      {{.name = "registry",
        .doc = "Where images are pushed, and how.",
        .shape = Shape::curried,
        .fields =
            {{"tags", types::list(types::stamped()), "tags of every image", "latest"},
             {"cache", types::string(),
              "a repository below it, such as 'cache', that steps are taken from, and given to by `push`"},
             {"auth", types::string(), "where credentials are, like 'env:TOKEN'"},
             {"mirror", types::map(types::either({types::string(), types::list(types::string())})),
              "registries to ask before others, or before what is below a name, in order"},
             {"compression", types::enumeration({"gzip", "zstd", "none"}), "of layers", "gzip"},
             {"format", types::enumeration({"oci", "docker"}),
              "media types of images; docker's are for tools that know no others, and go with gzip", "oci"},
             {"insecure", types::boolean(), "plain http is allowed", "false"},
             {"connections", types::whole(1000), "most requests at once", "8"},
             {"bandwidth", types::bytes(), "most bytes a second, like '20MB'"},
             {"chunk", types::bytes(), "most bytes that one request sends", "16MiB"},
             {"timeout", types::duration(), "longest time without a byte", "30s"}},
        .returns = "handle",
        .declares = "registry",
        .on_error = OnError::report,
        .declared_name = types::string()},
       registry});
  session.define({{.name = "group",
                   .doc = "A name for several targets.",
                   .shape = Shape::curried,
                   .items = types::of(Type::Kind::selector),
                   .returns = "handle",
                   .declares = "group",
                   .on_error = OnError::report},
                  group});
  session.define({{.name = "arg",
                   .doc = "A value that the command line may set with --arg name=value; returns the value.",
                   .shape = Shape::curried,
                   .fields = {{"doc", types::string(), "what it is for"},
                              {"choices", types::list(types::string()), "the values it may have"},
                              {"type", types::of(Type::Kind::type), "its type", "that of the default"}},
                   .items = types::any(),
                   .returns = "any"},
                  arg});
}

}  // namespace tierbuild::bindings
