FROM busybox
ENV D=/d
WORKDIR $D/$X
