ARG A=1
FROM busybox
ARG A
RUN echo "$A" > /a
