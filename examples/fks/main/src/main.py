"""Says which services there are."""

import os

import uvicorn
from fastapi import FastAPI

app = FastAPI(title=os.environ['SERVICE_NAME'])


@app.get('/health')
def health():
    return {'service': app.title, 'status': 'healthy'}


@app.get('/services')
def services():
    return {'cpu': 11, 'ml': 2, 'gpu': 1}


if __name__ == '__main__':
    uvicorn.run(app, host='0.0.0.0', port=int(os.environ['SERVICE_PORT']))
