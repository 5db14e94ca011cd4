FROM --platform=nothing/such/platform/x busybox
