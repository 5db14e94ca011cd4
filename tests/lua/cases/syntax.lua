service 'a' {
  from = = 'x:1',
}
