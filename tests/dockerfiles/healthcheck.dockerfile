FROM busybox
HEALTHCHECK --interval=5m --timeout=3s --start-period=1m --retries=2 CMD wget localhost
