FROM busybox AS one
WORKDIR /w
RUN echo 1 > f
FROM busybox
COPY --from=one w/f /x
