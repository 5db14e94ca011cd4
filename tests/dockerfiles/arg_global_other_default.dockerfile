ARG A=1
FROM busybox
ARG A=2
RUN echo "$A" > /a
