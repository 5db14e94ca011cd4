FROM busybox
ENTRYPOINT ["sh"]
