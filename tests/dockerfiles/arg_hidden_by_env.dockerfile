# test: arg A=given
FROM busybox
ARG A=arg
ENV A=${A:-env}
RUN echo "$A" > /x
