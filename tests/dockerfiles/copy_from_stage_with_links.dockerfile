FROM busybox AS one
RUN mkdir -p /a/b && echo 1 > /a/b/f && ln -s b /a/l && ln -s /a/b/f /a/abs && ln /a/b/f /a/b/g
FROM scratch
COPY --from=one /a /a
COPY --from=one /a/l /b
COPY --from=one /a/abs /c
