FROM busybox
USER app:nogroup
RUN true
