# test: context trees
FROM busybox
COPY --exclude=deep --exclude=empty one /x
COPY --exclude=one/deep . /y
