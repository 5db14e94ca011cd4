FROM busybox
COPY --from=busybox /data/out /a
COPY --from=busybox /data/to_sub /b
COPY --from=busybox /lib /c
COPY --from=busybox /data/to_sub/three /d
