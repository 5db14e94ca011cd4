include '//*/Buildfile.lua'
service 'z' { from = 'x:1', labels = { ['a'] = 5 } }
--- FILE a/Buildfile.lua
defaults { labels = oci.labels {
  titel = 'shop' } }
--- FILE b/Buildfile.lua
local labels = oci.labels { created = 12 }
--- FILE c/Buildfile.lua
local labels = oci.label {}
