FROM busybox
RUN --mount=type=secret,id=s test ! -e /run/secrets/s
