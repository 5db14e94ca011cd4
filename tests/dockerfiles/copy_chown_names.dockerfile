# test: context trees
FROM busybox
COPY --chown=app plain /a
COPY --chown=app:staff plain /b
COPY --chown=web:0 plain /c
COPY --chown=33 plain /d
COPY --chown=1000:www plain /e
