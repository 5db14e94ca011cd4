FROM busybox
ENV A=1
ENV B=\$A C="\$A" D='$A' E=\\$A F="a\"b" G=a\ b\\ H="a\tb" I=${A}x J=$Ax K='a"b' L="a'b"
RUN env | sort | grep -E "^[B-L]=" > /x
