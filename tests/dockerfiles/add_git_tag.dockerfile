# test: arg GIT=@GIT@
FROM rich
ARG GIT
ADD $GIT/app.git#v1 /dst
ADD $GIT/app.git#light /light
ADD $GIT/app.git#refs/tags/v1 /full
