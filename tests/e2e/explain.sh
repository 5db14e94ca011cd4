#!/bin/sh
# `explain` names the line that set each field: through rules, defaults, merges, the workspace and the tiers below.
. "$(dirname "$0")/lib.sh"

mkdir "$dir/shop"
cd "$dir/shop"
mkdir -p build services/api
cat >Buildfile.lua <<'LUA'
workspace 'shop' { python = { caches = {} } }
registry 'ghcr.io/shop' { tags = { 'v1', stamp.git.short } }
defaults {
  env = { TZ = 'UTC', LEVEL = 'warn' },
  apt = { 'tini' },
}
local base = tier 'base' {
  from = image.from('debian:12'):env { LANG = 'C' },
  env = { LEVEL = 'info', HOME = '/app' },
  cmd = { 'bash' },
  expose = { 80 },
}
include 'services/*/Buildfile.lua'
LUA
cat >build/rules.lua <<'LUA'
return {
  service = rule 'py' {
    params = { port = t.port:opt(8000) },
    function(p)
      return {
        from = 'base',
        apt = { 'curl' },
        env = { PORT = tostring(p.port), LEVEL = 'debug' },
        pip = { 'fastapi==1.0' },
        labels = { team = 'a', app = p.name },
        healthcheck = health.cmd { 'probe', retries = 5 },
        steps = { run { 'make', 'install' } },
      }
    end,
  },
}
LUA
cat >services/api/Buildfile.lua <<'LUA'
local rules = require 'build.rules'
rules.service 'api' {
  port = 9000,
  apt = replace { 'git' },
  env = { LEVEL = 'error' },
  pip = { 'httpx', index = 'http://x' },
  labels = replace { only = 'this' },
  expose = { 9000 },
  entrypoint = { 'tini', '--' },
}
LUA

# golden COMMAND…: prints exactly what standard input holds.
golden() {
  cat >"$dir/golden"
  "$@" >"$dir/out" 2>"$dir/err" || fail "'$*' ended with status $?"
  diff -u "$dir/golden" "$dir/out" >&2 || fail "'$*' prints something else"
}

golden "$TIERBUILD" explain api <<'TEXT'
service:api is declared at services/api/Buildfile.lua:2:1

FIELD                     VALUE                      SET AT                           THROUGH
from                      'base'                     build/rules.lua:6:9              rule 'py', used at services/api/Buildfile.lua:2:1
apt                       'git'                      services/api/Buildfile.lua:4:19  replace {…}
  instead of              'tini'                     Buildfile.lua:5:11               defaults
  instead of              'curl'                     build/rules.lua:7:17             rule 'py', used at services/api/Buildfile.lua:2:1
pip                       'fastapi==1.0'             build/rules.lua:9:17             rule 'py', used at services/api/Buildfile.lua:2:1
pip                       'httpx'                    services/api/Buildfile.lua:6:11
pip.index                 'http://x'                 services/api/Buildfile.lua:6:20
steps                     run { 'make', 'install' }  build/rules.lua:12:19            rule 'py', used at services/api/Buildfile.lua:2:1
env.LANG                  'C'                        Buildfile.lua:8:34               a method of the image
env.LEVEL                 'error'                    services/api/Buildfile.lua:5:11
  instead of              'debug'                    build/rules.lua:8:42             rule 'py', used at services/api/Buildfile.lua:2:1
  instead of              'warn'                     Buildfile.lua:4:23               defaults
  instead of              'info'                     Buildfile.lua:9:11               tier 'base'
  instead of              'warn'                     Buildfile.lua:4:23               defaults
env.TZ                    'UTC'                      Buildfile.lua:4:11               defaults
env.HOME                  '/app'                     Buildfile.lua:9:27               tier 'base'
env.PORT                  '9000'                     build/rules.lua:8:17             rule 'py', used at services/api/Buildfile.lua:2:1
expose                    80                         Buildfile.lua:11:14              tier 'base'
expose                    9000                       services/api/Buildfile.lua:8:14
entrypoint                { 'tini', '--' }           services/api/Buildfile.lua:9:3
cmd                       nil                        services/api/Buildfile.lua:9:3   a new entrypoint drops it
  instead of              { 'bash' }                 Buildfile.lua:10:3               tier 'base'
healthcheck               { 'probe', retries = 5 }   build/rules.lua:11:9             rule 'py', used at services/api/Buildfile.lua:2:1
labels.only               'this'                     services/api/Buildfile.lua:7:22  replace {…}
  instead of labels.app   'api'                      build/rules.lua:10:32            rule 'py', used at services/api/Buildfile.lua:2:1
  instead of labels.team  'a'                        build/rules.lua:10:20            rule 'py', used at services/api/Buildfile.lua:2:1
tags                      'v1'                       Buildfile.lua:2:1                registry 'ghcr.io/shop'
tags                      '{git.short}'              Buildfile.lua:2:1                registry 'ghcr.io/shop'
workspace.python.caches   {}                         Buildfile.lua:1:31               workspace
requirements.fastapi      'fastapi==1.0'             build/rules.lua:9:17
requirements.httpx        'httpx'                    services/api/Buildfile.lua:6:11
TEXT

golden "$TIERBUILD" explain base env <<'TEXT'
tier:base is declared at Buildfile.lua:7:14

FIELD         VALUE   SET AT              THROUGH
env.LANG      'C'     Buildfile.lua:8:34  a method of the image
env.LEVEL     'info'  Buildfile.lua:9:11
  instead of  'warn'  Buildfile.lua:4:23  defaults
env.TZ        'UTC'   Buildfile.lua:4:11  defaults
env.HOME      '/app'  Buildfile.lua:9:27
TEXT

golden "$TIERBUILD" explain --json api env.LANG apt <<'JSON'
{
  "target": "service:api",
  "where": {
    "file": "services/api/Buildfile.lua",
    "line": 2,
    "column": 1
  },
  "settings": [
    {
      "field": "apt",
      "value": "'git'",
      "where": {
        "file": "services/api/Buildfile.lua",
        "line": 4,
        "column": 19
      },
      "through": "",
      "used": null,
      "how": "replaced",
      "instead_of": [
        {
          "field": "apt",
          "value": "'tini'",
          "where": {
            "file": "Buildfile.lua",
            "line": 5,
            "column": 11
          },
          "through": "defaults",
          "used": null,
          "how": "set",
          "instead_of": []
        },
        {
          "field": "apt",
          "value": "'curl'",
          "where": {
            "file": "build/rules.lua",
            "line": 7,
            "column": 17
          },
          "through": "rule 'py'",
          "used": {
            "file": "services/api/Buildfile.lua",
            "line": 2,
            "column": 1
          },
          "how": "appended",
          "instead_of": []
        }
      ]
    },
    {
      "field": "env.LANG",
      "value": "'C'",
      "where": {
        "file": "Buildfile.lua",
        "line": 8,
        "column": 34
      },
      "through": "a method of the image",
      "used": null,
      "how": "set",
      "instead_of": []
    }
  ]
}
JSON

fails_with 2 "no target 'ap' .did you mean 'api'" "$TIERBUILD" explain ap
fails_with 2 "nothing sets 'workdir'" "$TIERBUILD" explain api workdir
