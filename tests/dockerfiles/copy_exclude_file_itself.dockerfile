# test: context trees
FROM busybox
COPY --exclude=plain plain /x
