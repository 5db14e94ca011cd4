#include "git/remote.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <span>

#include "base/strings.hpp"
#include "git/objects.hpp"

namespace tierbuild::git {
namespace {

constexpr std::string_view kRefs = "refs/", kPeeled = "^{}";

/// What the callbacks of one exchange know.
struct Exchange {
  const RemoteAccess& access;
  const std::stop_token& stop;
  int logins = 0;
};

int stopped(const Exchange& exchange) {
  return exchange.stop.stop_requested() ? -1 : 0;
}
int on_progress(const git_indexer_progress*, void* exchange) {
  return stopped(*static_cast<Exchange*>(exchange));
}
int on_message(const char*, int, void* exchange) {
  return stopped(*static_cast<Exchange*>(exchange));
}

// What was refused once is not offered again.
int on_login(git_credential** out, const char*, const char* user, unsigned allowed, void* payload) {
  auto& exchange = *static_cast<Exchange*>(payload);
  const RemoteAccess& access = exchange.access;
  if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) return git_credential_username_new(out, "git");
  if (exchange.logins++ > 0) return GIT_EAUTH;
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0)
    return git_credential_ssh_key_from_agent(out, user == nullptr ? "git" : user);
  bool has_password = (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0 && !access.password.empty();
  if (!has_password) return GIT_EAUTH;
  return git_credential_userpass_plaintext_new(out, access.user.c_str(), access.password.c_str());
}

/// libgit2's options of one exchange, and what they point at.
struct Settings {
  Settings(const RemoteAccess& access, const std::stop_token& stop)
      : exchange{access, stop}, authorization("Authorization: " + access.header) {
    // libssh2 finds the agent in the environment.
    if (!access.agent.empty()) ::setenv("SSH_AUTH_SOCK", access.agent.c_str(), 1);
    if (!access.header.empty()) headers = {&line, 1};
  }

  template <class Options>
  void fill(Options& options) {
    options.callbacks.credentials = on_login;
    options.callbacks.transfer_progress = on_progress;
    options.callbacks.sideband_progress = on_message;
    options.callbacks.payload = &exchange;
    options.proxy_opts.type = GIT_PROXY_AUTO;
    options.custom_headers = headers;
    // A login is for the host that was named.
    const RemoteAccess& access = exchange.access;
    options.follow_redirects = access.has_login() ? GIT_REMOTE_REDIRECT_NONE : GIT_REMOTE_REDIRECT_INITIAL;
  }

  Exchange exchange;
  std::string authorization;
  char* line = authorization.data();
  git_strarray headers{nullptr, 0};
};

Error failure(int code, const std::string& url, bool has_login, const std::stop_token& stop) {
  if (stop.stop_requested()) return Error::make(Code::cancelled, "fetching {} was cancelled", url);
  const git_error* last = git_error_last();
  std::string message = last == nullptr || last->message == nullptr ? "it failed" : last->message;
  bool denied = code == GIT_EAUTH || message.find("status code: 401") != std::string::npos ||
                message.find("status code: 403") != std::string::npos;
  if (code == GIT_EAUTH) message = has_login ? "the login was refused" : "it asks for a login";
  std::string said = fmt::format("cannot fetch {}: {}", url, message);
  if (code == GIT_ECERTIFICATE)
    return Error(Code::denied, said)
        .hint("the server's key must be known: in ~/.ssh/known_hosts, or by a CA");
  if (!denied) return {Code::network, said};
  bool over_http = url.starts_with("http");
  return Error(Code::denied, said)
      .hint(over_http ? "give a token with --secret id=GIT_AUTH_TOKEN,env=… if the repository is private"
                      : "give an agent that has the key with --ssh default");
}

// As git has it: such a name is also a path in `.git`, and stands in refspecs.
bool is_ref_name(std::string_view name) {
  for (std::string_view part : split(name, '/'))
    if (part.empty() || part.starts_with('.') || part.ends_with(".lock")) return false;
  return name.find("..") == std::string_view::npos && name.find("@{") == std::string_view::npos &&
         std::none_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == 0x7f ||
                  std::string_view("~^:?*[\\").find(c) != std::string_view::npos;
         });
}

}  // namespace

bool is_remote_url(std::string_view url) {
  bool is_plain =
      std::none_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; });
  if (!is_plain) return false;
  size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    size_t at = url.find('@'), colon = url.find(':');
    return at != 0 && at != std::string_view::npos && colon != std::string_view::npos && colon > at + 1 &&
           !url.starts_with('-');
  }
  std::string name = lower(url.substr(0, scheme));
  return name == "http" || name == "https" || name == "ssh" || name == "git";
}

