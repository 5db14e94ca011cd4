local r = python.requirements 'services/requirments.txt'
--- FILE services/requirements.txt
flask
