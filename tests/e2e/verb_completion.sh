#!/bin/sh
# Completion in real shells: verbs, flags, their values, targets and tasks.
. "$(dirname "$0")/lib.sh"
needs bash

workspace <<'LUA'
local base = tier 'python-base' { from = image.scratch() }
service 'discord' { from = base }
service 'web' { from = base }
task 'deploy' { args = { where = t.enum { 'staging', 'live' } }, run = { 'true' } }
LUA
mkdir "$dir/bin" && ln -s "$TIERBUILD" "$dir/bin/tierbuild"
PATH=$dir/bin:$PATH
for shell in bash zsh fish; do
  tierbuild completion $shell >"$dir/completion.$shell"
  ! command -v $shell >/dev/null || $shell -n "$dir/completion.$shell" || fail "$shell does not take its script"
done

# completes LINE: what bash offers at the end of the line, as it would call the function.
completes() {
  bash --norc -c '
    source "$1"
    COMP_LINE=$2 COMP_POINT=${#2}
    IFS=" " read -r -a COMP_WORDS <<<"$(printf %s "$2" | sed "s/[:=]/ & /g")"
    [[ $2 != *[[:space:]:=] ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    compopt() { :; }
    function=$(complete -p tierbuild | sed "s/.*-F \([^ ]*\).*/\1/")
    "$function" tierbuild "${COMP_WORDS[COMP_CWORD]}"
    printf "%s\n" "${COMPREPLY[@]}"
  ' bash "$dir/completion.bash" "$1" | sort | tr '\n' ' ' | sed 's/ $//'
}
same "$(completes 'tierbuild bui')" build 'a verb'
same "$(completes 'tierbuild dep')" deploy 'a task'
same "$(completes 'tierbuild build dis')" discord 'a target'
same "$(completes 'tierbuild run we')" web 'a target of run'
same "$(completes 'tierbuild build --metad')" --metadata-file 'a flag'
same "$(completes 'tierbuild graph --format me')" mermaid 'a value'
same "$(completes 'tierbuild deploy --where ')" 'live staging' "the values of a task's argument"
same "$(completes 'tierbuild build tier:py')" 'python-base' 'what follows a colon'
same "$(completes 'tierbuild build -j2 we')" web 'a target behind a flag'
case " $(completes 'tierbuild ') " in *' build '*' deploy '*) ;; *) fail "all: $(completes 'tierbuild ')" ;; esac

# Outside of any repository there are still the verbs, and no noise.
cd /
same "$(completes 'tierbuild bui')" build 'a verb without a Buildfile'
fails_with 2 "'tcsh'" tierbuild completion tcsh
prints 'bash, zsh or fish'
