#include "image/reference.hpp"

#include "base/strings.hpp"

namespace tierbuild::image {
namespace {

constexpr std::string_view kDefaultRegistry = "docker.io";
constexpr std::string_view kLegacyRegistry = "index.docker.io";
constexpr std::string_view kOfficial = "library/";
constexpr size_t kLongestName = 255;
constexpr size_t kLongestTag = 128;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alnum(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool has_upper(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_upper);
}

// The first part of a name is a host if it could not be a repository of docker.io.
bool looks_like_host(std::string_view part) {
  return part.find_first_of(".:") != std::string_view::npos || part == "localhost";
}

bool valid_port(std::string_view port) {
  if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit)) return false;
  return std::stoul(std::string(port)) <= 65535;
}

bool valid_host_label(std::string_view label) {
  if (label.empty() || !is_alnum(label.front()) || !is_alnum(label.back())) return false;
  return std::all_of(label.begin(), label.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

// host[:port] or [ipv6][:port]
bool valid_registry(std::string_view registry) {
  std::string_view host = registry;
  if (registry.starts_with('[')) {
    size_t end = registry.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    host = registry.substr(1, end - 1);
    std::string_view rest = registry.substr(end + 1);
    if (!rest.empty() && (rest[0] != ':' || !valid_port(rest.substr(1)))) return false;
    return std::all_of(host.begin(), host.end(), [](char c) { return is_hex(c) || c == ':'; });
  }
  if (size_t colon = registry.find(':'); colon != std::string_view::npos) {
    if (!valid_port(registry.substr(colon + 1))) return false;
    host = registry.substr(0, colon);
  }
  auto labels = split(host, '.');
  return std::all_of(labels.begin(), labels.end(), valid_host_label);
}

// [a-z0-9]+ joined by one of '.', '_', '__' or any number of '-'.
bool valid_component(std::string_view part) {
  auto plain = [](char c) { return is_lower(c) || is_digit(c); };
  if (part.empty() || !plain(part.front()) || !plain(part.back())) return false;
  for (size_t i = 0; i < part.size();) {
    if (plain(part[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (!plain(part[end])) ++end;  // ends, because the last character is plain
    std::string_view gap = part.substr(i, end - i);
    bool dashes = gap.find_first_not_of('-') == std::string_view::npos;
    if (gap != "." && gap != "_" && gap != "__" && !dashes) return false;
    i = end;
  }
  return true;
}

bool valid_tag(std::string_view tag) {
  auto word = [](char c) { return is_alnum(c) || c == '_'; };
  if (tag.empty() || tag.size() > kLongestTag || !word(tag[0])) return false;
  return std::all_of(tag.begin(), tag.end(), [&](char c) { return word(c) || c == '.' || c == '-'; });
}

Error bad(std::string_view text, std::string reason) {
  return Error::make(Code::invalid, "image name '{}': {}", printable(text.substr(0, 300)), reason);
}

Status check_repository(std::string_view text, std::string_view repository) {
  if (has_upper(repository))
    return bad(text, fmt::format("the repository '{}' must be lower-case", printable(repository)))
        .hint(fmt::format("write '{}'", lower(repository)));
  for (std::string_view part : split(repository, '/'))
    if (!valid_component(part))
      return bad(text, fmt::format("'{}' is not a valid part of a repository name", printable(part)))
          .hint("parts are lower-case letters and digits, joined by '.', '_', '__' or '-'");
  return {};
}

}  // namespace

Result<Reference> Reference::parse(std::string_view text) {
  Reference reference;
  std::string_view rest = text;
  if (rest.empty()) return Error(Code::invalid, "the image name is empty");

  if (size_t at = rest.find('@'); at != std::string_view::npos) {
    auto digest = Digest::parse(rest.substr(at + 1));
    if (!digest) return bad(text, digest.error().message());
    reference.digest = *digest;
    rest = rest.substr(0, at);
  }
  size_t slash = rest.rfind('/');
  size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    reference.tag = rest.substr(colon + 1);
    if (!valid_tag(reference.tag))
      return bad(text, fmt::format("'{}' is not a valid tag", printable(reference.tag)));
    rest = rest.substr(0, colon);
  }
  if (rest.empty()) return bad(text, "it has no repository");

  std::string_view repository = rest;
  size_t first = rest.find('/');
  if (first != std::string_view::npos && looks_like_host(rest.substr(0, first))) {
    reference.registry = rest.substr(0, first);
    repository = rest.substr(first + 1);
    if (!valid_registry(reference.registry))
      return bad(text, fmt::format("'{}' is not a valid registry host", printable(reference.registry)));
    if (reference.registry == kLegacyRegistry) reference.registry = kDefaultRegistry;
  } else {
    reference.registry = kDefaultRegistry;
    bool anonymous_id =
        rest.size() == 64 && std::all_of(rest.begin(), rest.end(), is_hex) && !has_upper(rest);
    if (anonymous_id) return bad(text, "64 hex digits are an id, not a name");
  }
  TB_TRY(check_repository(text, repository));
  reference.repository = repository;
  if (reference.registry == kDefaultRegistry && repository.find('/') == std::string_view::npos)
    reference.repository = std::string(kOfficial) + reference.repository;
  if (reference.name().size() > kLongestName)
    return bad(text, fmt::format("it is longer than {} characters", kLongestName));
  if (reference.tag.empty() && !reference.digest) reference.tag = "latest";
  return reference;
}

static std::string with_selector(std::string name, const Reference& reference) {
  if (!reference.tag.empty()) name += ":" + reference.tag;
  if (reference.digest) name += "@" + reference.digest->str();
  return name;
}

std::string Reference::str() const {
  return with_selector(name(), *this);
}

std::string Reference::familiar() const {
  if (registry != kDefaultRegistry) return str();
  bool official =
      repository.starts_with(kOfficial) && repository.find('/', kOfficial.size()) == std::string::npos;
  return with_selector(official ? repository.substr(kOfficial.size()) : repository, *this);
}

}  // namespace tierbuild::image
