FROM busybox AS one
RUN echo 1 > /one && chown app /one
FROM busybox
COPY --link --from=one /one /x/
COPY --link --from=busybox /data/o* /y/
