local t = {}
t.build()
