FROM busybox
ENV A=env
ARG A=arg
RUN echo "$A" > /a
