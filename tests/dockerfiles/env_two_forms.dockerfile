FROM busybox
ENV A=1 B="x y" C=x\ y
ENV D the rest  of the line
