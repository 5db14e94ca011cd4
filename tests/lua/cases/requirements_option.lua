local r = python.requirements 'r.txt'
--- FILE r.txt
flask==3
--extra-index https://x
