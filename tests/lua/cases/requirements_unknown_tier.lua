tier 'python-base' { from = 'python:3.11' }
service 'a' { from = 'python-base', pip = python.requirements('a.txt', { subtract = 'pyton-base' }) }
--- FILE a.txt
flask
