local t = {}
local x = t.inner.value
