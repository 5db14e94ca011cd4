FROM busybox
USER app
RUN id > /tmp/a
USER app:www
RUN id > /tmp/b
USER 1000
RUN id > /tmp/c
USER root:staff
RUN id > /tmp/d
