local r = python.requirements 'r.txt'
--- FILE r.txt
-c ../../etc/constraints.txt
