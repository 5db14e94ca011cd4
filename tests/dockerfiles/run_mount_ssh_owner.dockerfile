# test: flag --ssh mine=@WORK@/agent.sock
FROM busybox
RUN --mount=type=ssh,id=mine,target=/sock,mode=0666,uid=5,gid=6 ls -ln /sock | awk "{ print \$1, \$3, \$4 }" > /x
