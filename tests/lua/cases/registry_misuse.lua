registry 'ghcr.io/acme' { tags = 'latest', cache = true }
registry 'docker.io/acme' {
  compression = 'lzma',
  mirror = { 'docker.io' },
}
registry 'docker.io/acme' { tagz = {} }
registry 'ghcr.io/acme' {}
registry {}
