FROM busybox
ARG A=1 B="2 3" C
RUN echo "$A $B ${C-unset}" > /a
