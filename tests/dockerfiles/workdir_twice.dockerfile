FROM busybox
WORKDIR /w
RUN chmod 700 /w && chown app /w
WORKDIR /w
