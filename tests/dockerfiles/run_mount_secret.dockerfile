# test: context trees
# test: flag --secret id=s,src=secret.txt
FROM busybox
RUN --mount=type=secret,id=s cat /run/secrets/s > /x && ls -l /run/secrets/s | cut -c1-10 > /mode
