FROM busybox
COPY <<note /data
x
note
