FROM busybox
ENV A=${X:-d} B=${X-d} E= F=${E:-d} G=${E-d}
