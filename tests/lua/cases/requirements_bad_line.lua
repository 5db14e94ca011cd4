service 'a' { from = 'python:3', pip = python.requirements 'svc/r.txt' }
--- FILE svc/r.txt
-r ../base.txt
--- FILE base.txt
# shared by all
flask==3 # fine
httpx \
  >=1,=2
