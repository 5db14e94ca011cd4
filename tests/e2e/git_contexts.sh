#!/bin/sh
# Repositories and archives of the network as contexts and as sources of ADD: what is in them, when they are built again,
# logins, and repositories that mean harm.
. "$(dirname "$0")/lib.sh"
needs python3 git
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_ALLOW_PROTOCOL=file GIT_AUTHOR_NAME=A GIT_COMMITTER_NAME=A \
  GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_EMAIL=a@example.org

mkdir -p "$dir/served/private" "$dir/here"
PYTHONPATH=$tests/peer python3 -B -c 'import contexts, pathlib, sys; contexts.repositories(pathlib.Path(sys.argv[1]))' \
  "$dir/served/git"
for name in app lib; do git clone -q --bare "$dir/served/git/$name.git" "$dir/served/private/$name.git"; done
python3 -B "$tests/git_server.py" "$dir/served" s3cret >"$dir/port" &
started $!
wait_for 20 test -s "$dir/port" || fail 'no server could be started'
server=http://127.0.0.1:$(cat "$dir/port")
app=$server/git/app.git
cd "$dir/here"

# image NAME ARG…: builds into the directory NAME.
image() {
  name=$dir/$1
  shift
  rm -rf "$name"
  "$TIERBUILD" build --progress=json -o "type=local,dest=$name" "$@" >"$dir/out" 2>"$dir/err" ||
    fail "build $* ended with status $?"
}
# clone: the repository as a work tree; publish MESSAGE: its changes.
git clone -q "$dir/served/git/app.git" "$dir/clone"
publish() {
  git -C "$dir/clone" add -A
  git -C "$dir/clone" commit -q --allow-empty -m "$1"
  git -C "$dir/clone" push -q origin HEAD:main
}

# The whole of a repository is built, by its own Dockerfile, with and without -f.
image whole "$app"
same "$(cat "$dir/whole/all/a.txt") $(cat "$dir/whole/all/vendor/lib/lib.h")" 'second a library' 'the files of HEAD'
same "$(readlink "$dir/whole/all/out")" /etc/passwd 'a symlink of the repository'
same "$(stat -c %a:%u "$dir/whole/all/a.txt" "$dir/whole/all/tool.sh" "$dir/whole/all/sub" | tr '\n' ' ')" \
  '644:0 755:0 755:0 ' 'modes and owners'
[ ! -e "$dir/whole/all/.git" ] || fail 'the context has a .git'
image old -f Dockerfile "$app#old"
same "$(cat "$dir/old/all/a.txt")" first 'the file of a branch'
image tag "$app#v1"
same "$(cat "$dir/tag/all/a.txt")" first 'the file of an annotated tag'
commit=$(git -C "$dir/clone" rev-parse origin/old)
image commit "$app#$commit"
same "$(cat "$dir/commit/all/a.txt")" first 'the file of a commit'
image commit "$app?commit=$(git -C "$dir/clone" rev-parse origin/main)"
same "$(cat "$dir/commit/all/a.txt")" second 'the file of a commit in the query'
image kept --build-arg BUILDKIT_CONTEXT_KEEP_GIT_DIR=1 "$app#old"
same "$(git -c safe.directory='*' -C "$dir/kept/all" rev-parse HEAD old)" "$commit
$commit" 'the commit of a kept .git'

# ADD, with a .git of one commit that git takes for clean; the same bytes each time.
printf 'FROM scratch\nADD --keep-git-dir=true %s#v1 /src\n' "$app" >keep
image keep -f keep .
same "$(git -c safe.directory='*' -C "$dir/keep/src" status --porcelain)" '' 'the status of a kept .git'
same "$(git -c safe.directory='*' -C "$dir/keep/src" describe)" v1 'the tag of a kept .git'
same "$(git -c safe.directory='*' -C "$dir/keep/src" log --format=%s)" first 'the history of a kept .git'
first=$("$TIERBUILD" build -q -f keep . 2>"$dir/err")
same "$(TIERBUILD_STORE=$dir/other "$TIERBUILD" build -q -f keep . 2>"$dir/err")" "$first" 'the image in another store'

