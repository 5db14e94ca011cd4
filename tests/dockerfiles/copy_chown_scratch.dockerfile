# test: context trees
FROM scratch
COPY --chown=5:6 one /x
