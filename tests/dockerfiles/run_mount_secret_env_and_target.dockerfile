# test: flag --secret id=s,env=SECRET
FROM busybox
RUN --mount=type=secret,id=s,env=TOKEN,target=/t cat /t > /x; echo "$TOKEN" > /y
