FROM busybox AS one
COPY --from=one /a /b
