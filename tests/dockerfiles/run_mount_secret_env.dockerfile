# test: flag --secret id=s,env=SECRET
FROM busybox
RUN --mount=type=secret,id=s,env=TOKEN echo "$TOKEN" > /x; ls /run > /list
