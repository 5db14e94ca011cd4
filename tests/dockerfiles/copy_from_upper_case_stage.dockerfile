FROM busybox AS One
RUN echo 1 > /one
FROM busybox
COPY --from=ONE /one /a
