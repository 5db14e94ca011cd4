FROM nothing-of-this-name
