# test: context trees
FROM scratch
COPY --chown=app one /x
