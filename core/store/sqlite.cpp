#include "store/sqlite.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tierbuild::store {
namespace {

constexpr int kBusyMilliseconds = 60'000;  // a prune on a slow disk is the longest writer

Code code_of(int result, int system_errno) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return Code::no_space;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return Code::corrupt;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH:
      return Code::denied;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return system_errno == ENOSPC || system_errno == EDQUOT ? Code::no_space : Code::io;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::io;
    default:
      return Code::internal;
  }
}

std::string_view column_bytes(sqlite3_stmt* statement, int column) {
  const void* data = sqlite3_column_blob(statement, column);
  auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
  return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(data), size);
}

}  // namespace

std::filesystem::path Database::suspect_file(const std::filesystem::path& file) {
  return file.string() + "-suspect";
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
  std::unique_ptr<Database> database(new Database(file));
  constexpr int kFlags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int code = sqlite3_open_v2(file.c_str(), &database->handle_, kFlags, nullptr);
  if (code != SQLITE_OK) return database->error(code, "cannot open the records");
  sqlite3_busy_timeout(database->handle_, kBusyMilliseconds);
  int keep = 1;
  sqlite3_file_control(database->handle_, nullptr, SQLITE_FCNTL_PERSIST_WAL, &keep);
  // Without a checkpoint at every end, closing costs no flush; 256 pages of log are read back in a
  // millisecond.
  sqlite3_db_config(database->handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  TB_TRY(
      database->exec("PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=256;"));
  return database;
}

Database::~Database() {
  for (auto [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Error Database::error(int code, std::string_view what) {
  int system = handle_ == nullptr ? 0 : sqlite3_system_errno(handle_);
  const char* text = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
  Error error = Error::make(code_of(code, system), "{}: {} ({})", what, text, file_.string());
  if (error.code() == Code::corrupt && file_ != ":memory:") {
    int marker = ::open(suspect_file(file_).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    if (marker >= 0) ::close(marker);
    return std::move(error).hint(
        "run it again: damaged records are set aside, and what they knew is built anew");
  }
  if ((code & 0xff) == SQLITE_BUSY)
    return std::move(error).hint("another process holds the store's records; try again when it is done");
  return error;
}

Status Database::exec(const char* sql) {
  int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status() : Status(error(code, "the records failed"));
}

Status Database::check() {
  std::string verdict;
  {
    Query query(*this, "PRAGMA integrity_check(1)");
    TB_LET(bool row, query.next());
    if (row) verdict = query.text();
  }
  if (verdict == "ok") return {};
  return error(SQLITE_CORRUPT, fmt::format("the records are damaged ({})", verdict));
}

void Database::be_impatient() {
  sqlite3_busy_timeout(handle_, 0);
}

Result<sqlite3_stmt*> Database::prepare(const char* sql) {
  auto known = statements_.find(sql);
  if (known != statements_.end()) return known->second;
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return error(code, "the records failed");
  statements_.emplace(sql, statement);
  return statement;
}

Query::Query(Database& database, const char* sql) : database_(database) {
  auto statement = database.prepare(sql);
  if (statement)
    statement_ = *statement;
  else
    failure_ = std::move(statement).error();
}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(int64_t value) {
  if (statement_ != nullptr) sqlite3_bind_int64(statement_, ++parameter_, value);
  return *this;
}

Query& Query::bind(std::string_view text) {
  if (statement_ != nullptr)
    sqlite3_bind_text64(statement_, ++parameter_, text.empty() ? "" : text.data(), text.size(),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Query& Query::bind_blob(std::string_view bytes) {
  if (statement_ != nullptr)
    sqlite3_bind_blob64(statement_, ++parameter_, bytes.empty() ? "" : bytes.data(), bytes.size(),
                        SQLITE_TRANSIENT);
  return *this;
}

Query& Query::bind(const Digest& digest) {
  if (digest.empty()) return bind_blob({});
  return bind_blob({reinterpret_cast<const char*>(digest.bytes().data()), Digest::kSize});
}

Result<bool> Query::next() {
  TB_TRY(std::exchange(failure_, {}));
  column_ = 0;
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_.error(code, "the records failed");
}

Status Query::run() {
  TB_LET(bool row, next());
  TB_CHECK(!row);
  return {};
}

int64_t Query::integer() {
  return sqlite3_column_int64(statement_, column_++);
}
std::string Query::text() {
  return std::string(column_bytes(statement_, column_++));
}
std::string Query::blob() {
  return std::string(column_bytes(statement_, column_++));
}

Digest Query::digest() {
  std::string_view bytes = column_bytes(statement_, column_++);
  Digest::Bytes raw{};
  if (bytes.size() == raw.size()) std::memcpy(raw.data(), bytes.data(), raw.size());
  return Digest(raw);
}

}  // namespace tierbuild::store
