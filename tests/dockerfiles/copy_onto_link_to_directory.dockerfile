# test: context trees
FROM busybox
COPY plain /lib
COPY suid /var/run/
