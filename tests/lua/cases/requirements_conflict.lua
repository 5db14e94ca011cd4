service 'a' { from = 'base', pip = python.requirements('a.txt', { subtract = 'base' }) }
tier 'base' { from = 'python:3.11', pip = python.requirements 'base.txt' }
--- FILE a.txt
flask
httpx==0.27.0
pydantic<2
--- FILE base.txt
httpx==0.26.0
pydantic==2.12.0
