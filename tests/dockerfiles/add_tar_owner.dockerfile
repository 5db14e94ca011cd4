# test: context trees
FROM busybox
ADD --chown=app:staff archives/a.tar /x/
ADD --chmod=700 archives/a.tar /y/
