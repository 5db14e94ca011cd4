ARG A=1
ARG B=${A}2
FROM busybox
ARG B
ARG C=${B}3
LABEL c=$C
