FROM busybox
RUN echo 1 > /one
FROM busybox
COPY --from=0 /one /a
