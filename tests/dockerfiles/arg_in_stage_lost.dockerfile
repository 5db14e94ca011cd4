FROM busybox AS one
ARG A=1
FROM busybox
RUN echo "${A-unset}" > /x
