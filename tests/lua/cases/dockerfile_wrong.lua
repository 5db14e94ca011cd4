service 'a' { dockerfile = 'a/Dockerfile' }
service 'b' { context = 'b' }
service 'c' { context = 'c', target = 'tets' }
service 'd' { context = 'd' }
tier 'e' { context = 'e', contexts = { base = 'tier:e' } }
--- FILE a/Dockerfile
FROM scratch
COPY a /a
RUNN make
--- FILE b/Dockerfile
FROM scratch
RUN --security=insecure make
--- FILE c/Dockerfile
FROM scratch AS test
--- FILE d/Dockerfile
# check=error=true
FROM scratch
ENTRYPOINT start
ADD git@github.com:acme/tool.git /src
--- FILE e/Dockerfile
FROM base
