FROM busybox AS one
RUN echo 1 > /one
FROM busybox
RUN --mount=from=one,source=/one,target=/m cat /m > /a
