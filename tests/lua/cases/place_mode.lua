workspace 'x' {}
service 'a' { from = image.scratch(), steps = { place { 'a', to = '/app/', mode = 'rwx' } } }
