FROM busybox
RUN echo "${A-unset}" > /x
ARG A=1
RUN echo "${A-unset}" > /y
