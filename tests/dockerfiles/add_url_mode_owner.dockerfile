# test: arg SERVER=@SERVER@
FROM busybox
ARG SERVER
ADD --chmod=755 --chown=app $SERVER/plain /x
ADD --chown=web:www $SERVER/plain /y
