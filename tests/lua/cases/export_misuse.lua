export.github 'images.yml' {}
export.github '.github/workflows/a.yml' {
  plan = 'some',
  on = { schedule = 'daily', pull = true },
}
export.github '.github/workflows/b.yml' {
  on = { schedule = 'every day' },
}
export.gitlab '.gitlab-ci.yml' {
  push = { branch = 'release/*' },
}
export.gitlab 'ci/.gitlab-ci.yml' { on = {} }
export.compose 'compose.yml' { services = 'service:*' }
export.compose 'compose.yaml' {}
export.compose '//compose.yaml' {}
export.compose '../compose.yml' {}
