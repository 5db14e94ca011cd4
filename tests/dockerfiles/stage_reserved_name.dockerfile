FROM busybox AS scratch
FROM busybox AS context
COPY --from=scratch /data/one /x
