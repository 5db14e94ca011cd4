// Where files come from: paths, globs, fetched files, other images.
#include "base/strings.hpp"
#include "bindings/make_values.hpp"

namespace tierbuild::bindings {
namespace {

// The file must be there: a slip in a name is told now, with the names that are there.
Result<std::string> existing_path(Session& session, const std::string& path, const std::string& directory,
                                  const Place& place) {
  auto absolute = session.view().resolve(directory, path);
  if (!absolute) return session.at(std::move(absolute).error(), place);
  auto exists = session.view().exists(*absolute, LastLink::keep);
  if (!exists) return session.at(std::move(exists).error(), place);
  if (*exists) return absolute;
  size_t slash = absolute->rfind('/');
  std::string name = absolute->substr(slash + 1);
  Error error = fault(Fault::no_source, "there is no file or directory '{}'{}", printable(path),
                      did_you_mean(name, session.view().neighbours(*absolute)));
  if (path.find_first_of("*?[{") != std::string::npos)
    error = std::move(error).hint(fmt::format("a pattern is written files {{ '{}' }}", printable(path)));
  else
    error =
        std::move(error).hint("paths are relative to the declaring file, or to the workspace root with '//'");
  return session.at(std::move(error), place);
}

std::optional<uint32_t> mode_of(const Value& value) {
  if (value.string() == nullptr) return std::nullopt;
  return static_cast<uint32_t>(std::stoul(*value.string(), nullptr, 8));
}

}  // namespace

std::vector<Field> copy_fields() {
  return {
      {"to",
       types::string(),
       "absolute, or relative to the workdir; with '/' at the end it is a directory",
       {},
       Required::yes},
      {"from", types::of(Type::Kind::base), "an image whose files are meant, instead of the workspace's"},
      {"owner", types::user(), "of the files", "root"},
      {"mode", types::of(Type::Kind::mode), "of the files, like '0755'", "as they are"},
      {"exclude", types::list(types::string()), "patterns that are left out, as in .dockerignore"},
      {"text", types::string(), "the content of the file, instead of a source"},
  };
}

Result<project::SourceValue> source_of(Session& session, const Value& value,
                                       const std::vector<std::string>& exclude, const std::string& directory,
                                       const Place& place) {
  if (const auto* fetch = value.as<project::FetchValue>()) return project::SourceValue(*fetch);
  if (const auto* files = value.as<project::FilesValue>()) {
    project::FilesValue joined = *files;
    joined.exclude.insert(joined.exclude.end(), exclude.begin(), exclude.end());
    return project::SourceValue(std::move(joined));
  }
  TB_LET(std::string path, existing_path(session, text_of(value), directory, place));
  return project::SourceValue(project::PathValue{std::move(path), exclude});
}

Result<std::vector<project::CopyItem>> copy_items_of(Session& session, const Table& table,
                                                     const std::string& directory) {
  project::CopyItem item;
  item.to = text_of(table["to"]);
  if (item.to.empty())
    return session.at(fault(Fault::bad_value, "'to' of a copy is empty"), table.place.at("to"));
  item.owner = text_of(table["owner"]);
  item.mode = mode_of(table["mode"]);
  std::vector<std::string> exclude = texts_of(table["exclude"]);

  if (table.has("text")) {
    if (!table.items.empty() || table.has("from"))
      return session.at(fault(Fault::bad_value, "a copy has either a source or a text"),
                        table.place.at("text"));
    item.source = project::TextValue{text_of(table["text"])};
    return std::vector{item};
  }
  if (table.items.empty())
    return session.at(fault(Fault::missing_field, "a copy needs a source")
                          .hint("write { 'src', to = '/app/src' }, or text = '…' for content in place"),
                      table.place);
  // Several sources stand in a list of their own: `{ { 'a', 'b' }, to = '/app/' }`.
  std::vector<std::pair<Value, Place>> sources;
  for (size_t i = 0; i < table.items.size(); ++i) {
    Place place = table.place.at(static_cast<int>(i + 1));
    if (const Table* list = table.items[i].table())
      for (size_t j = 0; j < list->items.size(); ++j)
        sources.emplace_back(list->items[j], place.at(static_cast<int>(j + 1)));
    else
      sources.emplace_back(table.items[i], place);
  }
  bool several = sources.size() > 1;
  if (several && !item.to.ends_with('/'))
    return session.at(
        fault(Fault::bad_value, "several sources need a directory, '{}' is a file", printable(item.to))
            .hint(fmt::format("write to = '{}/'", printable(item.to))),
        table.place.at("to"));
  std::vector<project::CopyItem> items;
  for (const auto& [source, place] : sources) {
    if (table.has("from")) {
      if (source.string() == nullptr)
        return session.at(fault(Fault::bad_value, "with 'from' the source is a path in that image"), place);
      if (!source.string()->starts_with('/'))
        return session.at(fault(Fault::bad_value, "'{}' must be an absolute path in the image of 'from'",
                                printable(*source.string())),
                          place);
      item.source =
          project::ImagePath{image_of(session, table["from"], table.place.origin), *source.string()};
    } else {
      TB_LET(item.source, source_of(session, source, exclude, directory, place));
    }
    items.push_back(item);
  }
  return items;
}

}  // namespace tierbuild::bindings
