#!/bin/sh
# The benchmark measures every workload, here with small inputs, and leaves nothing behind, also when it is interrupted.
. "$(dirname "$0")/lib.sh"
needs python3 git skopeo docker-registry
export TMPDIR="$dir/tmp"
mkdir "$TMPDIR"

# bench ARG…: results in $dir/results, the tables in $dir/out
bench() { "$tests/../../bench/run" --quick --program "$TIERBUILD" --results "$dir/results" "$@" >"$dir/out" 2>"$dir/err"; }
left_behind() {
  ls -A "$TMPDIR"
  grep " $TMPDIR/" /proc/self/mountinfo || true
  for process in /proc/[0-9]*; do
    ! { tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null | grep -F "$TMPDIR/" || echo "is ${process#/proc/}"
  done
}

# Ours in all of them (apt would fetch a Debian), peers as far as installed in one that needs all that they can do.
bench --peers '' program services many changed copy steps registry || fail "bench ended with status $?: $(cat "$dir/out")"
! grep -q 'note: failed' "$dir/out" || fail 'a workload failed'
for case in start 'evaluation kept' cold same edit first chain wide push pull; do
  prints "^  $case .*tierbuild"
done
bench commit || fail "bench commit ended with status $?: $(cat "$dir/out")"
prints 'after the command +tierbuild'
! grep -q 'failed' "$dir/out" || fail 'a peer failed'
! command -v buildah >/dev/null || prints 'buildah .*, export '
python3 - "$dir/results/results.json" <<'END' || fail 'the results are not as they should be'
import json, sys
results = json.load(open(sys.argv[1]))
case = next(one for one in results['workloads'] if one['name'] == 'commit')['cases'][0]
assert case['tools']['tierbuild']['runs'] == 1 and case['tools']['tierbuild']['median'] > 0, case
assert len(case['tools']) == 1 or ('ratio' in case and 'met' in case), case
assert results['machine']['cores'] > 0 and set(results['versions']) == set(case['tools']), results
assert len(results['workloads']) == 8, 'the second run did not keep what the first had measured'
END
grep -q '^## commit of' "$dir/results/performance.md" || fail 'the page lacks a workload'
same "$(left_behind)" '' 'what the benchmark left behind'

fails_with 2 "no workload 'nonsense'" "$tests/../../bench/run" nonsense

"$tests/../../bench/run" --quick --runs 1000 --program "$TIERBUILD" services >"$dir/out" 2>"$dir/err" &
pid=$!
started "$pid"
running() { [ -e "$(echo "$TMPDIR"/*/w-services/tree | cut -d' ' -f1)" ]; }
wait_for 60 running || fail 'the benchmark does not start'
sleep 1
kill "$pid"
status=0
wait "$pid" || status=$?
same "$status" 130 'the status of an interrupted benchmark'
same "$(left_behind)" '' 'what an interrupted benchmark left behind'
