// From checked Values to the values of a project. What is called here has passed validation.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bindings/session.hpp"

namespace tierbuild::bindings {

std::string text_of(const Value& value, std::string fallback = {});
bool flag_of(const Value& value, bool fallback);
uint64_t whole_of(const Value& value, uint64_t fallback = 0);
/// A text alone or a list of texts.
std::vector<std::string> texts_of(const Value& value);
std::map<std::string, std::string> text_map_of(const Value& value);
/// A name or a handle, as selectors are written; nothing else.
std::string selector_of(const Value& value);
std::vector<std::string> selectors_of(const Value& value);
/// Where each of these selectors or names is written; `place` is that of the whole value.
project::Places places_of(Session& session, const Value& value, const Place& place);
image::Platform platform_of(const Value& value);

/// An image value, a tier or service, or an image's name.
project::ImagePtr image_of(Session& session, const Value& value, const OriginPtr& origin);
/// One more operation on an image; an error if it is made of too many.
Result<project::ImagePtr> on_top(Session& session, const project::ImagePtr& below,
                                 std::variant<project::StepPtr, graph::ConfigPatch> op, const Origin& origin);
project::StepPtr step_of(const Value& value);

/// `run {…}` and `sh {…}`: a table with argv or a script in front.
Result<project::RunStep> run_of(Session& session, const Table& table);
enum class Strict : uint8_t { no, yes };
project::RunStep shell_of(project::RunStep run, const Value& shell, Strict strict = Strict::yes);
/// `{ src, to =, from =, owner =, mode =, exclude =, text = }`; relative paths belong to `directory`.
Result<std::vector<project::CopyItem>> copy_items_of(Session& session, const Table& table,
                                                     const std::string& directory);
Result<project::SourceValue> source_of(Session& session, const Value& value,
                                       const std::vector<std::string>& exclude, const std::string& directory,
                                       const Place& place);
/// The healthcheck and its probers.
void set_healthcheck(graph::ConfigPatch& patch, const Table& table);
/// `8000`, `'53/udp'` → `8000/tcp`, `53/udp`.
Result<std::set<std::string>> ports_of(Session& session, const Value& value, const Place& place);

/// Where a field of a table was written.
using PlaceOf = std::function<Place(const std::string& field)>;
/// The image of the Dockerfile that the fields of `dockerfile_fields` name; relative paths belong to
/// `origin`.
Result<project::ImagePtr> dockerfile_image(Session& session, const Table& table, const OriginPtr& origin,
                                           const PlaceOf& place);
/// The directory of a context, an absolute path, with the rules of its `.dockerignore`.
Result<project::ContextDirectory> context_of(Session& session, const std::string& directory);
/// That of the fields of `context_fields`.
Result<project::ContextDirectory> context_of(Call& call);
bool has_dockerfile_fields(const Table& table);

/// Fields that several primitives share.
std::vector<Field> dockerfile_fields();
std::vector<Field> run_fields();
std::vector<Field> copy_fields();
/// A directory whose files are meant as docker means them: `context` and `ignore`.
std::vector<Field> context_fields();
TypePtr healthcheck_type();
TypePtr ports_type();

}  // namespace tierbuild::bindings
