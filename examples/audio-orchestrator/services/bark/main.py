"""Text to speech."""

import bark
from services.common.service import create, serve

app = create('bark', bark=bark.__name__)

if __name__ == '__main__':
    serve(app)
