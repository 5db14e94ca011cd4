#!/bin/sh
# `build -f compose.yaml`: services become images with docker's names; what they say of each other, of the environment
# and of secrets holds; what has no effect is named.
. "$(dirname "$0")/lib.sh"
needs python3

mkdir -p "$dir/shop/base" "$dir/shop/web" "$dir/shop/common/tool" "$dir/shop/shared"
cd "$dir/shop"
cp /bin/busybox base/busybox
cat >base/Dockerfile <<'END'
FROM scratch
COPY --chmod=755 busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
END
cat >web/Dockerfile <<'END'
FROM base
ARG VERSION
ARG MODE=none
COPY --from=shared motd /motd
RUN echo "$VERSION $MODE" >/version
RUN --mount=type=secret,id=token cat /run/secrets/token >/token
END
echo hello >shared/motd
echo hush >token
echo 'FROM base' >common/tool/tool.dockerfile
echo 'RUN echo tool >/tool' >>common/tool/tool.dockerfile
cat >common/compose.yaml <<'END'
services:
  tool:
    build: { context: tool, dockerfile: tool.dockerfile, additional_contexts: [base=service:base] }
END
cat >compose.yaml <<'END'
x-build: &defaults
  additional_contexts: &contexts
    base: service:base
  labels: { team: "${TEAM:-none}" }
secrets:
  token: { file: ./token }
services:
  db: { image: postgres:16, ports: ["5432:5432"] }
  base:
    build: ./base
  web:
    image: example.org/shop/web:${TAG:-dev}
    environment: { VERSION: "7" }
    build:
      <<: *defaults
      context: web
      args: [VERSION, MODE]
      secrets: [token]
      privileged: true
      additional_contexts:
        <<: *contexts
        shared: ./shared
    develop:
      watch: [{ action: rebuild, path: web }]
  tool:
    extends: { file: common/compose.yaml, service: tool }
    build: { labels: { extended: "yes" } }
  inline:
    profiles: [extra]
    build:
      additional_contexts: [base=service:base]
      dockerfile_inline: |
        FROM base
        RUN echo inline >/inline
END
echo 'MODE=from-env-file' >.env

"$TIERBUILD" build --progress=json -f compose.yaml --metadata-file "$dir/meta" >"$dir/out" 2>"$dir/err" ||
  fail "ended with status $?"
grep -q '"file":"[^"]*compose.yaml","line":19' "$dir/err" || fail 'the warning has no place'
grep -q "'privileged' of service 'web' has no effect" "$dir/err" || fail 'privileged is dropped silently'
json() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))
for k in sys.argv[2].split("/"): d=d[k]
print(d)' "$1" "$2"; }
same "$(json "$dir/meta" web/image.name)" example.org/shop/web:dev 'the name of web'
same "$(json "$dir/meta" tool/image.name)" docker.io/library/shop-tool:latest 'the name of tool'
python3 - "$dir/meta" <<'END' || fail 'not these services were built'
import json, sys
assert sorted(json.load(open(sys.argv[1]))) == ["base", "tool", "web"], json.load(open(sys.argv[1]))
END

# files SERVICE [ARG…]: the service's tree in $dir/files.
files() {
  rm -rf "$dir/files"
  service=$1
  shift
  "$TIERBUILD" build -q -f compose.yaml "$@" -o "type=local,dest=$dir/files" "$service" >"$dir/out" 2>"$dir/err" ||
    fail "build $service ended with status $?"
}
files web
same "$(cat "$dir/files/motd") $(cat "$dir/files/version") $(cat "$dir/files/token")" 'hello 7 from-env-file hush' \
  'the files of web'
files tool
same "$(cat "$dir/files/tool")" tool 'the file of tool'
files inline
same "$(cat "$dir/files/inline")" inline 'the file of inline'

# Nothing changed: nothing runs, also in a service of its own; the environment wins over .env, the command line over both.
build -f compose.yaml
same "$(ran)" '' 'what an unchanged build ran'
MODE=os files web
same "$(cat "$dir/files/version")" '7 os' 'the environment'
MODE=os files web --build-arg MODE=flag
same "$(cat "$dir/files/version")" '7 flag' 'an argument of the command line'

# Files above each other, and --set
cat >over.yaml <<'END'
services:
  web: { build: { args: { VERSION: "8" }, tags: [example.org/other:1] } }
END
files web -f over.yaml --set web.args.MODE=set
same "$(cat "$dir/files/version")" '8 set' 'what the later file and --set say'
"$TIERBUILD" build -f compose.yaml -f over.yaml --print web >"$dir/print.json" 2>"$dir/err" || fail 'print'
python3 - "$dir/print.json" <<'END' || fail 'another plan is printed'
import json, sys
plan = json.load(open(sys.argv[1]))
assert plan["group"]["default"]["targets"] == ["web"], plan["group"]
assert sorted(plan["target"]) == ["base", "web"], plan
web = plan["target"]["web"]
assert web["tags"] == ["example.org/other:1"], web
assert web["contexts"]["base"] == "target:base", web
assert web["args"] == {"VERSION": "8", "MODE": "from-env-file"}, web
assert web["secret"][0]["id"] == "token", web
END
# What is printed is a bake file that builds the same image.
web=$("$TIERBUILD" build -q -f compose.yaml -f over.yaml web 2>"$dir/err")
same "$("$TIERBUILD" build -q -f "$dir/print.json" web 2>"$dir/err")" "$web" 'the image of the printed plan'

# Other verbs take the files, too; a directory stands for those that bake would read.
fails_with 0 'service:web' "$TIERBUILD" plan -f compose.yaml
fails_with 0 '^service:tool ' "$TIERBUILD" build -f . tool

# Errors quote the line
cat >wrong.yaml <<'END'
services:
  web:
    build:
      contxt: .
END
fails_with 2 "'build' of service 'web' has no key 'contxt'" "$TIERBUILD" build -f wrong.yaml
prints 'wrong.yaml:4:7'
prints '4 \|       contxt: .'
prints "did you mean 'context'"
fails_with 2 "there is no target 'wbe'" "$TIERBUILD" build -f compose.yaml wbe
fails_with 2 "there is no target 'db'" "$TIERBUILD" build -f compose.yaml db
fails_with 2 '\-\-target is for a Dockerfile' "$TIERBUILD" build -f compose.yaml --target x
printf 'services: { a: { build: { dockerfile_inline: "FROM scratch\\nRUNN x" } } }\n' >wrong.yaml
fails_with 2 '2 \| RUNN x' "$TIERBUILD" build -f wrong.yaml
