# test: context trees
ARG WHO=app
FROM busybox
ARG WHO
ARG MODE=0640
COPY --chown=$WHO:staff --chmod=$MODE plain /x
