local x = json.read 'a.json'
--- FILE a.json
{"a": [1, 2}
