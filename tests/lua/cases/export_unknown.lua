service 'web' { from = 'x:1' }
export.compose 'compose.yml' {
  build = { 'web',
            'wbe' },
}
export.gitlab '.gitlab-ci.yml' { build = 'tier:base' }
