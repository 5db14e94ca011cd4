#!/bin/sh
# --sarif has what SARIF 2.1.0 requires, by a check that knows nothing of the program; --json is JSON.
. "$(dirname "$0")/lib.sh"
needs python3

workspace <<'LUA'
local base = require 'base'
service 'api' { from = base }
service 'db' { from = base, budget = '1GB' } -- tierbuild: allow root_user it owns the disk
lint { root_user = 'error' }
lint.rule 'own' { on = 'service', function(s, report) report('Buildfile.lua:2:9', 'found in ' .. s.name) end }
LUA

fails_with 3 . "$TIERBUILD" lint --sarif
python3 - "$dir/out" <<'PY'
import json, sys, urllib.parse

log = json.load(open(sys.argv[1]))
assert log["version"] == "2.1.0" and "sarif" in log["$schema"]
assert len(log["runs"]) == 1
run = log["runs"][0]
driver = run["tool"]["driver"]
assert driver["name"] == "tierbuild" and driver["version"]
rules = driver["rules"]
assert len({rule["id"] for rule in rules}) == len(rules)
for rule in rules:
    assert rule["shortDescription"]["text"] and rule["fullDescription"]["text"]
    assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
for invocation in run["invocations"]:
    assert isinstance(invocation["executionSuccessful"], bool)
    for notice in invocation["toolExecutionNotifications"]:
        assert notice["message"]["text"] and notice["level"] in ("none", "note", "warning", "error")
assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
assert run["results"]
suppressed = 0
for result in run["results"]:
    assert result["message"]["text"]
    assert result["level"] in ("none", "note", "warning", "error")
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    for place in result["locations"]:
        artifact = place["physicalLocation"]["artifactLocation"]
        assert not urllib.parse.urlparse(artifact["uri"]).scheme and not artifact["uri"].startswith("/")
        assert artifact["uriBaseId"] in run["originalUriBaseIds"]
        region = place["physicalLocation"]["region"]
        assert region["startLine"] >= 1 and region.get("startColumn", 1) >= 1
    for suppression in result.get("suppressions", []):
        assert suppression["kind"] in ("inSource", "external") and suppression["justification"]
        suppressed += 1
assert suppressed == 1, suppressed
levels = {(r["ruleId"], r["level"]) for r in run["results"]}
assert ("root_user", "error") in levels and ("own", "error") in levels, levels
PY

fails_with 3 . "$TIERBUILD" lint --json
python3 - "$dir/out" <<'PY'
import json, sys
found = json.load(open(sys.argv[1]))
own = [f for f in found["findings"] if f["rule"] == "own"]
assert own[0]["file"] == "Buildfile.lua" and own[0]["line"] == 2 and own[0]["source"].startswith("service 'api'")
assert found["errors"] == 3 and found["allowed"] == 1, found
PY
