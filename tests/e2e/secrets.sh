#!/bin/sh
# A secret is there for the step that mounts it, and nowhere else: no layer, log, record or command line has it.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
local base = require 'base'
service 'app' {
  from  = base,
  steps = {
    sh { [[
      test "$(cat /run/secrets/file)" = "$(cat /other/place)"
      test -n "$TOKEN"; test "$(stat -c %a /run/secrets/file)" = 400
      echo "the file says $(cat /run/secrets/file)"; echo "the variable says $TOKEN." >&2
      echo built >/result; echo ready; sleep 3
    ]], mounts = { secret.mount { id = 'file' }, secret.mount { id = 'file', target = '/other/place' },
                   secret.mount { id = 'token', env = 'TOKEN' } } },
    sh { 'test ! -e /run/secrets; test ! -e /other; test -z "${TOKEN-}"' },
  },
}
LUA
random() { od -An -N12 -tx1 /dev/urandom | tr -d ' \n'; }
{ random; echo; random; } >"$dir/key" # a key of two lines
CANARY=$(random)
export CANARY
{ cat "$dir/key"; echo; echo "$CANARY"; } >"$dir/canaries"
# Whoever searches must not be found: patterns come from a file.
has_canary() { grep -aqF -f "$dir/canaries" "$@"; }
printf 'x%sx' "$CANARY" | has_canary || fail 'the search does not work'

"$TIERBUILD" build app --progress=json --secret id=file,src="$dir/key" --secret id=token,env=CANARY \
  -o type=local,dest="$dir/files" --metadata-file "$dir/metadata" >"$dir/out" 2>"$dir/err" &
pid=$!
started "$pid"
wait_for 30 grep -q '"line":"ready"' "$dir/err" || fail 'the step did not start'
! cat /proc/[0-9]*/cmdline 2>/dev/null | has_canary || fail 'a secret is on a command line'
wait "$pid" || fail 'the build failed'

grep -q '"line":"the file says \*\*\*' "$dir/err" || fail 'the output of the step is not masked'
grep -q '"line":"the variable says \*\*\*' "$dir/err" || fail 'the errors of the step are not masked'
! has_canary "$dir/out" "$dir/err" "$dir/metadata" || fail 'a secret is in what the program printed'
[ -f "$dir/files/result" ] || fail 'nothing was written'
! has_canary -r "$TIERBUILD_STORE" "$dir/files" || fail 'a secret is in the store or the output'
[ "$(find "$TIERBUILD_STORE/blobs" -type f | wc -l)" -gt 3 ] || fail 'there are no blobs to search'
for blob in "$TIERBUILD_STORE"/blobs/sha256/*; do
  ! zcat -f "$blob" | has_canary || fail "a secret is in the blob ${blob##*/}"
done

# Another value runs nothing, and the absence of a needed one is an error that says how to give it.
random >"$dir/key"
build --secret id=file,src="$dir/key" --secret id=token,env=CANARY
same "$(ran)" '' 'steps after a change of a secret'
fails_with 1 "needs the secret 'file'" "$TIERBUILD" build --no-cache
prints '--secret id=file,src='
