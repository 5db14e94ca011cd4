tier 'a' { from = 'x:1', expose = 8000, workdir = 5 }
tier 'b' { frm = 'x:1' }
service 'c' { from = 'x:1', env = { A = 1 } }
