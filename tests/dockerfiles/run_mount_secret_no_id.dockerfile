# test: context trees
# test: flag --secret id=mine,src=secret.txt
FROM busybox
RUN --mount=type=secret,target=/run/mine cat /run/mine > /x
