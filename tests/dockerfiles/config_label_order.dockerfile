FROM busybox
LABEL b=1 a=2 a=3
LABEL "quoted key"=x k.with-signs/y=z
