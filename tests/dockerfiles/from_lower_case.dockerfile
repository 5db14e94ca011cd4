from busybox as one
from one
