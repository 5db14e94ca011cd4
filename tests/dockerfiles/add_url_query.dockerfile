# test: arg SERVER=@SERVER@
FROM busybox
ARG SERVER
ADD $SERVER/plain?version=1#part /x/
