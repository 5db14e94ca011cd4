service 'a' { from = 'x:1', labels = { v = 'v' .. stamp.version },
  steps = { run { 'echo', stamp.time } } }
