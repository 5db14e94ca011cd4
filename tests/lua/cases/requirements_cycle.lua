local r = python.requirements 'a.txt'
--- FILE a.txt
-r b.txt
--- FILE b.txt
flask
-r a.txt
