# test: context trees
FROM busybox
COPY plain /n/e/w/x
COPY --chown=app plain /m/e/w/x
COPY --chmod=700 plain /o/e/w/x
