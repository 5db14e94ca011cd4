local files = glob '../../*.txt'
