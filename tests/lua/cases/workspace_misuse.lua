workspace 'w' { root = 'nowhere', pyton = '3.12' }
workspace 'v' {
  python = { installer = 'poetry' },
  constraints = 5,
}
platforms { 'linux/amd64', 'linux' }
defaults { lables = {} }
workspace 'w' {}
workspace 'w' {}
