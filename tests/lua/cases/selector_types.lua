local base = tier 'base' { from = 'x:1' }
local job = task 'job' { run = { 'x' } }
group 'a' { base, job }
task 'b' { needs = { base }, run = { 'x' } }
export.compose 'compose.yml' { build = { job } }
lint.rule 'r' { on = 'images', function() end }
