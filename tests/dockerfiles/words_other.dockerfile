FROM busybox
ENV A=1 E=
ENV B=${A:+o} C=${X:+o} D=${E:+o} F=${E+o}
