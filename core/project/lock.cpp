#include "project/lock.hpp"

#include "base/strings.hpp"
#include "image/reference.hpp"

namespace tierbuild::project {
namespace {

constexpr std::string_view kHeader =
    "# What base images and fetches are pinned to. `tierbuild lock` writes this file; keep it in git.\n";

struct Word {
  std::string_view text;
  int column = 0;  // from 1
};

std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  for (size_t at = 0; (at = line.find_first_not_of(" \t\r", at)) != std::string_view::npos;) {
    size_t end = std::min(line.find_first_of(" \t\r", at), line.size());
    words.push_back({line.substr(at, end - at), static_cast<int>(at) + 1});
    at = end;
  }
  return words;
}

bool is_merge_mark(std::string_view line) {
  for (std::string_view mark : {"<<<<<<<", "|||||||", "=======", ">>>>>>>"})
    if (line.starts_with(mark)) return true;
  return false;
}

std::string familiar(const std::string& reference) {
  auto parsed = image::Reference::parse(reference);
  return parsed ? parsed->familiar() : reference;
}

bool is_commit(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

class Parser {
 public:
  explicit Parser(std::string file) : file_(std::move(file)) {}

  Result<Lock> run(std::string_view text) {
    for (std::string_view line : split(text, '\n')) {
      ++line_;
      if (is_merge_mark(line))
        return error(1, "an unresolved merge")
            .hint("keep the lines of both sides without the marks, then run `tierbuild lock`");
      std::vector<Word> words = words_of(line);
      if (words.empty() || words[0].text.starts_with('#')) continue;
      TB_TRY(entry(words));
    }
    return std::move(lock_);
  }

 private:
  Status entry(const std::vector<Word>& words) {
    bool base = words[0].text == "base", git = words[0].text == "git";
    if (!base && !git && words[0].text != "fetch")
      return error(words[0].column,
                   fmt::format("expected 'base', 'fetch' or 'git', found '{}'", printable(words[0].text)));
    if (words.size() != 3) {
      const Word& odd = words[std::min<size_t>(words.size() - 1, 3)];
      return error(odd.column, fmt::format("an entry is '{} {}', found {} words", words[0].text,
                                           base  ? "NAME:TAG sha256:…"
                                           : git ? "URL#REF COMMIT"
                                                 : "URL sha256:…",
                                           words.size()));
    }
    std::string name(words[1].text);
    if (base) {
      auto reference = image::Reference::parse(name);
      if (!reference) return error(words[1].column, reference.error().message());
      if (reference->digest) return error(words[1].column, fmt::format("'{}' has a digest already", name));
      name = reference->str();
    } else if (!git && !name.starts_with("https://") && !name.starts_with("http://")) {
      return error(words[1].column, fmt::format("'{}' is not an http or https URL", printable(name)));
    }
    Result<Digest> digest = git ? Result<Digest>(Digest()) : Digest::parse(words[2].text);
    if (git && !is_commit(words[2].text))
      return error(words[2].column, fmt::format("'{}' is not a commit", printable(words[2].text)));
    if (!digest) return error(words[2].column, fmt::format("'{}' is not a digest", printable(words[2].text)));
    if (auto [first, is_new] = lines_.try_emplace(std::string(words[0].text) + " " + name, line_); !is_new)
      return error(words[1].column,
                   fmt::format("'{}' is locked twice, first in line {}", words[1].text, first->second))
          .hint("take one of the two lines out, then run `tierbuild lock`");
    if (git)
      lock_.commits.emplace(std::move(name), words[2].text);
    else
      (base ? lock_.bases : lock_.fetches).emplace(std::move(name), *digest);
    return {};
  }

  Error error(int column, std::string message) const {
    return Error(Code::invalid, std::move(message))
        .id("E050")
        .at({file_, line_, column})
        .hint("`tierbuild lock` writes this file; take the line out and run it");
  }

  std::string file_;
  int line_ = 0;
  Lock lock_;
  std::map<std::string, int> lines_;
};

}  // namespace

void LockUses::merge(LockUses other) {
  tags.merge(other.tags);
  fetches.merge(other.fetches);
  commits.merge(other.commits);
}

Result<Lock> parse_lock(std::string_view text, const std::string& file) {
  return Parser(file).run(text);
}

std::string serialise(const Lock& lock) {
  std::set<std::string> lines;
  for (const auto& [reference, digest] : lock.bases)
    lines.insert(fmt::format("base {} {}\n", familiar(reference), digest.str()));
  for (const auto& [url, digest] : lock.fetches)
    lines.insert(fmt::format("fetch {} {}\n", url, digest.str()));
  for (const auto& [repository, commit] : lock.commits)
    lines.insert(fmt::format("git {} {}\n", repository, commit));
  std::string text(kHeader);
  for (const std::string& line : lines) text += line;
  return text;
}

std::vector<Error> stale_entries(const Lock& lock, const LockUses& uses, const std::string& file) {
  std::vector<Error> errors;
  auto missing = [&](const std::string& what, const Location& where) {
    errors.push_back(Error::make(Code::invalid, "{} is not in {}", what, file)
                         .id("E051")
                         .at(where)
                         .hint("run `tierbuild lock`"));
  };
  auto unused = [&](const std::string& what) {
    errors.push_back(Error::make(Code::invalid, "nothing uses {} any more", what)
                         .id("E052")
                         .at({file})
                         .hint("run `tierbuild lock`"));
  };
  for (const auto& [tag, where] : uses.tags)
    if (!lock.bases.contains(tag)) missing(fmt::format("the base '{}'", familiar(tag)), where);
  for (const auto& [url, where] : uses.fetches)
    if (!lock.fetches.contains(url)) missing(fmt::format("the fetch '{}'", url), where);
  for (const auto& [repository, where] : uses.commits)
    if (!lock.commits.contains(repository)) missing(fmt::format("the repository '{}'", repository), where);
  for (const auto& [tag, digest] : lock.bases)
    if (!uses.tags.contains(tag)) unused(fmt::format("the base '{}'", familiar(tag)));
  for (const auto& [url, digest] : lock.fetches)
    if (!uses.fetches.contains(url)) unused(fmt::format("the fetch '{}'", url));
  for (const auto& [repository, commit] : lock.commits)
    if (!uses.commits.contains(repository)) unused(fmt::format("the repository '{}'", repository));
  return errors;
}

}  // namespace tierbuild::project
