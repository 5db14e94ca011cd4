# test: arg SERVER=@SERVER@
FROM busybox
ARG SERVER
ADD --unpack=true $SERVER/archives/a.tgz /x/
