FROM busybox
ENV P=/a/b/c.tar.gz E=
ENV A=${P##*/} B=${P%.*} C=${P%%.*} D=${P#*/} F=${P/a/x} G=${P//\//_} H=${E:+x} I=${E+x} J=${N:-${P##*.}} K=${P:+y}
