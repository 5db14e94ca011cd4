#include "cli/content_tags.hpp"

#include <set>

#include "build/recipe.hpp"
#include "graph/stamp.hpp"
#include "hash/key_hasher.hpp"
#include "image/reference.hpp"

namespace tierbuild::cli {
namespace {

constexpr const char* kKey = "key";

bool has_key(const std::string& tag) {
  const std::vector<std::string> names = graph::stamps_in(tag);
  return std::find(names.begin(), names.end(), kKey) != names.end();
}

// What the tags say, if they all lead to one image and no other repository is named.
std::optional<build::TargetResult> pushed(Session& session, const graph::Target& target,
                                          const std::vector<std::string>& keyed,
                                          const std::map<std::string, std::string>& stamps,
                                          const std::stop_token& stop) {
  build::TargetResult result;
  std::set<std::string> repositories;
  for (const std::string& tag : keyed) {
    auto text = graph::fill_stamps(tag, stamps);
    auto reference = text ? image::Reference::parse(*text) : Result<image::Reference>(text.error());
    auto found = reference ? session.registry().resolve(*reference, stop, registry::Ask::registry)
                           : Result<image::Descriptor>(reference.error());
    if (!found || (!repositories.empty() && found->digest != result.manifest.digest)) return std::nullopt;
    result.manifest = *found;
    repositories.insert(reference->name());
  }
  for (const std::string& tag : target.tags) {
    auto text = graph::fill_stamps(tag, stamps);
    auto reference = text ? image::Reference::parse(*text) : Result<image::Reference>(text.error());
    if (!reference || !repositories.contains(reference->name())) return std::nullopt;
    result.tags.push_back(reference->str());
  }
  result.name = target.id();
  result.built = result.reused = true;
  return result;
}

}  // namespace

Result<KeyedTags> fill_content_keys(Session& session, const build::BuildContext& context,
                                    const build::BuildOptions& options,
                                    const std::vector<graph::TargetId>& targets) {
  const graph::Graph& graph = session.graph();
  std::vector<graph::TargetId> wanted;
  for (graph::TargetId target : targets)
    if (std::any_of(graph[target].tags.begin(), graph[target].tags.end(), has_key)) wanted.push_back(target);
  KeyedTags keyed;
  if (wanted.empty()) return keyed;
  TB_LET(std::vector<Digest> keys,
         build::content_keys(context, options, options.jobs, graph, wanted,
                             session.program().interrupt().token()),
         "while looking for the keys of tags");
  // Of a name that is built for several platforms the tags lead to an index, which has the keys of all.
  std::map<std::string, std::vector<std::string>> by_name;
  for (size_t i = 0; i < wanted.size(); ++i) by_name[graph[wanted[i]].id()].push_back(keys[i].hex());
  std::map<std::string, std::string> values;
  for (const std::string& name : graph::stamp_names()) values[name] = graph::stamp_token(name);
  for (size_t i = 0; i < wanted.size(); ++i) {
    const std::vector<std::string>& own = by_name[graph[wanted[i]].id()];
    values[kKey] =
        own.size() == 1 ? own[0] : KeyHasher("image recipes", 1).add("keys", own).finish().digest.hex();
    std::vector<std::string> tags;
    for (const std::string& tag : graph[wanted[i]].tags) {
      TB_LET(std::string filled, graph::fill_stamps(tag, values));
      if (has_key(tag)) keyed[wanted[i]].push_back(filled);
      tags.push_back(std::move(filled));
    }
    session.set_tags(wanted[i], std::move(tags));
  }
  return keyed;
}

std::vector<build::TargetResult> take_pushed(Session& session, const KeyedTags& keyed,
                                             const std::map<std::string, std::string>& stamps,
                                             std::vector<graph::TargetId>& targets, std::stop_token stop) {
  std::vector<build::TargetResult> out;
  std::erase_if(targets, [&](graph::TargetId id) {
    auto tags = keyed.find(id);
    if (tags == keyed.end() || !session.graph()[id].push) return false;
    auto result = pushed(session, session.graph()[id], tags->second, stamps, stop);
    if (!result) return false;
    result->target = id;
    result->title = session.graph().title(id);
    out.push_back(*std::move(result));
    return true;
  });
  return out;
}

}  // namespace tierbuild::cli
