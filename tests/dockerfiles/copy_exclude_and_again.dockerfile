# test: context trees
FROM busybox
COPY --exclude=** --exclude=!a.txt one /x
COPY --exclude=*.txt --exclude=!a.txt one /y
