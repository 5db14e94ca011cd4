include 'services/*/Buildfile.lua'
service 'main' { from = 'x:1', nothing = 1 }
--- FILE services/a/Buildfile.lua
service 'a' { frm = 'x:1' }
--- FILE services/b/Buildfile.lua
service 'b' { from = nope }
