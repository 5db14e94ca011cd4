# test: context trees
FROM busybox
COPY --link t* /x/
COPY --link */a.txt /y/