Result<Remote> Remote::open(git_repository* repository, const std::string& url, const RemoteAccess& access) {
  if (!is_remote_url(url))
    return Error::make(Code::invalid, "'{}' is no repository of the network", printable(url))
        .hint("there are http, https, ssh and git");
  git_remote_create_options options;
  git_remote_create_options_init(&options, GIT_REMOTE_CREATE_OPTIONS_VERSION);
  options.repository = repository;
  options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
  RemoteHandle remote;
  int code = acquire(remote, git_remote_create_with_opts, url.c_str(), &options);
  if (code != 0) return git_failure(code, fmt::format("'{}' is no repository", printable(url)));
  return Remote(std::move(remote), repository, url, access);
}

Result<RemoteRef> Remote::find(const std::string& ref, const std::stop_token& stop) {
  if (!ref.empty() && !is_ref_name(ref))
    return Error::make(Code::invalid, "'{}' is no name of a branch or a tag", printable(ref));
  git_remote_connect_options options;
  git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
  Settings settings(access_, stop);
  settings.fill(options);
  if (int code = git_remote_connect_ext(remote_.get(), GIT_DIRECTION_FETCH, &options); code != 0)
    return failure(code, url_, access_.has_login(), stop);
  const git_remote_head** heads = nullptr;
  size_t count = 0;
  if (int code = git_remote_ls(&heads, &count, remote_.get()); code != 0)
    return failure(code, url_, access_.has_login(), stop);
  std::map<std::string_view, const git_remote_head*> known;
  for (const git_remote_head* head : std::span(heads, count)) known[head->name] = head;
  auto take = [&](const std::string& name) -> std::optional<RemoteRef> {
    auto found = known.find(name);
    if (found == known.end()) return std::nullopt;
    auto peeled = known.find(name + std::string(kPeeled));
    ObjectId object = id_of(found->second->oid);
    return RemoteRef{name, object, peeled == known.end() ? object : id_of(peeled->second->oid)};
  };
  std::vector<std::string> names{"HEAD"};
  if (!ref.empty()) {
    bool in_full = ref.starts_with(kRefs);
    names = in_full ? std::vector{ref} : std::vector{"refs/" + ref, "refs/heads/" + ref, "refs/tags/" + ref};
  }
  std::optional<RemoteRef> found;
  for (const std::string& name : names)
    if (!found) found = take(name);
  std::vector<std::string> all;
  for (const auto& [name, head] : known)
    for (std::string_view prefix : {"refs/heads/", "refs/tags/"})
      if (name.starts_with(prefix) && !name.ends_with(kPeeled)) all.emplace_back(name.substr(prefix.size()));
  git_remote_disconnect(remote_.get());
  if (found) return *found;
  if (ref.empty()) return Error::make(Code::not_found, "{} has no commit yet", url_);
  auto near = suggest(ref, all);
  return Error::make(Code::not_found, "{} has no branch or tag '{}'{}", url_, printable(ref),
                     near ? fmt::format(" (did you mean '{}'?)", *near) : "")
      .hint("a commit is named by all 40 digits of its id");
}

Status Remote::fetch(const RemoteRef& ref, const std::stop_token& stop) {
  std::string hex = ref.object.hex();
  if (!ref.name.empty()) return fetch_refs({fmt::format("+{}:refs/fetched/{}", ref.name, hex)}, stop);
  Status alone = fetch_refs({fmt::format("+{}:refs/fetched/{}", hex, hex)}, stop);
  TB_LET(Objects objects, Objects::open(repository_));
  if ((alone && objects.has(ref.commit)) || stop.stop_requested()) return alone;
  return fetch_refs({"+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"}, stop);
}

Status Remote::fetch_refs(const std::vector<std::string>& refspecs, const std::stop_token& stop) {
  git_fetch_options options;
  git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
  Settings settings(access_, stop);
  settings.fill(options);
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.update_fetchhead = 0;
#if LIBGIT2_VER_MAJOR > 1 || LIBGIT2_VER_MINOR >= 7
  options.depth = 1;
#endif
  std::vector<char*> texts;
  for (const std::string& refspec : refspecs) texts.push_back(const_cast<char*>(refspec.c_str()));
  git_strarray specs{texts.data(), texts.size()};
  int code = git_remote_fetch(remote_.get(), &specs, &options, nullptr);
  return code == 0 ? Status() : Status(failure(code, url_, access_.has_login(), stop));
}

}  // namespace tierbuild::git
