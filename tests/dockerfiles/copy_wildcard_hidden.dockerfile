# test: context trees
FROM busybox
COPY names/* /x/
COPY .g* /y/
