FROM busybox AS first
COPY --from=later /a /b
FROM busybox AS later
FROM first
