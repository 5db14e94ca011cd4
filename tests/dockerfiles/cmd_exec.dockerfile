FROM busybox
CMD ["echo", "a"]
