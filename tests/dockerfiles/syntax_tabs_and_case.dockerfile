	from busybox
	run	echo 1 > /a
  Copy  a.txt   /b
