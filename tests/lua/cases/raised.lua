local function check(x)
  if not x then error('the table needs x') end
end
check(nil)
