# test: context trees
FROM busybox
COPY hard /hard
COPY hard/a hard/b /x/
