FROM busybox
ENV A=1
ENV B=${X:-${Y:-$A}}