# A branch that did not move runs nothing; one that did, what its files reach; --offline stays where it was.
printf 'FROM scratch\nADD %s#main:sub /sub\nADD %s#main /all\n' "$app" "$app" >follow
image follow -f follow .
image follow -f follow .
same "$(ran)" '' 'what an unmoved branch ran'
was=$(git -C "$dir/clone" rev-parse HEAD)
echo third >"$dir/clone/a.txt"
publish third
image follow --offline -f follow .
same "$(ran) $(cat "$dir/follow/all/a.txt")" ' second' 'what --offline knows'
"$TIERBUILD" why -f follow here >"$dir/out" 2>&1 || fail why
prints 'a.txt changed'
prints "$app#main: $was → $(git -C "$dir/clone" rev-parse HEAD)"
image follow -f follow .
same "$(cat "$dir/follow/all/a.txt")" third 'the moved branch'
same "$(ran)" service:here/add-2 'what the moved branch ran'
publish 'nothing changed'
image follow -f follow .
same "$(ran)" '' 'what a commit without changes ran'
for verb in plan graph; do "$TIERBUILD" $verb -f follow >"$dir/out" 2>&1 || fail "$verb fails"; done

# A checksum
printf 'FROM scratch\nADD --checksum=%s %s#old /src\n' "$commit" "$app" >sum
image sum -f sum .
printf 'FROM scratch\nADD --checksum=0123456789 %s#old /src\n' "$app" >sum
fails_with 2 "old is the commit $commit, expected is 0123456789" "$TIERBUILD" build -f sum .
prints 'sum:2:1'

# Named contexts, compose and bake
printf 'FROM scratch\nCOPY --from=app a.txt /\n' >named
image named --build-context "app=$app#old" -f named .
same "$(cat "$dir/named/a.txt")" first 'a file of a named context'
printf 'services: {web: {build: {context: "%s#old"}}}\n' "$app" >compose.yaml
image compose -f compose.yaml
same "$(cat "$dir/compose/all/a.txt")" first 'a context of compose'
printf '{"target": {"default": {"context": "%s#old", "dockerfile-inline": "FROM scratch\\nCOPY --from=x a.txt /", "contexts": {"x": "%s#v1:sub/.."}}}}' \
  "$app" "$app" >bake.json
image bake -f bake.json
same "$(cat "$dir/bake/a.txt")" first 'a context of bake'

# A file in a repository is wrong: its line is shown, not that of a file here.
echo 'FROM nothing:here' >Dockerfile
printf 'FROM scratch\nRUNN\n' >"$dir/clone/Dockerfile"
publish wrong
fails_with 2 "$app/Dockerfile:2:1" "$TIERBUILD" build "$app"
prints '2 \| RUNN'
rm Dockerfile
printf 'FROM scratch\nCOPY . /all/\n' >"$dir/clone/Dockerfile"
publish right

# Archives and Dockerfiles of the network, and on standard input
tar -czf "$dir/served/context.tgz" -C "$dir/clone" Dockerfile a.txt
image archive "$server/context.tgz"
same "$(cat "$dir/archive/all/a.txt")" third 'a file of an archive'
printf 'FROM scratch\nADD %s/context.tgz /\n' "$server" >"$dir/served/text"
image text "$server/text"
[ -s "$dir/text/context.tgz" ] || fail 'the Dockerfile of the network was not built'
rm -rf "$dir/piped"
"$TIERBUILD" build -q -o "type=local,dest=$dir/piped" - <"$dir/served/context.tgz" >"$dir/out" 2>&1 ||
  fail 'an archive on standard input'
same "$(cat "$dir/piped/all/a.txt")" third 'a file of an archive on standard input'
rm -rf "$dir/piped"
"$TIERBUILD" build -q -o "type=local,dest=$dir/piped" - <"$dir/served/text" >"$dir/out" 2>&1 ||
  fail 'a Dockerfile on standard input'
[ -s "$dir/piped/context.tgz" ] || fail 'the Dockerfile of standard input was not built'

# Logins, and what is said without one
fails_with 1 'asks for a login' "$TIERBUILD" build "$server/private/app.git"
printf s3cret >"$dir/token"
image private --secret "id=GIT_AUTH_TOKEN,src=$dir/token" "$server/private/app.git"
image private --secret "id=GIT_AUTH_TOKEN.127.0.0.1,src=$dir/token" "$server/private/app.git"
printf 'wrong' >"$dir/wrong"
TIERBUILD_STORE=$dir/third fails_with 1 'login was refused' "$TIERBUILD" build --secret "id=GIT_AUTH_TOKEN,src=$dir/wrong" \
  "$server/private/app.git"
prints 'GIT_AUTH_TOKEN'
for ref in ../../x refs/../../x 'a*' a.lock; do
  fails_with 2 "is no name of a branch" "$TIERBUILD" build "$app?ref=$ref"
