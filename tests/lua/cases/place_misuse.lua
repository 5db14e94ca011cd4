workspace 'x' {}
service 'a' { from = image.scratch(), steps = { place { to = '/app/' } } }
