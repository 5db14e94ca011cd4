FROM busybox
USER nobodyknows
WORKDIR /a
