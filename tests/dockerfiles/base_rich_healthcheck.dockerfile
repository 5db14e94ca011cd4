FROM rich
HEALTHCHECK --retries=2 CMD x
