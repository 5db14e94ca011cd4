FROM busybox
ENV A=a.b.c
ENV B=${A/./-} C=${A//./-} D=${A/x/y}
