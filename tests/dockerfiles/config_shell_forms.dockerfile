FROM busybox
SHELL ["/bin/busybox", "sh", "-c"]
CMD a "b c" $D
ENTRYPOINT e f
HEALTHCHECK CMD h "i j"
