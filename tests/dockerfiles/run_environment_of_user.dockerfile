FROM busybox
USER app
RUN env | sort | grep -v -e HOSTNAME -e SOURCE_DATE > /tmp/env
USER 33:50
RUN env | sort | grep -v -e HOSTNAME -e SOURCE_DATE > /tmp/env2; id > /tmp/id2
USER 4444
RUN env | sort | grep -v -e HOSTNAME -e SOURCE_DATE > /tmp/env3; id > /tmp/id3
