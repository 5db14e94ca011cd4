FROM busybox AS one
RUN echo 1 > /one
FROM busybox
COPY --from=one /one /a
