"""The web interface: its page, and what it is connected to."""

import os
import pathlib

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI(title='TARS')
page = (pathlib.Path(__file__).parent / 'static' / 'index.html').read_text()


@app.get('/', response_class=HTMLResponse)
def index():
    return HTMLResponse(page)


@app.get('/health')
def health():
    return {'worker': 'ui-web', 'mqtt': os.environ['MQTT_URL']}
