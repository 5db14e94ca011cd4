# test: context trees
# test: flag --secret id=s,src=secret.txt
FROM busybox
USER app
RUN --mount=type=secret,id=s,target=/home/app/key,uid=1000,gid=50,mode=0440 cat /home/app/key > /tmp/x && ls -ln /home/app/key | awk "{ print \$1, \$3, \$4 }" > /tmp/mode
