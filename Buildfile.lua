-- tierbuild builds itself: this file is the project's Makefile and its Dockerfile.
workspace 'tierbuild' { }

include 'examples/quickstart/Buildfile.lua'
group 'default' { 'debian', 'python', 'greeter', 'counter' }

-- The release image: compiled in a toolchain tier, shipped on a slim one ---------------------------------------------

local libraries = {
  'libluajit-5.1-dev', 'libuv1-dev', 'libfmt-dev', 'libgit2-dev', 'libcurl4-openssl-dev', 'libarchive-dev',
  'libisal-dev', 'libzstd-dev', 'libssl-dev', 'libsqlite3-dev', 'nlohmann-json3-dev', 'libyaml-dev',
  'libtomlplusplus-dev', 'libcli11-dev', 'libseccomp-dev',
}

local toolchain = tier 'toolchain' {
  doc  = 'Compiler and libraries',
  from = image.debian { suite = 'bookworm', packages = { 'g++', 'cmake', 'ninja-build', 'pkg-config', unpack(libraries) } },
}

-- libgit2, libcurl and libarchive are opened when they are needed: the program starts without them, and fails later.
local runtime = tier 'runtime' {
  doc  = 'What the program needs when it runs',
  from = image.debian { suite = 'bookworm', packages = {
    'libluajit-5.1-2', 'libuv1', 'libfmt9', 'libgit2-1.5', 'libcurl4', 'libarchive13', 'libisal2', 'libzstd1', 'libssl3',
    'libsqlite3-0', 'libyaml-0-2', 'libtomlplusplus3', 'runc', 'mmdebstrap', 'uidmap', 'ca-certificates' } },
}

service 'tierbuild' {
  doc     = 'The release image of this project',
  from    = runtime,
  layers  = { layer.build 'program' {
    on  = toolchain,
    src = files { 'CMakeLists.txt', 'cmake/**', 'core/**', 'bindings/**', 'stdlib/**', 'cli/**', 'tierbuild' },
    sh  = [[
      cmake -G Ninja -B /tmp/build -S . -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr -DTIERBUILD_TESTS=OFF
      cmake --build /tmp/build --target tierbuild tierbuild-step
      DESTDIR=$OUT cmake --install /tmp/build --component program --strip
    ]],
  } },
  workdir    = '/workspace',
  entrypoint = { 'tierbuild' },
  check      = { 'tierbuild', '--version' },
  labels     = oci.labels { title = 'tierbuild', licenses = 'Apache-2.0', revision = stamp.git.sha },
}

-- Tasks --------------------------------------------------------------------------------------------------------------

local function preset(name) return { 'tests/run', name, ARGV } end

task 'test'     { doc = 'The whole suite, as CI runs it', run = preset 'release' }
task 'asan'     { doc = 'The suite under AddressSanitizer and UBSan', run = preset 'asan' }
task 'tsan'     { doc = 'The suite under ThreadSanitizer', run = preset 'tsan' }
task 'clang'    { doc = 'The suite built with clang', run = preset 'clang' }
task 'coverage' { doc = 'Line coverage of graph, store and archive', run = { 'tests/coverage' } }
task 'tidy'     { doc = 'clang-format and clang-tidy', run = { 'tests/lint', ARGV } }
task 'format'   { doc = 'Format all sources', run = { 'tests/lint', '--fix' } }
task 'docs'     { doc = 'Check the documentation against the program', run = { 'tests/run', 'release', '-L', 'docs' } }
task 'reference' { doc = 'Write docs/reference.md anew',
  run = { 'sh', '-c', 'TIERBUILD=$PWD/tierbuild exec sh tests/docs/check.sh --update' } }
task 'bench'    { doc = 'Time everything beside its peers, about 40 minutes: [-- WORKLOAD…]', run = { 'bench/run', ARGV } }
