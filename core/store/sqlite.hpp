// A small face of SQLite: errors as Results, statements prepared once.
#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.hpp"
#include "hash/digest.hpp"

namespace tierbuild::store {

/// One connection; not thread-safe. When SQLite finds the file damaged, `<file>-suspect` is made beside it,
/// so that the next one who opens the file checks all of it.
class Database {
 public:
  /// Opens or creates the file; ":memory:" is a database of its own. The write-ahead log stays when it is
  /// closed: its space is what lets a full disk be pruned.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
  ~Database();

  /// Runs statements that give no rows.
  Status exec(const char* sql);
  /// Reads everything; `corrupt` with what is wrong.
  Status check();
  /// From now on a lock of another process is an error at once.
  void be_impatient();
  const std::filesystem::path& file() const { return file_; }
  static std::filesystem::path suspect_file(const std::filesystem::path& file);

 private:
  friend class Query;
  explicit Database(std::filesystem::path file) : file_(std::move(file)) {}
  Error error(int code, std::string_view what);
  Result<sqlite3_stmt*> prepare(const char* sql);

  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string_view, sqlite3_stmt*> statements_;  // by the text of a literal
};

/// One run of a statement. Parameters are bound and columns read in order, from the left.
class Query {
 public:
  /// `sql` must be a literal: the prepared statement is kept under its address.
  Query(Database& database, const char* sql);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  Query& bind(int64_t value);
  Query& bind(std::string_view text);
  Query& bind_blob(std::string_view bytes);
  Query& bind(const Digest& digest);  // an empty one as an empty blob

  /// Steps to the next row; false after the last.
  Result<bool> next();
  /// Runs a statement that gives no rows.
  Status run();

  int64_t integer();
  std::string text();
  std::string blob();
  Digest digest();

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  Status failure_;
  int parameter_ = 0, column_ = 0;
};

}  // namespace tierbuild::store
