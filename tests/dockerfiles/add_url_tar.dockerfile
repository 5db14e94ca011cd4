# test: arg SERVER=@SERVER@
FROM busybox
ARG SERVER
ADD $SERVER/archives/a.tar /x/
ADD $SERVER/archives/a.tgz /y
