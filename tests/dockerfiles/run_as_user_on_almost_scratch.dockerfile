FROM scratch
COPY --from=busybox /bin/busybox /busybox
USER 5:6
RUN ["/busybox", "id"]
