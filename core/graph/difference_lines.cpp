#include "graph/difference_lines.hpp"

#include <charconv>
#include <map>

#include "base/strings.hpp"
#include "graph/sequence.hpp"

namespace tierbuild::graph {
namespace {

using How = Change::How;
using Subject = Change::Subject;
using Words = std::vector<std::string_view>;

Words words_of(std::string_view line) {
  Words words = split(trim(line), ' ');
  std::erase(words, std::string_view());
  return words;
}

// What `sh` puts in front of every script.
constexpr std::string_view kPrologue = "set -eu; if (set -o pipefail)";

Words lines_of(std::string_view script) {
  Words lines = split(script, '\n');
  if (!lines.empty() && lines.front().starts_with(kPrologue)) lines.erase(lines.begin());
  std::erase_if(lines, [](std::string_view line) { return trim(line).empty(); });
  return lines;
}

bool alike(std::string_view a, std::string_view b) {
  Words before = words_of(a), now = words_of(b);
  size_t common = 0;
  for (const Pairing& pair : align_sequences(before, now)) common += pair.before && pair.now ? 1 : 0;
  return common * 2 >= std::max(before.size(), now.size()) ||
         (!before.empty() && !now.empty() && before.front() == now.front());
}

bool installs_packages(std::string_view line) {
  for (std::string_view command : {"apt-get install ", "apt install ", "apk add "})
    if (line.find(command) != std::string_view::npos) return true;
  return false;
}

// `'curl=8.1'` is curl; its version follows the '='.
std::string_view unquoted(std::string_view word) {
  bool quoted = word.size() >= 2 && word.front() == '\'' && word.back() == '\'';
  return quoted ? word.substr(1, word.size() - 2) : word;
}
std::string_view package_name(std::string_view word) {
  return word.substr(0, word.find_first_of("=~<>"));
}

// The packages that differ between two lines that install some; false if anything else differs too.
bool package_changes(std::string_view before, std::string_view now, std::vector<Change>& changes) {
  if (!installs_packages(before) || !installs_packages(now)) return false;
  Words old = words_of(before), fresh = words_of(now);
  for (Words* words : {&old, &fresh}) std::transform(words->begin(), words->end(), words->begin(), unquoted);
  std::vector<Change> found;
  auto named_alike = [](std::string_view a, std::string_view b) {
    return package_name(a) == package_name(b);
  };
  for (const Pairing& pair : align_sequences(old, fresh, named_alike)) {
    std::string_view was = pair.before ? old[*pair.before] : "", is = pair.now ? fresh[*pair.now] : "";
    if (was == is) continue;
    std::string_view word = is.empty() ? was : is;
    if (word.starts_with('-')) return false;
    Change change;
    change.subject = Subject::package;
    change.how = was.empty() ? How::added : is.empty() ? How::gone : How::changed;
    change.name = package_name(word);
    auto version = [](std::string_view text) { return std::string(text.substr(package_name(text).size())); };
    change.before = version(was);
    change.now = version(is);
    found.push_back(std::move(change));
  }
  std::move(found.begin(), found.end(), std::back_inserter(changes));
  return !found.empty();
}

/// One entry of a list of requirements.
struct Entry {
  std::string name, asked;  // "fastapi", "0.110"
  std::string_view line;
  LineOrigin origin;
};

Entry entry_of(std::string_view line) {
  std::string_view plain = line.substr(0, line.find(" --hash="));
  size_t end = std::min(plain.find_first_of("=<>!~[;@ "), plain.size());
  std::string_view asked = trim(plain.substr(end));
  if (asked.starts_with("==") && !asked.starts_with("===")) asked.remove_prefix(2);
  return {std::string(plain.substr(0, end)), asked.empty() ? "any" : std::string(asked), line, {}};
}

std::vector<Entry> entries_of(const TextSide& side) {
  std::vector<LineOrigin> origins = parse_origins(side.lines);
  std::vector<Entry> entries;
  size_t number = 0;
  for (std::string_view line : split(side.text, '\n')) {
    size_t at = number++;
    if (line.empty()) continue;
    entries.push_back(entry_of(line));
    if (at < origins.size()) entries.back().origin = origins[at];
  }
  return entries;
}

Change entry_change(How how, const Entry* before, const Entry* now) {
  const Entry& at = now != nullptr ? *now : *before;
  Change change{Subject::requirement, how, at.name, "", "", at.origin.where, at.origin.via};
  if (before != nullptr) change.before = before->asked;
  if (now != nullptr) change.now = now->asked;
  return change;
}

void requirement_changes(const TextSide& before, const TextSide& now, std::vector<Change>& changes) {
  std::vector<Entry> old = entries_of(before), fresh = entries_of(now);
  auto same = [](const Entry& a, const Entry& b) { return a.line == b.line; };
  auto named_alike = [](const Entry& a, const Entry& b) { return a.name == b.name; };
  // Entries are sorted by name, so that those of one package meet in one gap.
  std::vector<Pairing> gone_or_added;
  for (const Pairing& pair : align_sequences(old, fresh, same))
    if (!pair.before || !pair.now) gone_or_added.push_back(pair);
  std::vector<bool> used(gone_or_added.size());
  for (size_t i = 0; i < gone_or_added.size(); ++i) {
    if (used[i]) continue;
    const Pairing& one = gone_or_added[i];
    for (size_t j = i + 1; j < gone_or_added.size() && !used[i]; ++j) {
      const Pairing& other = gone_or_added[j];
      if (used[j] || one.before.has_value() == other.before.has_value()) continue;
      const Entry& was = old[one.before ? *one.before : *other.before];
      const Entry& is = fresh[one.now ? *one.now : *other.now];
      if (!named_alike(was, is)) continue;
      changes.push_back(entry_change(How::changed, &was, &is));
      used[i] = used[j] = true;
    }
    if (!used[i])
      changes.push_back(one.before ? entry_change(How::gone, &old[*one.before], nullptr)
                                   : entry_change(How::added, nullptr, &fresh[*one.now]));
  }
}

void line_changes(Subject subject, const std::string& name, const Words& old, const Words& fresh,
                  std::vector<Change>& changes) {
  for (const Pairing& pair : pair_sequences(old, fresh, std::equal_to<>(), alike)) {
    std::string_view was = pair.before ? old[*pair.before] : "", is = pair.now ? fresh[*pair.now] : "";
    if (was == is && pair.before && pair.now) continue;
    if (subject == Subject::script && package_changes(was, is, changes)) continue;
    How how = !pair.before ? How::added : !pair.now ? How::gone : How::changed;
    changes.push_back({subject, how, name, std::string(trim(was)), std::string(trim(is)), {}, {}});
  }
}

Location parse_location(std::string_view text) {
  Location where;
  auto number = [&]() {
    size_t at = text.rfind(':');
    int value = 0;
    if (at == std::string_view::npos) return value;
    std::string_view digits = text.substr(at + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    text = text.substr(0, at);
    return value;
  };
  where.column = number();
  where.line = number();
  where.file = std::string(text);
  return where;
}

}  // namespace

std::string written(const std::vector<LineOrigin>& lines) {
  std::string out;
  auto add = [&](const Location& where) {
    out += fmt::format("{}:{}:{}", where.file, where.line, where.column);
  };
  for (const LineOrigin& line : lines) {
    add(line.where);
    for (const Location& via : line.via) {
      out += '\t';
      add(via);
    }
    out += '\n';
  }
  return out;
}

std::vector<LineOrigin> parse_origins(std::string_view text) {
  std::vector<LineOrigin> lines;
  for (std::string_view line : split(text, '\n')) {
    if (line.empty()) continue;
    LineOrigin& origin = lines.emplace_back();
    Words parts = split(line, '\t');
    origin.where = parse_location(parts.front());
    for (size_t i = 1; i < parts.size(); ++i) origin.via.push_back(parse_location(parts[i]));
  }
  return lines;
}

void script_changes(std::string_view before, std::string_view now, std::vector<Change>& changes,
                    std::vector<Change>& titles) {
  Words old = lines_of(before), fresh = lines_of(now), old_titles, titles_now;
  auto take = [](Words& lines, Words& taken) {
    if (lines.empty() || !lines.front().starts_with(": ")) return;
    taken.push_back(lines.front());
    lines.erase(lines.begin());
  };
  take(old, old_titles);
  take(fresh, titles_now);
  line_changes(Subject::script, "", old_titles, titles_now, titles);
  line_changes(Subject::script, "", old, fresh, changes);
}

void text_changes(const std::string& name, const TextSide& before, const TextSide& now,
                  std::vector<Change>& changes) {
  if (!before.lines.empty() || !now.lines.empty()) return requirement_changes(before, now, changes);
  line_changes(Subject::text, name, split(before.text, '\n'), split(now.text, '\n'), changes);
}

}  // namespace tierbuild::graph
