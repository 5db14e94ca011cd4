FROM busybox
ENV A=a.tar.gz
ENV B=${A#*.} C=${A##*.} D=${A%.*} E=${A%%.*}
