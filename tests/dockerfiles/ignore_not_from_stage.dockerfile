# test: ignore a.txt
FROM busybox AS one
RUN mkdir /s && echo 1 > /s/a.txt
FROM busybox
COPY --from=one /s /x
