local x =
  yaml.read 'a.yaml'
--- FILE a.yaml
a: [1, 2
