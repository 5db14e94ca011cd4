#include "store/sql_records.hpp"

namespace tierbuild::store {

const char* const kSchema = R"sql(
CREATE TABLE steps(
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  target TEXT NOT NULL,
  layers BLOB NOT NULL,
  config BLOB NOT NULL,
  manifest BLOB NOT NULL,
  duration_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL,
  inputs BLOB NOT NULL);  -- last, so that a row is read without it
CREATE INDEX steps_by_target ON steps(target);

CREATE TABLE layers(
  diff_id BLOB NOT NULL,
  digest BLOB NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  annotations TEXT NOT NULL,
  tar_size INTEGER NOT NULL,
  PRIMARY KEY(diff_id, digest)) WITHOUT ROWID;
CREATE INDEX layers_by_digest ON layers(digest);

CREATE TABLE images(
  target TEXT NOT NULL,
  os TEXT NOT NULL,
  architecture TEXT NOT NULL,
  variant TEXT NOT NULL,
  key BLOB NOT NULL,
  manifest TEXT NOT NULL,
  size INTEGER NOT NULL,
  layers INTEGER NOT NULL,
  tags TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  used_ms INTEGER NOT NULL,
  PRIMARY KEY(target, os, architecture, variant)) WITHOUT ROWID;

CREATE TABLE facts(
  space TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(space, name)) WITHOUT ROWID;

CREATE TABLE builds(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  started_ms INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  command TEXT NOT NULL,
  outcome TEXT NOT NULL,
  ran INTEGER NOT NULL,
  reused INTEGER NOT NULL,
  failed INTEGER NOT NULL);
)sql";

}  // namespace tierbuild::store
