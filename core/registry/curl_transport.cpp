#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "base/strings.hpp"
#include "registry/certificates.hpp"
#include "registry/libcurl.hpp"
#include "registry/transport.hpp"
#include "registry/url.hpp"

namespace tierbuild::registry {
namespace {

constexpr size_t kMaxHeaders = 256 << 10;
constexpr size_t kMaxBody = 8 << 20;
constexpr size_t kMaxIdle = 16;
constexpr long kBuffer = 256 << 10;
constexpr uint64_t kAskFirst =
    1 << 20;  // larger bodies wait for `100 Continue`, so that a refusal costs nothing

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

/// Idle handles with their open connections; DNS answers and TLS sessions are shared by all. libcurl does not
/// allow to share the connections themselves between threads.
class HandlePool {
 public:
  HandlePool() {
    share_ = curl_share_init();
    curl_share_setopt(share_, CURLSHOPT_LOCKFUNC, &HandlePool::lock);
    curl_share_setopt(share_, CURLSHOPT_UNLOCKFUNC, &HandlePool::unlock);
    curl_share_setopt(share_, CURLSHOPT_USERDATA, this);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  }
  HandlePool(const HandlePool&) = delete;
  HandlePool& operator=(const HandlePool&) = delete;
  ~HandlePool() {
    idle_.clear();
    curl_share_cleanup(share_);
  }

  Easy take() {
    Easy handle;
    {
      std::scoped_lock hold(mutex_);
      if (!idle_.empty()) {
        handle = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (!handle) {
      handle.reset(curl_easy_init());
      TB_CHECK(handle != nullptr);
      curl_easy_setopt(handle.get(), CURLOPT_SHARE, share_);
    }
    return handle;
  }
  void give(Easy handle) {
    curl_easy_reset(handle.get());
    std::scoped_lock hold(mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(handle));
  }

 private:
  static void lock(CURL*, curl_lock_data data, curl_lock_access, void* self) {
    static_cast<HandlePool*>(self)->shared_[data].lock();
  }
  static void unlock(CURL*, curl_lock_data data, void* self) {
    static_cast<HandlePool*>(self)->shared_[data].unlock();
  }

  std::mutex mutex_;
  std::vector<Easy> idle_;
  std::array<std::mutex, CURL_LOCK_DATA_LAST> shared_;
  CURLSH* share_ = nullptr;
};

/// The state of one exchange, which libcurl's callbacks fill.
struct Exchange {
  const Request& request;
  const BodySink& sink;
  std::stop_token stop;
  off_t body_start = 0;
  uint64_t body_sent = 0;
  Response response{};
  size_t header_bytes = 0;
  bool head_seen = false;
  std::optional<Error> error{};  // why a callback stopped the exchange

  bool ok() const { return response.status / 100 == 2; }

  bool fail(Status status) {
    if (status) return false;
    if (!error) error = std::move(status).error();
    return true;
  }
  bool fail(Error because) { return fail(Status(std::move(because))); }

  // Returns whether to go on.
  bool on_header(std::string_view line) {
    if (head_seen) return true;  // trailers
    header_bytes += line.size();
    if (header_bytes > kMaxHeaders)
      return !fail(
          Error::make(Code::corrupt, "the server sent more than {} of headers", human_bytes(kMaxHeaders)));
    if (line.starts_with("HTTP/")) {
      response = {};
      size_t blank = line.find(' ');
      if (blank != std::string_view::npos)
        response.status = std::atoi(std::string(line.substr(blank)).c_str());
      return true;
    }
    std::string_view text = trim(line);
    if (text.empty()) {
      if (response.status / 100 == 1 || response.status == 417) return true;  // another answer follows
      head_seen = true;
      return !(request.on_head && fail(request.on_head(response)));
    }
    size_t colon = text.find(':');
    if (colon == std::string_view::npos) return true;
    auto [place, is_new] = response.headers.try_emplace(lower(trim(text.substr(0, colon))));
    place->second += (is_new ? "" : ", ") + std::string(trim(text.substr(colon + 1)));
    return true;
  }

  bool on_body(std::string_view bytes) {
    if (sink && ok()) return !fail(sink(bytes));
    if (response.body.size() + bytes.size() > kMaxBody)
      return !fail(Error::make(Code::corrupt, "the server sent more than {}", human_bytes(kMaxBody)));
    response.body.append(bytes);
    return true;
  }

  // Returns the bytes put into the buffer, or nothing on an error.
  std::optional<size_t> on_upload(char* buffer, size_t room) {
    const size_t want = static_cast<size_t>(std::min<uint64_t>(room, request.body_size - body_sent));
    if (want == 0) return 0;
    ssize_t got = 0;
    do got = ::pread(request.body_fd, buffer, want, body_start + static_cast<off_t>(body_sent));
    while (got < 0 && errno == EINTR);
    if (got < 0) fail(Error::os(errno, "cannot read the file to upload"));
    if (got == 0)
      fail(Error::make(Code::io, "the file to upload ends after {} of {} bytes", body_sent,
                       request.body_size));
    if (got <= 0) return std::nullopt;
    body_sent += static_cast<uint64_t>(got);
    if (request.on_sent) request.on_sent(static_cast<uint64_t>(got));
    return static_cast<size_t>(got);
  }
};

size_t header_callback(char* bytes, size_t, size_t size, void* self) {
  return static_cast<Exchange*>(self)->on_header({bytes, size}) ? size : 0;
}

size_t body_callback(char* bytes, size_t, size_t size, void* self) {
  return static_cast<Exchange*>(self)->on_body({bytes, size}) ? size : size + 1;
}

size_t upload_callback(char* buffer, size_t size, size_t count, void* self) {
  return static_cast<Exchange*>(self)->on_upload(buffer, size * count).value_or(CURL_READFUNC_ABORT);
}

int rewind_callback(void* self, curl_off_t offset, int origin) {
  auto* exchange = static_cast<Exchange*>(self);
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
  exchange->body_sent = static_cast<uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

int progress_callback(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(self)->stop.stop_requested() ? 1 : 0;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; });
}

Result<HeaderList> header_list(const Request& request) {
  HeaderList list;
  auto add = [&](const std::string& line) { list.reset(curl_slist_append(list.release(), line.c_str())); };
  for (const auto& [name, value] : request.headers) {
    if (has_control(name) || has_control(value) || value.empty())
      return Error::make(Code::invalid, "the value of header '{}' cannot be sent", printable(name));
    add(name + ": " + value);
  }
  if (!request.headers.contains("Content-Type")) add("Content-Type:");  // libcurl would say it is a form
  if (request.body_size < kAskFirst || request.body_offset > 0) add("Expect:");
  return list;
}

/// Bytes that libcurl reads where they are.
curl_blob blob_of(const std::string& bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_NOCOPY};
}

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlOptions options)
      : options_(std::move(options)), trust_(options_.certificates, options_.ca_file) {}

