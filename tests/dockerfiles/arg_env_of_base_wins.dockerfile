# test: arg A=given
FROM rich
ARG A=arg
RUN echo "$A" > /srv/x
LABEL a=$A
