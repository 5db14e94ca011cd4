#include "store/sql_records.hpp"

namespace tierbuild::store {

#define TB_CAUSES                                                                                         \
  "CREATE TABLE causes(build INTEGER NOT NULL, name TEXT NOT NULL, platform TEXT NOT NULL, outcome TEXT " \
  "NOT NULL,"                                                                                             \
  " duration_ms INTEGER NOT NULL, changes TEXT NOT NULL);"                                                \
  "CREATE INDEX causes_by_build ON causes(build);"                                                        \
  "CREATE INDEX causes_by_name ON causes(name, platform);"

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
  made_of BLOB NOT NULL DEFAULT x'',
  inputs BLOB NOT NULL DEFAULT x'',
  steps BLOB NOT NULL DEFAULT x'',
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
)sql" TB_CAUSES;

const char* const kUpgrade = R"sql(
ALTER TABLE images ADD COLUMN made_of BLOB NOT NULL DEFAULT x'';
ALTER TABLE images ADD COLUMN inputs BLOB NOT NULL DEFAULT x'';
ALTER TABLE images ADD COLUMN steps BLOB NOT NULL DEFAULT x'';
)sql" TB_CAUSES;

}  // namespace tierbuild::store
