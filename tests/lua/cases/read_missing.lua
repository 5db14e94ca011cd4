local x = read 'verson.txt'
--- FILE version.txt
1
