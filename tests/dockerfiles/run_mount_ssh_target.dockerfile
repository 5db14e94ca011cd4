# test: flag --ssh mine=@WORK@/agent.sock
FROM busybox
RUN --mount=type=ssh,id=mine,target=/sock test -S /sock; echo "$SSH_AUTH_SOCK" > /y
