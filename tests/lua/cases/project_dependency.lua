local r = python.project 'app'
--- FILE app/pyproject.toml
[project]
name = "app"
dependencies = [
  "flask",
  "httpx=1",
]
