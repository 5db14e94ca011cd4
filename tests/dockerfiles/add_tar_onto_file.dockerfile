# test: context trees
FROM busybox
RUN mkdir /x && echo > /x/top
ADD archives/a.tar /x/
