"""The dashboard of all services."""

import streamlit
from services.common.service import create, serve

app = create('monitoring', streamlit=streamlit.__version__)


@app.get('/services')
def services():
    return {'watched': ['discord', 'stt', 'orchestrator', 'bark']}


if __name__ == '__main__':
    serve(app)
