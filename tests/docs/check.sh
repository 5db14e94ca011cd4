#!/bin/sh
# The documentation against the tree and the program: links lead somewhere, verbs exist, error numbers are explained.
set -eu
: "${TIERBUILD:?path of the program}"
cd "$(dirname "$0")/../.."
wrong=0
complain() {
  echo "$*" >&2
  wrong=1
}

for page in *.md docs/*.md examples/*/*.md; do
  [ -f "$page" ] || continue
  for link in $(grep -o '](\([^)#]*\)' "$page" | cut -c3- | grep -v '^[a-z]*:'); do
    [ -e "$(dirname "$page")/$link" ] || complain "$page: the link '$link' leads nowhere"
  done
done

verbs=" $("$TIERBUILD" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | tr '\n' ' ')"
tasks=" $("$TIERBUILD" tasks | sed -n 's/^\([a-z]*\) .*/\1/p' | tr '\n' ' ')"
for verb in $(grep -ho '^\./tierbuild [a-z]*' README.md CONTRIBUTING.md | cut -d' ' -f2 | sort -u); do
  case "$verbs$tasks" in *" $verb "*) ;; *) complain "'tierbuild $verb' is documented but is no verb and no task" ;; esac
done
for verb in $verbs; do
  "$TIERBUILD" "$verb" --help >/dev/null || complain "'tierbuild $verb --help' fails"
done

# The reference is written by the program: `tests/docs/check.sh --update` writes it anew.
if [ "${1-}" = --update ]; then
  "$TIERBUILD" help --markdown >docs/reference.md
elif ! "$TIERBUILD" help --markdown | diff -u docs/reference.md - >&2; then
  complain 'docs/reference.md is stale: run ./tierbuild reference'
fi

for number in $(grep -rho '"E[0-9][0-9][0-9]"' core bindings cli | tr -d '"' | sort -u); do
  grep -q "$number" docs/errors.md || complain "docs/errors.md does not explain $number"
done
exit $wrong
