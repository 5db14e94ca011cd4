FROM scratch
COPY --link a.txt /a
COPY --link b.txt /b
