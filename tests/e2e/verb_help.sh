#!/bin/sh
# Every verb has a help, and takes each flag that its help names.
. "$(dirname "$0")/lib.sh"

workspace <<'LUA'
service 'web' { from = image.scratch() }
LUA
"$TIERBUILD" help >"$dir/overview"
"$TIERBUILD" --help | cmp - "$dir/overview" || fail 'help and --help differ'
"$TIERBUILD" | cmp - "$dir/overview" || fail 'help and no words differ'
verbs=$(sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' "$dir/overview" | grep -vx tierbuild)
[ "$(echo "$verbs" | wc -l)" -ge 12 ] || fail "the overview names too few verbs: $verbs"
for verb in $verbs; do
  "$TIERBUILD" help "$verb" >"$dir/help" || fail "help $verb"
  "$TIERBUILD" "$verb" --help | cmp - "$dir/help" || fail "$verb --help differs"
  grep -q "^Usage: tierbuild $verb" "$dir/help" || fail "$verb: no usage"
  awk 'length > 120 { exit 1 }' "$dir/help" || fail "$verb: a line is too long"
  # A flag that is not known is refused before --help counts, so each of these must be known.
  for flag in $(sed -n '/^Flags/,/^$/p' "$dir/help" | grep -oE '^ +(-[a-zA-Z], )?--?[a-zA-Z-]+' | tr -d ,); do
    [ "$flag" != -h ] && [ "$flag" != --help ] || continue
    status=0
    "$TIERBUILD" "$verb" "$flag" --help >"$dir/out" 2>&1 || status=$?
    ! grep -q 'has no flag' "$dir/out" || fail "$verb does not take its own $flag"
  done
  fails_with 2 "\`tierbuild $verb\` has no flag '--no-such-flag'" "$TIERBUILD" "$verb" --no-such-flag
done
fails_with 0 '^tierbuild [0-9]+\.[0-9]+\.[0-9]+' "$TIERBUILD" --version
fails_with 2 "'biuld'.*did you mean 'build'" "$TIERBUILD" biuld
fails_with 2 "'biuld'" "$TIERBUILD" help biuld
fails_with 2 "'--bogus' before a verb" "$TIERBUILD" --bogus build
