# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD $GIT/nothing.git /dst
