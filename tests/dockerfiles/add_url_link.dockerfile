# test: arg SERVER=@SERVER@
FROM busybox
ARG SERVER
ADD --link $SERVER/plain /x/
