FROM busybox AS one
ONBUILD ENV A=1
ONBUILD WORKDIR /w
FROM one AS two
ONBUILD RUN echo $A > a
FROM two
RUN pwd > here
