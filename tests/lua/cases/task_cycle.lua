task 'a' { needs = { 'b' }, run = { 'x' } }
task 'b' { needs = { 'c' } }
task 'c' { needs = { 'a' } }
