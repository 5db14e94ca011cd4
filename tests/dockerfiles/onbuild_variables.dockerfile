FROM busybox AS one
ARG X=early
ENV Y=env
ONBUILD ARG X=late
ONBUILD LABEL x=$X y=$Y
ONBUILD RUN echo "$X" > /x
FROM one
