# test: context trees
FROM busybox
COPY --chmod=u=rwX,go=rX one /x
COPY --chmod=go-rwx,u+s all suid /y/
COPY --chmod=+x plain /z
COPY --chmod=a=r,u+w,+X sticky /s
