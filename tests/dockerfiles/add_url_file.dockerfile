# test: arg SERVER=@SERVER@
FROM busybox
ARG SERVER
ADD $SERVER/plain /x
ADD $SERVER/plain /y/
ADD $SERVER/one/a.txt $SERVER/one/b.md /z/
