# test: context trees
FROM busybox
COPY --exclude=a.* */a.txt one /x/
