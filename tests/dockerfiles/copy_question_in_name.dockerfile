# test: context trees
FROM busybox
COPY names/question? /x/
