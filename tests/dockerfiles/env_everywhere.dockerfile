FROM busybox
ENV D=/dir U=app P=81 S=9 F=a.txt V=/vol L=label
WORKDIR $D/${U}
COPY ${F} $D/$F.copy
ADD $F ./
EXPOSE $P/udp ${P}0
VOLUME $V ["x"]
LABEL $L="$L-$D" x='$L'
USER $U
STOPSIGNAL $S
CMD echo $L
ENTRYPOINT ["$L"]
HEALTHCHECK CMD echo $L
