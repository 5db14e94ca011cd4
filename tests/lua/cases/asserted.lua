assert(1 == 2, 'numbers are broken')
