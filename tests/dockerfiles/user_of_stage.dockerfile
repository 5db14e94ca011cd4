FROM busybox AS one
USER 1000
FROM one
RUN id -u > /tmp/id
