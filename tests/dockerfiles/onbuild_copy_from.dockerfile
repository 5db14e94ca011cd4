FROM busybox AS source
RUN echo 1 > /one
FROM busybox AS one
ONBUILD COPY --from=source /one /x
FROM one
