# test: flag --ssh default=@WORK@/agent.sock
FROM busybox
RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo "$SSH_AUTH_SOCK" > /x
