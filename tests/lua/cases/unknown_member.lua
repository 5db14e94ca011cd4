local i = image.form 'x:1'
