local tier_base = tier 'base' { from = 'x:1' }
service 'a' { from = tier_bse, healthcheck = helth.http { port = 1 } }
