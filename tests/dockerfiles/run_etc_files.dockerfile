FROM busybox
RUN test -s /etc/hosts && test -e /etc/resolv.conf
