FROM busybox
ENV A=1
LABEL a=1 b="2 3"
EXPOSE 80 80/TCP 9000-9002/udp
VOLUME /a ["/b"]
USER 1:2
WORKDIR /w
STOPSIGNAL RTMIN+3
HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=2s --start-interval=1s --retries=5 CMD ["x", "y"]
ONBUILD RUN x
SHELL ["/bin/sh", "-ec"]
ENTRYPOINT ["e"]
CMD ["c"]
MAINTAINER A B <a@b>
