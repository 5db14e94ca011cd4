// Dockerfiles as bases: image.dockerfile, and the fields of tiers and services that say the same.
#include "bindings/make_values.hpp"
#include "bindings/merge.hpp"
#include "project/read_dockerfile.hpp"

namespace tierbuild::bindings {
namespace {

constexpr const char* kFields[] = {"dockerfile", "context", "target", "args", "contexts"};

/// What a file of the workspace holds, remembered as all that evaluation looks at.
dockerfile::ReadFile reader(Session& session) {
  return [&session](const std::filesystem::path& file) -> Result<std::optional<std::string>> {
    TB_LET(bool there, session.view().exists(file.string(), LastLink::follow));
    if (!there) return std::optional<std::string>();
    TB_LET(std::string text, session.view().read(file.string()));
    TB_TRY(session.runtime().charge(text.size()));
    return std::optional(std::move(text));
  };
}

bool is_path(const std::string& text) {
  return text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") ||
         text.starts_with("/");
}

/// Reads the fields of one table, with a place for each.
class DockerfileFields {
 public:
  DockerfileFields(Session& session, const Table& table, const OriginPtr& origin, const PlaceOf& place)
      : session_(session), table_(table), origin_(origin), place_(place) {}

  Result<project::ImagePtr> image() {
    if (!table_.has("dockerfile") && !table_.has("context"))
      return session_.at(fault(Fault::missing_field, "a Dockerfile is to be named")
                             .hint("write dockerfile = 'Dockerfile', or context = 'DIR' with one in it"),
                         {origin_, {}});
    TB_LET(std::string file, path("dockerfile"));
    TB_LET(std::string context, path("context"));
    if (file.empty()) file = context + "/Dockerfile";
    if (context.empty()) context = directory_of(file);
    const char* named = table_.has("dockerfile") ? "dockerfile" : "context";
    auto made = project::read_dockerfile(file, context, reader(session_));
    if (!made) return misread(std::move(made).error(), file, named);
    auto value = std::make_shared<project::Dockerfile>(std::move(*made));
    value->name = session_.view().relative(file);
    value->args = text_map_of(table_["args"]);
    auto image = std::make_shared<project::Image>();
    TB_TRY(add_contexts(*value, image->depth));
    image->base = project::DockerfileBase{std::move(value), text_of(table_["target"])};
    const Place& at = place_(named);
    image->where = session_.where(*at.origin, at.path);
    return project::ImagePtr(std::move(image));
  }

 private:
  Result<std::string> path(const std::string& field) {
    if (!table_.has(field)) return std::string();
    return resolved(text_of(table_[field]), place_(field));
  }

  Result<std::string> resolved(const std::string& text, const Place& place) {
    auto absolute = session_.view().resolve(origin_->directory, text);
    if (!absolute) return session_.at(std::move(absolute).error(), place);
    return absolute;
  }

  Error misread(Error error, const std::string& file, const char* field) {
    if (error.code() != Code::not_found) return session_.at(std::move(error), place_(field));
    size_t slash = file.rfind('/');
    Error missing = fault(Fault::no_source, "there is no Dockerfile '{}'{}", session_.view().relative(file),
                          did_you_mean(file.substr(slash + 1), session_.view().neighbours(file)))
                        .hint("paths are relative to the declaring file, or to the workspace root with '//'");
    return session_.at(std::move(missing), place_(field));
  }

  Status add_contexts(project::Dockerfile& file, uint32_t& depth) {
    const Table* table = table_["contexts"].table();
    if (table == nullptr) return {};
    for (const auto& [name, item] : table->fields) {
      const Value& value = without_replace(item);
      Place place = place_("contexts").at(name);
      if (value.string() != nullptr && is_path(*value.string())) {
        TB_LET(std::string directory, resolved(*value.string(), place));
        auto context = context_of(session_, directory);
        if (!context) return session_.at(std::move(context).error(), place);
        file.contexts.emplace(name, std::move(*context));
        continue;
      }
      project::ImagePtr image = image_of(session_, value, origin_);
      depth = std::max(depth, image->depth + 1);
      file.contexts.emplace(name, std::move(image));
    }
    return {};
  }

  Session& session_;
  const Table& table_;
  const OriginPtr& origin_;
  const PlaceOf& place_;
};

}  // namespace

std::vector<Field> dockerfile_fields() {
  return {
      {"dockerfile", types::of(Type::Kind::path), "a Dockerfile that makes it, in place of `from`",
       "in the context"},
      {"context", types::of(Type::Kind::path), "the directory that its COPY takes files from",
       "the Dockerfile's directory"},
      {"target", types::string(), "the stage that is meant", "the last one"},
      {"args", types::map(types::string()), "values for its ARGs"},
      {"contexts", types::map(types::of(Type::Kind::base)),
       "what stands in for its stages and images of these names: a tier, an image, or a directory like "
       "'./lib'"},
  };
}

Result<project::ContextDirectory> context_of(Session& session, const std::string& directory) {
  return project::context_directory(directory, reader(session));
}

Result<project::ContextDirectory> context_of(Call& call) {
  Session& session = call.session;
  auto directory = session.view().resolve(call.origin->directory, text_of(call["context"], "."));
  if (!directory) return session.at(std::move(directory).error(), call.table->place.at("context"));
  if (call.table->has("ignore")) return project::ContextDirectory{*directory, texts_of(call["ignore"]), {}};
  return context_of(session, *directory);
}

std::vector<Field> context_fields() {
  return {
      {"context", types::of(Type::Kind::path), "the directory that paths are relative to",
       "that of the declaring file"},
      {"ignore", types::list(types::string()), "what is left out, in place of the context's .dockerignore"},
  };
}

bool has_dockerfile_fields(const Table& table) {
  return std::any_of(std::begin(kFields), std::end(kFields),
                     [&](const char* name) { return table.has(name); });
}

Result<project::ImagePtr> dockerfile_image(Session& session, const Table& table, const OriginPtr& origin,
                                           const PlaceOf& place) {
  return DockerfileFields(session, table, origin, place).image();
}

void define_dockerfiles(Session& session) {
  session.define({{.name = "image.dockerfile",
                   .doc = "The image that a Dockerfile makes.",
                   .fields = dockerfile_fields(),
                   .returns = "image"},
                  [](Call& call) -> Result<Value> {
                    auto place = [&](const std::string& field) { return call.table->place.at(field); };
                    TB_LET(project::ImagePtr image,
                           dockerfile_image(call.session, *call.table, call.origin, place));
                    return Value(Object{std::move(image)});
                  }});
}

}  // namespace tierbuild::bindings
