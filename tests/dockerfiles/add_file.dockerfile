FROM busybox
ADD a.txt /a
