workspace 'w' { python = 'three' }
local index = python.torch_index 'cuda12'
