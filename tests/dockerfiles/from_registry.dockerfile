FROM docker.io/library/busybox:latest
