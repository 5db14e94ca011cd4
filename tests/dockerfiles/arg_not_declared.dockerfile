# test: arg A=2
FROM busybox
RUN echo "${A-unset}" > /a
