FROM busybox
COPY --from=busybox /data/. /x/
COPY --from=busybox data/sub/ /y
COPY --from=busybox ../data/two /z
