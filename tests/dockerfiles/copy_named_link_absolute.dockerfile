# test: context trees
FROM busybox
COPY links/absolute /x
COPY links/abs_dir /y
