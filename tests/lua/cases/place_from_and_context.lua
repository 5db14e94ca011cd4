workspace 'x' {}
service 'a' { from = image.scratch(), steps = { place { '/a', from = 'x:1', context = 'src', to = '/app/' } } }
