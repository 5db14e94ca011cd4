FROM busybox
CMD ["-c", "true"]
ENTRYPOINT ["sh"]
