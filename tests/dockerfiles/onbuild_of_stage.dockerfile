FROM busybox AS base
ONBUILD RUN echo 1 > /one
FROM base
RUN test -e /one