  Result<Response> send(const Request& request, const BodySink& sink, std::stop_token stop) override {
    if (stop.stop_requested()) return Error::make(Code::cancelled, "stopped");
    TB_LET(Url url, parse_url(request.url));
    TB_TRY(open_libcurl());
    std::call_once(pool_made_, [this] { pool_.emplace(); });
    TB_LET(HeaderList headers, header_list(request));
    std::shared_ptr<const HostTrust> trust;
    if (url.secure()) {
      TB_LET(trust, trust_.of(url));
    }
    Exchange exchange{request, sink, std::move(stop)};
    if (request.body_fd >= 0) {
      exchange.body_start = ::lseek(request.body_fd, 0, SEEK_CUR);
      if (exchange.body_start < 0) return Error::os(errno, "cannot read the file to upload");
      exchange.body_start += static_cast<off_t>(request.body_offset);
    }

    Easy easy = pool_->take();
    std::array<char, CURL_ERROR_SIZE> text{};
    set_common(easy.get(), url, exchange);
    if (trust) set_trust(easy.get(), *trust);
    set_method(easy.get(), request, exchange);
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, text.data());
    const CURLcode code = curl_easy_perform(easy.get());
    pool_->give(std::move(easy));

    if (exchange.error) return *std::move(exchange.error);
    if (code == CURLE_OK) return std::move(exchange.response);
    if (exchange.stop.stop_requested()) return Error::make(Code::cancelled, "stopped");
    return explain(code, text[0] != '\0' ? text.data() : curl_easy_strerror(code), url, stall_of(request));
  }

 private:
  std::chrono::seconds stall_of(const Request& request) const {
    return request.stall.count() > 0 ? request.stall : options_.stall;
  }

  static void set_trust(CURL* easy, const HostTrust& trust) {
    curl_blob authorities = blob_of(trust.authorities);
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &authorities);
    if (trust.certificate.empty()) return;
    curl_easy_setopt(easy, CURLOPT_SSLCERT, trust.certificate.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, trust.key.c_str());
  }

  void set_common(CURL* easy, const Url& url, Exchange& exchange) const {
    curl_easy_setopt(easy, CURLOPT_URL, url.text.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "tierbuild");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (is_loopback(url.host)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());

    const long stall = static_cast<long>(stall_of(exchange.request).count());
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, stall);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, stall);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBuffer);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kBuffer);

    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &header_callback);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &body_callback);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &progress_callback);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);
  }

  static void set_method(CURL* easy, const Request& request, Exchange& exchange) {
    if (request.method == "HEAD") {
      curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request.body_fd >= 0) {
      curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
      curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body_size));
      curl_easy_setopt(easy, CURLOPT_READFUNCTION, &upload_callback);
      curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
      curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &rewind_callback);
      curl_easy_setopt(easy, CURLOPT_SEEKDATA, &exchange);
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    } else if (request.method != "GET") {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }

  static Error explain(CURLcode code, const std::string& text, const Url& url, std::chrono::seconds stall) {
    const std::string server = url.authority();
    auto error = [&](std::string_view what) { return Error::make(Code::network, "{}: {}", server, what); };
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
        return error("no such host").hint("check the name of the registry and the network connection");
      case CURLE_COULDNT_CONNECT:
        return error(printable(text))
            .hint(fmt::format("is the registry running? nothing answers at {}", server));
      case CURLE_OPERATION_TIMEDOUT:
        return error(fmt::format("no answer for {} s", stall.count()))
            .hint("check the network connection, then try again");
      case CURLE_PEER_FAILED_VERIFICATION:
        return error(printable(text))
            .hint(fmt::format("put the CA of the registry into ~/.config/containers/certs.d/{}/ca.crt",
                              server));
      case CURLE_SSL_CERTPROBLEM:
        return error(printable(text))
            .hint(fmt::format("check client.cert and client.key of {} in certs.d", server));
      case CURLE_SSL_CONNECT_ERROR:
        return error(printable(text))
            .hint(fmt::format("if {} speaks plain HTTP, list it as an insecure registry", server));
      default:
        return error(printable(text));
    }
  }

  CurlOptions options_;
  TrustStore trust_;
  std::once_flag pool_made_;
  std::optional<HandlePool> pool_;
};

}  // namespace

std::unique_ptr<Transport> curl_transport(CurlOptions options) {
  return std::make_unique<CurlTransport>(std::move(options));
}

}  // namespace tierbuild::registry
