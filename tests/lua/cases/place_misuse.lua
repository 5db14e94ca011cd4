workspace 'x' {}
service 'a' { from = image.scratch(), steps = { place { to = '/app/' } } }
service 'b' { from = image.scratch(), steps = { place { 'a', to = '/app/', mode = 'rwx' } } }
service 'c' { from = image.scratch(), steps = { place { '/a', from = 'x:1', context = 'src', to = '/app/' } } }
service 'd' { from = image.scratch(), steps = { directory { '/a', '/b' } } }
service 'e' { from = image.scratch(), steps = { run { 'a', mounts = { bind.mount { target = '/mnt' } } } } }
