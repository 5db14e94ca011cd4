# test: context trees
FROM busybox
COPY [op]* /x/
COPY pl?[a-j]n /y/
COPY [^a-r]uid /z/
