local cuda = arg 'cuda' { '12.4.0' }
--- ARG cdua=11
