local x = toml.read 'a.toml'
--- FILE a.toml
a = 
