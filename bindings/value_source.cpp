// files {…} and fetch {…}.
#include "bindings/faults.hpp"
#include "bindings/make_values.hpp"
#include "fs/glob.hpp"
#include "fs/ignore_rules.hpp"

namespace tierbuild::bindings {
namespace {

Result<Value> files(Call& call) {
  View& view = call.session.view();
  project::FilesValue value;
  if (call.table->items.empty())
    return fault(Fault::missing_field, "files needs at least one path or pattern");
  size_t from_root = 0;
  for (const Value& item : call.table->items) from_root += text_of(item).starts_with("//") ? 1 : 0;
  if (from_root != 0 && from_root != call.table->items.size())
    return call.session.at(
        fault(Fault::bad_value,
              "the patterns of one files {{…}} are either all relative or all from the root")
            .hint("their paths in the image would have no common start"),
        call.table->place);
  value.root = from_root != 0 ? view.root() : call.origin->directory;
  for (size_t i = 0; i < call.table->items.size(); ++i) {
    Place place = call.table->place.at(static_cast<int>(i + 1));
    std::string pattern = text_of(call.table->items[i]);
    auto resolved = view.resolve(value.root, pattern);
    if (!resolved) return call.session.at(std::move(resolved).error(), place);
    if (from_root != 0) pattern = pattern.substr(2);
    auto glob = fs::Glob::compile(pattern);
    if (!glob) return call.session.at(fault(Fault::bad_value, "{}", glob.error().message()), place);
    value.include.push_back(std::move(pattern));
  }
  value.exclude = texts_of(call["exclude"]);
  auto rules = fs::IgnoreRules::parse(fmt::format("{}", fmt::join(value.exclude, "\n")));
  if (!rules)
    return call.session.at(fault(Fault::bad_value, "{}", rules.error().message()),
                           call.table->place.at("exclude"));
  return Value(Object{std::move(value)});
}

// What the lock file has for the URL; nothing while the lock file is being made.
Result<std::string> locked_sha256(Call& call, const std::string& url) {
  project::Project& project = call.session.project();
  project.locked_fetches.try_emplace(url,
                                     call.session.where(*call.table->place.origin, call.table->place.path));
  auto locked = project.lock.fetches.find(url);
  if (locked != project.lock.fetches.end()) return locked->second.hex();
  if (call.session.options().locking == Locking::may) return std::string();
  return call.session.at(
      fault(Fault::not_locked, "'{}' has no sha256 and is not in {}", url, project::kLockFile)
          .hint("run `tierbuild lock`, or write sha256 = '…' with the output of sha256sum"),
      call.table->place);
}

Result<Value> fetch(Call& call) {
  project::FetchValue value;
  const Table& table = *call.table;
  if (table.items.size() != 1) return fault(Fault::missing_field, "fetch needs one URL");
  value.url = text_of(table.items[0]);
  if (!value.url.starts_with("https://") && !value.url.starts_with("http://"))
    return call.session.at(fault(Fault::bad_value, "'{}' is not an http or https URL", value.url),
                           table.place.at(1));
  if (!table.has("sha256")) {
    TB_LET(value.sha256, locked_sha256(call, value.url));
  } else {
    value.sha256 = text_of(table["sha256"]);
    bool digest =
        value.sha256.size() == 64 && value.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!digest)
      return call.session.at(fault(Fault::bad_value, "sha256 must be 64 lower-case hex digits"),
                             table.place.at("sha256"));
  }
  value.unpack = flag_of(table["unpack"], false);
  value.strip = static_cast<uint32_t>(whole_of(table["strip"]));
  if (value.strip > 0 && !value.unpack)
    return call.session.at(
        fault(Fault::bad_value, "strip takes folders off an archive: it needs unpack = true"),
        table.place.at("strip"));
  return Value(Object{std::move(value)});
}

}  // namespace

void define_sources(Session& session) {
  session.define(
      {{.name = "files",
        .doc = "Files of the workspace that match, placed by their paths relative to the declaring file.",
        .fields = {{"exclude", types::list(types::string()), "patterns that are left out"}},
        .items = types::string(),
        .returns = "files"},
       files});
  session.define({{.name = "fetch",
                   .doc = "A file of the network, known by its content.",
                   .fields = {{"sha256", types::string(), "of the file, 64 hex digits; else the lock file's"},
                              {"unpack", types::boolean(), "whether it is an archive to unpack", "false"},
                              {"strip", types::whole(100), "leading folders taken off when unpacking", "0"}},
                   .items = types::string(),
                   .returns = "fetch"},
                  fetch});
}

}  // namespace tierbuild::bindings
