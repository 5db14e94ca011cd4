FROM busybox
COPY --from=busybox /data/t* /x/
COPY --from=busybox /*/t* /y/
