FROM busybox AS one
SHELL ["/bin/sh", "-ec"]
FROM one
RUN true