done
fails_with 2 "no branch or tag 'ol'.*did you mean 'old'" "$TIERBUILD" build "$app#ol"
fails_with 1 'cannot fetch' "$TIERBUILD" build "$server/git/none.git"
fails_with 2 "has no Dockerfile 'none'" "$TIERBUILD" build -f none "$app"
fails_with 2 "no directory 'none'" "$TIERBUILD" build "$app#main:none"
TIERBUILD_STORE=$dir/third fails_with 1 'offline' "$TIERBUILD" build --offline "$app"

# Locked: the branch may move, the build does not.
mkdir "$dir/locked"
cd "$dir/locked"
cat >Buildfile.lua <<'END'
service 'app' { dockerfile = 'Dockerfile' }
END
printf 'FROM scratch\nADD %s#main /src\n' "$app" >Dockerfile
fails_with 2 'E051' "$TIERBUILD" lock --check
"$TIERBUILD" lock >"$dir/out" 2>&1 || fail 'lock'
grep -qx "git $app#main $(git -C "$dir/clone" rev-parse HEAD)" tierbuild.lock || fail "locked: $(cat tierbuild.lock)"
echo fourth >"$dir/clone/a.txt"
publish fourth
image pinned
same "$(cat "$dir/pinned/src/a.txt")" third 'the locked file'
"$TIERBUILD" lock --update "$app#main" >"$dir/out" 2>&1 || fail 'lock --update'
prints 'changed +git'
"$TIERBUILD" lock --check || fail 'lock --check'

# Other verbs know it, too.
cp Buildfile.lua unexported
echo "export.dockerfile 'out' { build = { 'app' } }" >>Buildfile.lua
"$TIERBUILD" export --print >"$dir/out" 2>&1 || fail export
prints "^ADD --checksum=$(git -C "$dir/clone" rev-parse HEAD) .*$app#main"
mv unexported Buildfile.lua
"$TIERBUILD" plan >"$dir/out" 2>&1 || fail plan
prints 'service:app/add .*a.txt changed'
git init -q . && git add -A && git commit -qm x
fails_with 0 'nothing changed' "$TIERBUILD" changed --since HEAD
cd "$dir/here"

# evil NAME: a repository made of the objects that standard input has for `git mktree`; it must be refused.
evil() {
  rm -rf "$dir/served/git/evil.git"
  git init -q --bare -b main "$dir/served/git/evil.git"
  export GIT_DIR="$dir/served/git/evil.git"
  python3 -B - "$1" <<'END' || fail "no evil repository $1"
import hashlib, subprocess, sys

def write(kind, data):
    return subprocess.run(['git', 'hash-object', '-w', '-t', kind, '--literally', '--stdin'], input=data, check=True,
                          capture_output=True).stdout.strip().decode()

def tree(*entries):
    return write('tree', b''.join(f'{mode} {name}'.encode() + b'\0' + bytes.fromhex(of) for mode, name, of in entries))

blob = write('blob', b'x\n')
link = write('blob', b'/tmp')
inner = tree(('100644', 'x', blob))
trees = {
    'up': lambda: tree(('40000', '..', inner)),
    'git': lambda: tree(('40000', '.GIT', inner)),
    'slash': lambda: tree(('100644', 'a/b', blob)),
    'through': lambda: tree(('120000', 'a', link), ('40000', 'a', inner)),
    'twice': lambda: tree(('100644', 'a', blob), ('100644', 'a', blob)),
    'module': lambda: tree(('100644', '.gitmodules', write('blob', b'[submodule "m"]\n\tpath = m\n\turl = file:///etc\n')),
                           ('160000', 'm', '0123456789' * 4)),
    'nameless': lambda: tree(('160000', 'm', '0123456789' * 4)),
}
commit = write('commit', f'tree {trees[sys.argv[1]]()}\nauthor A <a> 0 +0000\ncommitter A <a> 0 +0000\n\nevil\n'.encode())
subprocess.run(['git', 'update-ref', 'refs/heads/main', commit], check=True)
END
  unset GIT_DIR
}
printf 'FROM scratch\nADD %s/git/evil.git /src\n' "$server" >evil
for kind in up git slash through twice; do
  evil $kind
  fails_with 1 'the tree' "$TIERBUILD" build -f evil .
done
evil module
fails_with 2 'no repository of the network' "$TIERBUILD" build -f evil .
evil nameless
fails_with 1 'no URL of it in .gitmodules' "$TIERBUILD" build -f evil .

# What is not in use goes with a prune.
"$TIERBUILD" prune --all >"$dir/out" 2>&1 || fail 'prune'
same "$(ls "$TIERBUILD_STORE/contexts" "$TIERBUILD_STORE/clones" | grep -cE '^[0-9a-f]{64}$')" 0 'what a prune leaves'
