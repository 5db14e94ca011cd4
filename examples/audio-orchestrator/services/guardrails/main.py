"""Keeps what is said decent."""

import detoxify
from services.common.service import create, serve

app = create('guardrails', model=detoxify.__name__)


@app.get('/rules')
def rules():
    return {'blocked': ['toxicity', 'insult']}


if __name__ == '__main__':
    serve(app)
