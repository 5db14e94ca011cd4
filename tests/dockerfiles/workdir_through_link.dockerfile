FROM busybox
WORKDIR /lib/x
RUN ln -s /srv/s /l && mkdir -m 700 /srv/s
WORKDIR /l/y
RUN pwd > here
