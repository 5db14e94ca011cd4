local function make(name)
  return tier(name) {
    from = 'x:1',
    budgt = '2GB',
  }
end
make 'a'
