workspace 'x' {}
service 'a' { from = image.scratch(), steps = { run { 'a', mounts = { bind.mount { target = '/mnt' } } } } }
