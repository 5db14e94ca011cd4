local i = image.from 'x:1'
i.cmd = { 'x' }
