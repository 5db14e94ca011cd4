FROM busybox
ENV A="one \
two" \
    B=three
