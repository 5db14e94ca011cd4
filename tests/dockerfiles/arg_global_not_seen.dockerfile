ARG A=1
FROM busybox
RUN echo "${A-unset}" > /a
