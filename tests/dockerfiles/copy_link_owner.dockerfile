# test: context trees
FROM busybox
COPY --link --chown=app:staff --chmod=640 plain /home/app/x
COPY --link --chown=1:2 one /x/
