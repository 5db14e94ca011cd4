#!/bin/sh
# The proxy variables of the caller reach the steps that ask for the network, and nothing else: no key, no image.
. "$(dirname "$0")/lib.sh"
workspace <<'LUA'
local base = require 'base'
local see = [[ echo "${http_proxy-}|${NO_PROXY-}" > $PLACE; echo "the proxy is ${http_proxy-}" ]]
service 'app' {
  from  = base,
  steps = {
    sh { see, env = { PLACE = '/with' }, network = true },
    sh { see, env = { PLACE = '/own', http_proxy = 'http://own:1' }, network = true },
    sh { see, env = { PLACE = '/without' } },
  },
}
LUA
export http_proxy=http://ada:s3cret-word@127.0.0.1:9 NO_PROXY=localhost
build app -o "type=local,dest=$dir/tree"
same "$(cat "$dir/tree/with")" 'http://ada:s3cret-word@127.0.0.1:9|localhost' 'a step with a network'
same "$(cat "$dir/tree/own")" 'http://own:1|localhost' 'a step with a proxy of its own'
same "$(cat "$dir/tree/without")" '|' 'a step without a network'
! grep -q s3cret-word "$dir/err" "$dir/out" || fail 'the password of the proxy is shown'

export http_proxy=http://127.0.0.1:10
build app
same "$(ran)" '' 'steps that another proxy runs again'
build app -o "type=oci,dest=$dir/app.tar"
for blob in $(tar -tf "$dir/app.tar" | grep 'sha256/.'); do
  ! tar -xOf "$dir/app.tar" "$blob" | grep -aq 'http_proxy=' || fail 'the image has the proxy in its configuration'
done
