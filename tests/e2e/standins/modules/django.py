

def get_version():
    return __version__
