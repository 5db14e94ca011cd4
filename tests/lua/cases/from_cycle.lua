tier 'a' { from = 'b' }
tier 'b' { from = 'c' }
tier 'c' {
  from = 'a' }
