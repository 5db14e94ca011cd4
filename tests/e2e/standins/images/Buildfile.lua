-- The base images of the tests: Debian 12 under the names that the examples ask for.
registry(arg 'registry' { 'localhost', doc = 'the registry that receives them' }) {}

local debian = tier 'debian' {
  from  = image.debian { suite = 'bookworm', packages = {
    'ca-certificates', 'make', 'python3', 'python3-distutils', 'python3-pip', 'python3-venv' } },
  copy  = { { 'ca.crt', to = '/usr/local/share/ca-certificates/standins.crt' } },
}
local trusting = tier 'trusting' {
  from  = debian,
  steps = {
    sh { [[
      update-ca-certificates
      rm -f /etc/apt/sources.list.d/* /usr/lib/python3.11/EXTERNALLY-MANAGED
      echo 'deb [trusted=yes] http://deb.debian.org/debian bookworm main' > /etc/apt/sources.list
      rm -rf /var/lib/apt/lists/* /var/lib/dpkg/info/*.md5sums
    ]] },
  },
}

-- As in the official images, python and pip stand in /usr/local/bin.
local function python(version)
  return {
    from  = trusting,
    env   = { PYTHON_VERSION = version },
    steps = { sh { [[
      for name in python python3 python3.11; do ln -s /usr/bin/python3.11 /usr/local/bin/$name; done
      for name in pip pip3; do ln -s /usr/bin/pip3 /usr/local/bin/$name; done
    ]] } },
    cmd   = { 'python3' },
  }
end

-- Shims for apk and for what busybox has there.
local function alpine(version)
  local body = python(version)
  body.copy = {
    { 'debs/wget/usr/bin/wget', to = '/usr/bin/wget', mode = '0755' },
    { 'debs/curl/usr/bin/curl', to = '/usr/lib/standins/curl', mode = '0755' },
    { 'files/apk', to = '/sbin/apk', mode = '0755' },
    { 'files/adduser', to = '/usr/local/sbin/adduser', mode = '0755' },
    { 'files/addgroup', to = '/usr/local/sbin/addgroup', mode = '0755' },
  }
  table.insert(body.steps, sh { [[ mkdir -p /lib/apk/db /etc/apk; : > /lib/apk/db/installed; : > /etc/apk/world ]] })
  return body
end

local function publish(repository, tag, body)
  body.image, body.tags = repository, { tag }
  service(((repository .. '-' .. tag):gsub('[^%w]+', '-')))(body)
end
publish('library/python', '3.11-slim', python '3.11.13')
publish('library/python', '3.12-slim', python '3.12.11')
publish('library/python', '3.11-alpine3.19', alpine '3.11.13')
publish('library/python', '3.12-alpine3.19', alpine '3.12.11')
publish('library/node', '20-slim', {
  from = debian, apt = { 'nodejs' }, env = { NODE_VERSION = '20.19.5' },
  copy = { { 'files/npm', to = '/usr/local/bin/npm', mode = '0755' } },
})
for _, cuda in ipairs { '12.4.0', '12.5.0' } do
  publish('nvidia/cuda', cuda .. '-devel-ubuntu22.04', { from = trusting, env = { CUDA_VERSION = cuda } })
end
