#include "python/requirements_file.hpp"

#include <algorithm>
#include <filesystem>

#include "base/strings.hpp"
#include "python/logical_lines.hpp"

namespace tierbuild::python {
namespace {

constexpr std::string_view kBlank = " \t\f\v";

// Options of pip that are legal on its command line only, or that a build cannot honour; and why.
constexpr std::pair<std::string_view, std::string_view> kRefused[] = {
    {"--no-deps", "pip takes it on its command line only: write no_deps = true in the Buildfile"},
    {"--user", "an image has one place for packages"},
    {"--target", "the image decides where packages are"},
    {"--prefix", "the image decides where packages are"},
    {"--upgrade", "a step starts from the image below it, where there is nothing to upgrade"},
    {"--use-feature", "experimental features of pip are not supported"},
    {"--global-option", "options of setup.py are not supported"},
    {"--config-settings", "options of build backends are not supported"},
};

struct OptionName {
  std::string_view name, shortened;
  bool takes_value;
};
constexpr OptionName kOptions[] = {
    {"--requirement", "-r", true},  {"--constraint", "-c", true},    {"--editable", "-e", true},
    {"--index-url", "-i", true},    {"--pypi-url", "", true},        {"--extra-index-url", "", true},
    {"--find-links", "-f", true},   {"--only-binary", "", true},     {"--no-binary", "", true},
    {"--trusted-host", "", true},   {"--no-index", "", false},       {"--pre", "", false},
    {"--prefer-binary", "", false}, {"--require-hashes", "", false},
};

std::vector<std::string> known_options() {
  std::vector<std::string> names;
  for (const OptionName& option : kOptions) names.emplace_back(option.name);
  names.emplace_back("--hash");
  return names;
}

// `dir/name` without detours; paths that leave the root keep their leading "..".
std::string joined(const std::string& file, std::string_view path) {
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

bool has_scheme(std::string_view text) {
  return text.find("://") != std::string_view::npos || text.starts_with("file:");
}

// A path of an entry as seen from the root; URLs and paths of the image stay as they are.
std::string from_root(const std::string& file, const std::string& path) {
  if (path.empty() || has_scheme(path) || path.starts_with('/')) return path;
  std::string whole = joined(file, path);
  while (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
  return whole.starts_with("../") || whole == ".." || whole == "." ? whole : "./" + whole;
}

bool is_local(const Requirement& entry) {
  return !entry.url.empty() && !has_scheme(entry.url);
}

}  // namespace

/// Parses the lines of one file.
class RequirementsFileParser {
 public:
  using File = RequirementsReader::File;
  using Use = RequirementsReader::Use;

  explicit RequirementsFileParser(std::string path) : path_(std::move(path)) {}

  Result<File> run(std::string_view text) {
    for (const LogicalLine& line : logical_lines(text)) {
      line_ = &line;
      at_ = 0;
      TB_TRY(no_variables());
      skip_blanks();
      if (next() == '-') {
        TB_TRY(options());
      } else {
        TB_TRY(entry(line.text.size(), false));
      }
    }
    return std::move(file_);
  }

 private:
  std::string_view text() const { return line_->text; }
  char next() const { return at_ < text().size() ? text()[at_] : '\0'; }
  void skip_blanks() { at_ = std::min(text().find_first_not_of(kBlank, at_), text().size()); }
  Location where(size_t offset) const { return line_->where(path_, offset); }
  Error fail(size_t offset, std::string message) const {
    return Error(Code::invalid, std::move(message)).at(where(offset));
  }

  // What a build makes must not depend on the environment of who builds.
  Status no_variables() const {
    size_t start = text().find("${");
    if (start == std::string_view::npos) return {};
    size_t end = text().find('}', start);
    if (end == std::string_view::npos) return {};
    std::string_view name = text().substr(start + 2, end - start - 2);
    bool variable = !name.empty() &&
                    name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
    if (!variable) return {};
    return fail(start, fmt::format("${{{}}} would be read from the environment of who builds", name))
        .hint("write the value; an index with credentials is a secret of the build, not a part of the file");
  }

  // One word, with quotes as a shell knows them.
  std::string word() {
    std::string out;
    char quote = '\0';
    for (; at_ < text().size(); ++at_) {
      char c = next();
      if (quote != '\0') {
        if (c == quote)
          quote = '\0';
        else
          out += c;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (kBlank.find(c) != std::string_view::npos) {
        break;
      } else {
        out += c;
      }
    }
    return out;
  }

  Status options() {
    while (at_ < text().size()) {
      TB_TRY(option());
      skip_blanks();
      if (at_ < text().size() && next() != '-')
        return fail(at_, fmt::format("'{}' is not expected after an option",
                                     printable(text().substr(at_, text().find_first_of(kBlank, at_) - at_))))
            .hint("a requirement and an option of all stand on lines of their own");
    }
    return {};
  }

  Status option() {
    size_t start = at_;
    bool brief = text().substr(at_, 2) != "--";
    size_t end = brief ? std::min(at_ + 2, text().size())
                       : std::min(text().find_first_of(" \t\f\v=", at_), text().size());
    std::string name(text().substr(at_, end - at_));
    for (const OptionName& known : kOptions) {
      if (name != known.name && name != known.shortened) continue;
      at_ = end;
      if (!known.takes_value) {
        if (next() == '=') return fail(at_, fmt::format("{} takes no value", name));
        return flag(known.name);
      }
      if (next() == '=')
        ++at_;
      else
        skip_blanks();
      if (known.name == "--editable") return entry(text().size(), true);
      size_t place = at_;
      std::string value = word();
      if (value.empty()) return fail(start, fmt::format("{} needs a value", name));
      return valued(known.name, std::move(value), place);
    }
    return unknown(name, start);
  }

  Error unknown(const std::string& name, size_t start) const {
    for (const auto& [refused, why] : kRefused)
      if (name == refused || (refused == "--upgrade" && name == "-U"))
        return fail(start, fmt::format("{} is not possible in a requirements file", name))
            .hint(std::string(why));
    if (name == "--hash") return fail(start, "--hash belongs after the requirement it is of");
    std::optional<std::string> near = suggest(name, known_options());
    return fail(start, fmt::format("requirements files have no option '{}'{}", printable(name),
                                   near ? fmt::format(" (did you mean '{}'?)", *near) : ""));
  }

  Status flag(std::string_view name) {
    InstallOptions& options = file_.options;
    if (name == "--no-index") options.no_index = true;
    if (name == "--pre") options.pre = true;
    if (name == "--prefer-binary") options.prefer_binary = true;
    if (name == "--require-hashes") options.require_hashes = true;
    return {};
  }

  Status valued(std::string_view name, std::string value, size_t place) {
    InstallOptions& options = file_.options;
    if (name == "--requirement") return include(std::move(value), Use::requirements, place);
    if (name == "--constraint") return include(std::move(value), Use::constraints, place);
    if (name == "--index-url" || name == "--pypi-url") options.index = std::move(value);
    if (name == "--extra-index-url") options.extra_index.push_back(std::move(value));
    if (name == "--find-links") options.find_links.push_back(from_root(path_, value));
    if (name == "--only-binary") options.only_binary.push_back(std::move(value));
    if (name == "--no-binary") options.no_binary.push_back(std::move(value));
    if (name == "--trusted-host") options.trusted_host.push_back(std::move(value));
    return {};
  }

  Status include(std::string path, Use use, size_t place) {
    if (has_scheme(path))
      return fail(place, fmt::format("'{}' is on the network: a Buildfile reads files of the workspace only",
                                     printable(path)))
          .hint("put the file into the workspace");
    if (path.starts_with('/'))
      return fail(place, fmt::format("'{}' is an absolute path", printable(path)))
          .hint("files are named relative to the file that includes them");
    file_.includes.push_back({joined(path_, path), use, file_.entries.size(), where(place)});
    return {};
  }

  // A requirement with the options that follow it, up to the end of the line.
  Status entry(size_t limit, bool editable) {
    size_t start = at_;
    size_t end = limit;
    for (size_t i = start; i + 1 < limit; ++i)
      if (text()[i] == '-' && i > start && kBlank.find(text()[i - 1]) != std::string_view::npos) {
        end = i;
        break;
      }
    auto parsed = parse_requirement(trim(text().substr(start, end - start)), {path_, 1, 1});
    if (!parsed) {
      size_t offset = start + static_cast<size_t>(std::max(parsed.error().where().column, 1)) - 1;
      return std::move(parsed).error().at(where(offset));
    }
    parsed->where = where(start);
    parsed->editable = editable;
    if (is_local(*parsed)) parsed->url = from_root(path_, parsed->url);
    at_ = end;
    while (at_ < limit) {
      TB_TRY(hash(*parsed));
      skip_blanks();
    }
    std::sort(parsed->hashes.begin(), parsed->hashes.end());
    file_.entries.push_back(std::move(*parsed));
    return {};
  }

  Status hash(Requirement& requirement) {
    constexpr std::string_view kName = "--hash";
    size_t start = at_;
    if (!text().substr(at_).starts_with(kName)) {
      size_t end = std::min(text().find_first_of(" \t\f\v=", at_), text().size());
      return unknown(std::string(text().substr(at_, end - at_)), at_);
    }
    at_ += kName.size();
    if (next() == '=')
      ++at_;
    else
      skip_blanks();
    std::string value = word();
    size_t colon = value.find(':');
    std::string digest = colon == std::string::npos ? "" : value.substr(colon + 1);
    std::string algorithm = value.substr(0, colon);
    size_t digits = algorithm == "sha256" ? 64 : algorithm == "sha384" ? 96 : algorithm == "sha512" ? 128 : 0;
    if (digits == 0 || digest.size() != digits ||
        digest.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      return fail(start, fmt::format("'{}' is not a hash", printable(value)))
          .hint("hashes look like --hash=sha256: and 64 hex digits; sha384 and sha512 are known too");
    requirement.hashes.push_back(algorithm + ":" + lower(digest));
    return {};
  }

  std::string path_;
  const LogicalLine* line_ = nullptr;
  size_t at_ = 0;
  File file_;
};

namespace {

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  for (const std::string& item : more)
    if (std::find(to.begin(), to.end(), item) == to.end()) to.push_back(item);
}

void merge(InstallOptions& to, const InstallOptions& more) {
  if (!more.index.empty()) to.index = more.index;  // the last one counts, as for pip
  append(to.extra_index, more.extra_index);
  append(to.find_links, more.find_links);
  append(to.only_binary, more.only_binary);
  append(to.no_binary, more.no_binary);
  append(to.trusted_host, more.trusted_host);
  to.no_index |= more.no_index;
  to.pre |= more.pre;
  to.prefer_binary |= more.prefer_binary;
  to.require_hashes |= more.require_hashes;
}

}  // namespace

/// A walk through a file and its includes.
struct RequirementsReader::Walk {
  RequirementsList list;
  std::vector<std::string> path;  // the files that are open, outermost first
  std::vector<Location> via;
  std::set<std::pair<std::string, Use>> seen;
};

Result<const RequirementsReader::File*> RequirementsReader::file(const std::string& path) {
  auto known = files_.find(path);
  if (known != files_.end()) return known->second.get();
  TB_LET(std::string text, read_(path));
  TB_LET(File parsed, RequirementsFileParser(path).run(text));
  auto& held = files_[path];
  held = std::make_unique<const File>(std::move(parsed));
  return held.get();
}

Status RequirementsReader::collect(const std::string& path, Use use, Walk& walk) {
  if (std::find(walk.path.begin(), walk.path.end(), path) != walk.path.end()) {
    std::string cycle;
    for (auto it = std::find(walk.path.begin(), walk.path.end(), path); it != walk.path.end(); ++it)
      cycle += *it + " -> ";
    return Error::make(Code::invalid, "requirements files include each other in a cycle: {}{}", cycle, path)
        .at(walk.via.back());
  }
  if (!walk.seen.emplace(path, use).second) return {};  // once is enough
  auto found = file(path);
  if (!found) {
    Error error = std::move(found).error();
    if (error.where().known() || walk.via.empty()) return error;
    return std::move(error).at(walk.via.back());
  }
  const File& held = **found;
  walk.path.push_back(path);
  std::vector<Requirement>& out = use == Use::requirements ? walk.list.entries : walk.list.constraints;
  merge(walk.list.options, held.options);
  size_t done = 0;
  auto take_until = [&](size_t end) {
    for (; done < end; ++done) {
      out.push_back(held.entries[done]);
      out.back().via = walk.via;
    }
  };
  for (const Include& include : held.includes) {
    take_until(include.before);
    walk.via.push_back(include.where);
    // What a file of constraints includes is constraints too.
    TB_TRY(collect(include.path, use == Use::constraints ? use : include.use, walk));
    walk.via.pop_back();
  }
  take_until(held.entries.size());
  walk.path.pop_back();
  return {};
}

Result<RequirementsList> RequirementsReader::read(const std::string& path) {
  Walk walk;
  TB_TRY(collect(path, Use::requirements, walk));
  return std::move(walk.list);
}

Result<RequirementsList> RequirementsReader::read_constraints(const std::string& path) {
  Walk walk;
  TB_TRY(collect(path, Use::constraints, walk));
  return std::move(walk.list);
}

}  // namespace tierbuild::python
