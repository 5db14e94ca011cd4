#!/bin/sh
# `lint` tells each finding with its place and reason, honours levels and comments, and ends with 3 for errors.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'api' { from = base, cmd = { '/app/run' },
  copy = { { 'run', to = '/app/run' } },
  steps = { sh { [[ busybox ls /none || true ]] } } }
service 'job' { from = base, -- tierbuild: allow root_user it mounts disks
  healthcheck = health.none(), budget = '1kB' }
lint { swallowed_failure = 'error', layer_order = 'off' }
lint.rule 'doc' { on = 'service', level = 'warn', doc = 'Others read it.', function(s, report)
  if not s.doc then report(nil, s.name .. ' has no doc') end
end }
LUA
echo x >run

fails_with 3 "^error\[swallowed_failure\]: a failure of 'busybox' is hidden by '\|\| true'" "$TIERBUILD" lint
prints 'Buildfile.lua:4:38'
prints 'note: The build goes on with a broken image'
prints "^warning\[missing_healthcheck\]: service 'api' has no health check"
prints "^warning\[doc\]: job has no doc"
prints 'note: Others read it.'
prints '^note\[size_budget\]: service:job: not built as declared, so its size was not checked'
prints '^1 error, 4 warnings, 1 allowed'
! grep -q "service 'job' runs as root" "$dir/out" || fail 'an allowed finding is shown'
fails_with 0 '^0 errors' "$TIERBUILD" lint job
fails_with 0 '^swallowed_failure +error' "$TIERBUILD" lint --rules

# Once built, the notes become answers.
build
fails_with 3 "^warning\[size_budget\]: service 'job' has .* of layers, over its budget of 1.0 kB" "$TIERBUILD" lint
prints 'Buildfile.lua:6:32'
! grep -q '^note\[' "$dir/out" || fail 'a note is left after the build'

# The user that is declared now cannot read what root left there.
chmod 600 run
sed -i "s|cmd = { '/app/run' }|user = { 'app', uid = 1000 }, cmd = { '/app/run' }|" Buildfile.lua
build
fails_with 3 "^error\[unreadable_by_user\]: the user 'app' of service 'api' cannot .*/app/run" "$TIERBUILD" lint

# A rule of one's own that fails is an error of the Buildfile, at its line.
cat >>Buildfile.lua <<'LUA'
lint.rule 'broken' { on = 'tier', function(s, report) report(nil, s.helthcheck) end }
LUA
fails_with 2 "has no 'helthcheck'.*healthcheck" "$TIERBUILD" lint
prints 'Buildfile.lua:11:67'
prints "in the lint rule 'broken'"

# A target that a function of a module declares is told where the Buildfile calls it.
cat >made.lua <<'LUA'
return { worker = function(name, base)
  local made = service(name)
  made { from = base }
end }
LUA
cat >Buildfile.lua <<'LUA'
local base = require 'base'
require('made').worker('sweeper', base)
LUA
found 'warning[root_user]' Buildfile.lua:2
