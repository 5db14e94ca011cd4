ARG BASE=busybox
FROM ${BASE} AS one
FROM ${BASE:-other}
LABEL base=${BASE:-none}
