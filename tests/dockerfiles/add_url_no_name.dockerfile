# test: arg SERVER=@SERVER@
FROM busybox
ARG SERVER
ADD $SERVER/ /x/
