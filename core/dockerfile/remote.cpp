#include "dockerfile/remote.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/strings.hpp"

namespace tierbuild::dockerfile {
namespace {

bool is_host(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_user(char c) {
  return (is_host(c) && c != '.') || c == '_';
}

// `git@example.com:team/repository`.
bool is_login(std::string_view source) {
  size_t at = source.find('@'), colon = source.find(':');
  if (at == 0 || at == std::string_view::npos || colon == std::string_view::npos || colon < at + 2)
    return false;
  std::string_view user = source.substr(0, at), host = source.substr(at + 1, colon - at - 1);
  return std::all_of(user.begin(), user.end(), is_user) && std::all_of(host.begin(), host.end(), is_host);
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

constexpr std::string_view kGithub = "github.com/";
constexpr size_t kCommit = 40, kShortest = 7;  // hex digits

// `%2F` as `/`.
Result<std::string> decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    unsigned value = 0;
    std::string_view digits = text.substr(i + 1, 2);
    auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (failure != std::errc{} || digits.size() != 2 || end != digits.data() + 2)
      return Error::make(Code::invalid, "'%{}' is no escape", digits);
    out += static_cast<char>(value);
    i += 2;
  }
  return out;
}

/// Reads what stands behind the path of an address.
class AddressReader {
 public:
  explicit AddressReader(GitAddress& address) : address_(address) {}

  Status fragment(std::string_view text) {
    size_t colon = text.find(':');
    address_.ref = text.substr(0, colon);
    if (colon != std::string_view::npos) address_.subdir = text.substr(colon + 1);
    return {};
  }

  Status query(std::string_view text) {
    for (std::string_view pair : split(text, '&')) {
      size_t equals = pair.find('=');
      TB_LET(std::string key, decoded(pair.substr(0, equals)));
      TB_LET(std::string value, decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1)));
      if (!pair.empty()) TB_TRY(take(key, std::move(value)));
    }
    return {};
  }

 private:
  Status take(const std::string& key, std::string value) {
    if (key == "keep-git-dir") return take_switch(key, value, address_.keep_git_dir);
    if (key == "submodules") return take_switch(key, value, address_.submodules);
    if (value.empty()) return Error::make(Code::invalid, "'{}' has no value", key);
    if (key == "ref") return once(key, std::move(value), address_.ref);
    if (key == "branch") return once(key, "refs/heads/" + value, address_.ref);
    if (key == "tag") return once(key, "refs/tags/" + value, address_.ref);
    if (key == "subdir") return once(key, std::move(value), address_.subdir);
    if (key == "checksum" || key == "commit") return once(key, std::move(value), address_.checksum);
    return Error::make(Code::invalid, "there is no '{}' of a repository", printable(key))
        .hint("there are ref, branch, tag, subdir, checksum, keep-git-dir and submodules");
  }

  static Status once(const std::string& key, std::string value, std::string& field) {
    if (!field.empty() && field != value)
      return Error::make(Code::invalid, "'{}' says '{}', but '{}' is said before", key, value, field);
    field = std::move(value);
    return {};
  }

  static Status take_switch(const std::string& key, const std::string& value, bool& field) {
    field = value.empty() || value == "1" || value == "true";
    if (field || value == "0" || value == "false") return {};
    return Error::make(Code::invalid, "'{}' is 'true' or 'false', not '{}'", key, value);
  }

  GitAddress& address_;
};

}  // namespace

SourceKind kind_of(std::string_view source) {
  size_t end = source.find("://");
  if (end == std::string_view::npos) return is_login(source) ? SourceKind::git : SourceKind::path;
  std::string scheme = lower(source.substr(0, end));
  if (scheme == "git" || scheme == "ssh") return SourceKind::git;
  if (scheme != "http" && scheme != "https") return SourceKind::path;
  std::string_view rest = source.substr(end + 3);
  std::string_view path = rest.substr(0, rest.find_first_of("?#"));
  size_t slash = path.find('/');
  bool repository = slash != std::string_view::npos && path.substr(slash).ends_with(".git");
  return repository ? SourceKind::git : SourceKind::url;
}

SourceKind kind_of_context(std::string_view context) {
  return context.starts_with(kGithub) ? SourceKind::git : kind_of(context);
}

Result<GitAddress> GitAddress::parse(std::string_view text) {
  GitAddress address;
  size_t hash = text.find('#'), question = text.substr(0, hash).find('?');
  address.remote = text.substr(0, std::min(hash, question));
  if (address.remote.starts_with(kGithub)) address.remote = "https://" + address.remote;
  AddressReader reader(address);
  if (hash != std::string_view::npos) TB_TRY(reader.fragment(text.substr(hash + 1)));
  if (question != std::string_view::npos)
    TB_TRY(reader.query(text.substr(0, hash).substr(question + 1)), "in '{}'", printable(text));
  const std::string& sum = address.checksum;
  bool is_sum = sum.empty() || (sum.size() >= kShortest && sum.size() <= kCommit && is_hex(sum));
  if (!is_sum) return Error::make(Code::invalid, "'{}' is no commit", printable(sum));
  return address;
}

std::string GitAddress::commit() const {
  if (ref.size() == kCommit && is_hex(ref)) return ref;
  return ref.empty() && checksum.size() == kCommit ? checksum : "";
}

}  // namespace tierbuild::dockerfile
