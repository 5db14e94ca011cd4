local r = python.requirements 'r.txt'
--- FILE r.txt
flask
-r requirements-bas.txt
--- FILE requirements-base.txt
redis
