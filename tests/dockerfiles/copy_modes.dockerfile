# test: context trees
FROM busybox
COPY private suid all readable sticky /x/
COPY sticky /sticky
