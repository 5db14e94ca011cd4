export.bake 'bake.json' {}
export.dockerfile 'Dockerfile' { build = 'a' }
