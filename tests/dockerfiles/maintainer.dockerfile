FROM busybox
MAINTAINER somebody
