FROM busybox
RUN mkdir "/a b" && echo 1 > "/a b/'q\"" && echo 2 > /ünï && echo 4 > /.hidden && echo 5 > "/wh.x"
