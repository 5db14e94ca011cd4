"""Decides what is said next."""

import langchain
from services.common.service import create, serve

app = create('orchestrator', langchain=langchain.__version__)


@app.get('/next')
def next_step():
    return {'next': 'listen'}


if __name__ == '__main__':
    serve(app)
