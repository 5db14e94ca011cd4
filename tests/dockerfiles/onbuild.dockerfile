FROM busybox
ONBUILD RUN echo 1
ONBUILD COPY . /src
