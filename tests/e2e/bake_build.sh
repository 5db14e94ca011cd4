#!/bin/sh
# `build -f docker-bake.json`: groups, inheritance, a matrix, variables, targets that stand on others, outputs.
. "$(dirname "$0")/lib.sh"
needs python3

mkdir -p "$dir/bake/app"
cd "$dir/bake"
cp /bin/busybox busybox
cat >base.dockerfile <<'END'
FROM scratch
COPY --chmod=755 busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
END
cat >app/Dockerfile <<'END'
FROM base AS small
ARG FLAVOUR
RUN echo "$FLAVOUR" >/flavour
FROM small AS large
RUN echo large >/large
END
cat >docker-bake.json <<'END'
{
  "variable": {
    "TAG": { "default": "dev" },
    "REGISTRY": { "default": "example.org" }
  },
  "group": {
    "default": { "targets": ["app", "large"] }
  },
  "target": {
    "base": { "dockerfile": "base.dockerfile", "entitlements": ["security.insecure"] },
    "common": { "context": "app", "contexts": { "base": "target:base" }, "labels": { "by": "bake" } },
    "app": {
      "name": "app-${flavour}",
      "matrix": { "flavour": ["sweet", "sour"] },
      "inherits": ["common"],
      "target": "small",
      "args": { "FLAVOUR": "${flavour}" },
      "tags": ["${REGISTRY}/app:${flavour}-${TAG}"]
    },
    "large": {
      "inherits": ["common"],
      "args": { "FLAVOUR": "plain" },
      "tags": ["${REGISTRY}/large:${TAG}"],
      "output": ["type=local,dest=large-files"]
    }
  }
}
END

build -f docker-bake.json --metadata-file "$dir/meta"
grep -q "'entitlements' of target 'base' has no effect" "$dir/err" || fail 'entitlements are dropped silently'
python3 - "$dir/meta" <<'END' || fail 'not these targets were built'
import json, sys
meta = json.load(open(sys.argv[1]))
names = {name: entry["image.name"] for name, entry in meta.items()}
assert names == {
    "app-sweet": "example.org/app:sweet-dev", "app-sour": "example.org/app:sour-dev",
    "large": "example.org/large:dev",
}, names
END
same "$(cat large-files/flavour) $(cat large-files/large)" 'plain large' 'the output that the file names'
[ ! -e large-files/app-sweet ] || fail 'other targets went there, too'

# The base ran once, for all of them.
same "$(ran | tr ' ' '\n' | grep -c '^service:base/.*run')" 1 'how often the base ran'

# A variable of the environment, one target of the matrix, a file above the first
rm -rf files
TAG=v2 build -f docker-bake.json --metadata-file "$dir/meta" -o type=local,dest=files app-sour
grep -q 'example.org/app:sour-v2' "$dir/meta" || fail 'the variable has no effect'
same "$(cat files/flavour)" sour 'the file of one target of the matrix'
[ ! -e files/large ] || fail 'the stage is another one'
echo '{ "target": { "large": { "args": { "FLAVOUR": "above" } } } }' >docker-bake.override.json
rm -rf large-files
build -f docker-bake.json -f docker-bake.override.json large
same "$(cat large-files/flavour)" above 'the file above'
rm -rf large-files
build -f . --set large.args.FLAVOUR=set large
same "$(cat large-files/flavour)" set '--set above the files of the directory'

# --print is a fixed point, and changes nothing.
"$TIERBUILD" build -f docker-bake.json --print >print.json 2>"$dir/err" || fail 'print'
"$TIERBUILD" build -f print.json --print >again.json 2>"$dir/err" || fail 'print of what was printed'
cmp -s print.json again.json || fail "printed again it differs: $(diff print.json again.json)"
rm -rf large-files
build -f print.json
same "$(ran)" '' 'what the printed file ran'

# Errors
printf '%s\n' '{"target": {"default": {"tags": "x"}}}' >wrong.json
fails_with 2 "'tags' takes a list of texts" "$TIERBUILD" build -f wrong.json
prints 'wrong.json:1:33'
echo 'target "default" {}' >docker-bake.hcl
fails_with 2 'docker buildx bake --print' "$TIERBUILD" build -f docker-bake.hcl
echo '{"target": {"a": {"tag": ["x"]}}}' >none.json
fails_with 2 "neither a group nor a target 'default'" "$TIERBUILD" build -f none.json
fails_with 0 "a target has no key 'tag': it has no effect" "$TIERBUILD" build -f none.json --print a
prints "did you mean 'tags'"
fails_with 2 '^error: --set is for compose and bake files' "$TIERBUILD" build -f base.dockerfile --set base.tags=x
