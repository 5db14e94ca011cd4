FROM busybox AS one
RUN echo 1 > /one && chown app /one && chmod 600 /one
FROM busybox
USER app
RUN --mount=from=one,source=/one,target=/tmp/one cat /tmp/one > /tmp/x && ls -ln /tmp/one | cut -c1-10 > /tmp/mode
