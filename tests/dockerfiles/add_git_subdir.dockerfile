# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD $GIT/app.git#main:sub/deep /dst
ADD $GIT/app.git#:sub /sub
