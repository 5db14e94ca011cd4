# test: context trees
FROM busybox
COPY ../plain /x/
COPY one/../two/./a.txt /x/
COPY /suid /x/
