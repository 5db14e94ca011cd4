#!/bin/sh
# `import` splits out requirements that several files include: they are installed once, and the images are the same.
. "$(dirname "$0")/lib.sh"
needs skopeo
start_index one==1.0 one==2.0 'two==1.0: three>=1' three==1.0 four==1.0 five==1.0 'base==1.0: three'
start_registry

# What the Dockerfiles stand on.
{
  echo "workspace 'python' {}"
  python_base
} >"$dir/buildfile"
workspace python <"$dir/buildfile"
"$TIERBUILD" build -q base -o "type=oci,dest=$dir/python.tar" >"$dir/out" 2>"$dir/err" || fail 'the base'
skopeo copy -q --dest-tls-verify=false "oci-archive:$dir/python.tar" "docker://$registry/python:1" >"$dir/out" 2>"$dir/err" ||
  fail "skopeo: $(cat "$dir/err")"

mkdir -p "$dir/shop/services"
cd "$dir/shop"
printf 'one==1.0\nbase\n' >services/requirements-base.txt
for name in web api worker odd; do
  mkdir services/$name
  printf -- '-r ../requirements-base.txt\n' >services/$name/requirements.txt
  cat >services/$name/Dockerfile <<END
FROM $registry/python:1
WORKDIR /app
COPY services/requirements-base.txt services/
COPY services/$name/requirements.txt services/$name/
RUN pip install --no-cache-dir --break-system-packages --index-url $index -r services/$name/requirements.txt
CMD ["python3", "-m", "$name"]
END
done
echo 'two==1.0' >>services/web/requirements.txt
echo 'four' >>services/api/requirements.txt
printf 'one==1.0\nfive>=1\n' >>services/worker/requirements.txt
printf 'one<2\nfive\n' >>services/odd/requirements.txt
for name in web api worker odd; do
  printf '  %s: { build: { context: ., dockerfile: services/%s/Dockerfile } }\n' $name $name
done | { echo services: && cat; } >compose.yaml

"$TIERBUILD" import compose.yaml >"$dir/out" 2>"$dir/err" || fail 'import'
grep -q "place { 'services/requirements-base.txt', to = '/app/services/requirements-base.txt' }" Buildfile.lua ||
  fail "no step of the shared requirements: $(cat Buildfile.lua)"
same "$(grep -c -e "-r services/requirements-base.txt" Buildfile.lua)" 1 'how often they are installed'
grep -q "odd: 'services/requirements-base.txt' is not installed first: it asks for another 'one'" Buildfile.lua ||
  fail 'no word about the service that contradicts'
may_differ='\.pyc |/__pycache__ '
same_images compose.yaml Buildfile.lua web odd
grep -q -- '-packages/five' "$dir/built.2.tree" || fail 'the last image lacks what it asks for'
