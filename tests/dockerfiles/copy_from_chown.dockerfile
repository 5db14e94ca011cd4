FROM busybox
COPY --from=busybox --chown=web:www --chmod=0700 /data /x
COPY --from=busybox --chown=app /usr/bin/suid /y
