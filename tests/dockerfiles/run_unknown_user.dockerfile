FROM busybox
USER nouser
RUN true
