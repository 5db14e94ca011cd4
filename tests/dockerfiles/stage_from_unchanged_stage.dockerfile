FROM busybox AS one
FROM one AS two
FROM two
