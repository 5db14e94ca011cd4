service 'a' {
  from = 'python:3',
  pip = {
    'flask',
    { 'torch>=2', 'numpy = 1' },
  },
}
