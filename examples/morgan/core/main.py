"""The assistant itself: knows whom to ask."""

import sentence_transformers
from shared.service import create, serve

app, settings = create('core', embedder=sentence_transformers.__version__)


@app.get('/services')
def services():
    return {'talks_to': settings['talks_to']}


if __name__ == '__main__':
    serve(app, settings)
