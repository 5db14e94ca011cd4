# test: context trees
FROM scratch
COPY --chown=root:root one /x
