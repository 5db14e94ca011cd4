"""What the trader decides with: signals from prices."""

import os

import pandas
import uvicorn
from fastapi import FastAPI

app = FastAPI(title=os.environ['SERVICE_NAME'])


@app.get('/health')
def health():
    return {'service': app.title, 'status': 'healthy', 'pandas': pandas.__version__}


@app.get('/signal')
def signal():
    return {'signal': 'hold'}


if __name__ == '__main__':
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ['SERVICE_PORT']))
