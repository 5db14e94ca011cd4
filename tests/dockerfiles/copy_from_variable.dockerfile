FROM busybox
ARG S=x
COPY --from=$S /a /b
