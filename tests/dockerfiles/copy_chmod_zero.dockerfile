# test: context trees
FROM busybox
COPY --chmod=0 plain /x
COPY --chmod=07777 plain /y
