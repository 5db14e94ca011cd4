tier 'base' { from = 'x:1' }
group 'a' { 'base', 'b' }
group 'b' { 'c' }
  group 'c' { 'a' }
