# test: flag --build-context repo=@GIT@/app.git --build-context part=@GIT@/app.git#old:sub
FROM busybox
COPY --from=repo . /all/
COPY --from=repo --chown=1:2 a.txt vendor /some/
COPY --from=part . /part/
RUN --mount=type=bind,from=repo,target=/mnt ls -l /mnt | awk 'NR > 1 { print $1, $NF }' >/listing
