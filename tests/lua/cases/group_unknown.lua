tier 'base' { from = 'x:1' }
group 'all' {
  'tier:*',
  'tier:bse',
  '-base', '//nowhere/...',
}
group 'more' { 'alle', 'base' }
