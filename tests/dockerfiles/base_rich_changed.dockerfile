FROM rich
ENV A=mine LANG=de B=$A
LABEL of=me
EXPOSE 80 81/udp
VOLUME /more
STOPSIGNAL 9
HEALTHCHECK NONE
USER root
WORKDIR rel
MAINTAINER me
SHELL ["/bin/sh", "-c"]
RUN env | sort | grep -v -e HOSTNAME -e SOURCE_DATE > /env; pwd > /pwd
