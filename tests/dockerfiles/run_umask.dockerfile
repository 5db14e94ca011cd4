FROM busybox
RUN umask > /umask && mkdir /d && echo > /f
