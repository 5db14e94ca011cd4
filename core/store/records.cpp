#include "store/records.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/clock.hpp"
#include "fs/file.hpp"
#include "store/directory.hpp"
#include "store/file_lock.hpp"
#include "store/sql_records.hpp"

namespace tierbuild::store {
namespace {

namespace stdfs = std::filesystem;

enum class Kind { ours, older, fresh, foreign };

Result<int64_t> number(Database& database, const char* sql) {
  Query query(database, sql);
  TB_LET(bool row, query.next());
  return row ? query.integer() : 0;
}

Result<Kind> kind_of(Database& database) {
  TB_LET(int64_t application, number(database, "PRAGMA application_id"));
  TB_LET(int64_t version, number(database, "PRAGMA user_version"));
  if (application == kApplicationId && version == kSchemaVersion) return Kind::ours;
  if (application == kApplicationId && version == kSchemaVersion - 1) return Kind::older;
  TB_LET(int64_t tables, number(database, "SELECT count(*) FROM sqlite_schema"));
  return application == 0 && version == 0 && tables == 0 ? Kind::fresh : Kind::foreign;
}

Status create_schema(Database& database) {
  TB_LET(int64_t ignored, number(database, "PRAGMA journal_mode=WAL"));
  std::ignore = ignored;
  std::string script =
      fmt::format("BEGIN IMMEDIATE; PRAGMA application_id={}; PRAGMA user_version={}; {} COMMIT;",
                  kApplicationId, kSchemaVersion, kSchema);
  return database.exec(script.c_str());
}

Status upgrade(Database& database) {
  return database.exec(
      fmt::format("BEGIN IMMEDIATE; {} PRAGMA user_version={}; COMMIT;", kUpgrade, kSchemaVersion).c_str());
}

// The database if it is one of ours and whole, as far as a look at its first page (and at all of it, if it is
// suspect) can tell. Damaged and foreign files give `corrupt`.
Result<std::unique_ptr<Database>> open_checked(const stdfs::path& file) {
  TB_LET(auto database, Database::open(file));
  TB_LET(Kind kind, kind_of(*database));
  if (kind == Kind::foreign) return Error(Code::corrupt, "it is of another program or version");
  if (is_there(Database::suspect_file(file))) {
    TB_TRY(database->check());
    ::unlink(Database::suspect_file(file).c_str());
  }
  return database;
}

Status set_aside(const stdfs::path& file, const std::string& suffix) {
  TB_TRY(fs::rename_file(file, file.string() + suffix));
  for (const char* part : {"-wal", "-shm", "-suspect"}) ::unlink((file.string() + part).c_str());
  return {};
}

// Opens, creates or replaces under a lock, so that two processes do not do it twice.
Result<std::unique_ptr<Database>> open_locked(const stdfs::path& file, std::string* warning) {
  TB_LET(FileLock lock, FileLock::acquire(file.string() + "-lock", FileLock::Mode::exclusive));
  auto database = open_checked(file);
  if (!database && database.error().code() == Code::corrupt) {
    std::string suffix = fmt::format(".damaged-{}", Clock::system().now());
    if (warning != nullptr)
      *warning = fmt::format("the records were damaged and are set aside as {}{}: {}",
                             file.filename().string(), suffix, database.error().message());
    TB_TRY(set_aside(file, suffix));
    database = open_checked(file);
  }
  if (!database) return database;
  TB_LET(Kind kind, kind_of(**database));
  if (kind == Kind::fresh) TB_TRY(create_schema(**database));
  if (kind == Kind::older) TB_TRY(upgrade(**database));
  return database;
}

}  // namespace

Result<std::unique_ptr<Records>> open_records(const stdfs::path& file, std::string* warning, Lease* lease) {
  auto database = open_checked(file);
  bool ready = false;
  if (database) {
    TB_LET(Kind kind, kind_of(**database));
    ready = kind == Kind::ours;
  }
  if (!ready) {
    database = Error(Code::internal, "closed");  // the file must not stay open while it is replaced
    database = open_locked(file, warning);
  }
  if (!database) return std::move(database).error().with("while opening the store's records");
  return sql_records(std::move(*database), lease);
}

Result<std::unique_ptr<Records>> memory_records() {
  TB_LET(auto database, Database::open(":memory:"));
  TB_TRY(create_schema(*database));
  return sql_records(std::move(database), nullptr);
}

}  // namespace tierbuild::store
