service 'a' { from = 'python:3', pip = { python.wheel('app', { extras = { 'al' } }) } }
--- FILE app/pyproject.toml
[project]
name = "app"
dependencies = []
optional-dependencies = { all = ["redis"] }
