# escape=`
FROM busybox
ENV A=`$B C="a`"b"
WORKDIR /a`\b
