service 'a' {
  from = 'x:1',
  copy = {
    { 'src', to = '/app' },
    { 'scr', to = '/app' },
  },
}
--- FILE src/main.py
x
