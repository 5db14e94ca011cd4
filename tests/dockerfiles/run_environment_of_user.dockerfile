FROM busybox
USER app
RUN env | sort | grep -v HOSTNAME > /tmp/env
USER 33:50
RUN env | sort | grep -v HOSTNAME > /tmp/env2; id > /tmp/id2
USER 4444
RUN env | sort | grep -v HOSTNAME > /tmp/env3; id > /tmp/id3
