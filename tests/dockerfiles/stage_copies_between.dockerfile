FROM busybox AS a
RUN echo a > /a
FROM busybox AS b
COPY --from=a /a /b
RUN echo b >> /b
FROM scratch
COPY --from=a /a /
COPY --from=b /b /
COPY --from=0 /a /c
