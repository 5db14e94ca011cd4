local r = python.requirements 'r.txt'
--- FILE r.txt
--index-url https://${NEXUS_USER}@nexus/simple
