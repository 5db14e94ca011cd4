"""Sherlock: walks the reasoning graph of config/graph.yaml."""

import pathlib

import langgraph.version
import yaml
from fastapi import FastAPI

graph = yaml.safe_load((pathlib.Path(__file__).parent.parent / 'config' / 'graph.yaml').read_text())
app = FastAPI(title='arc-sherlock-brain')


@app.get('/health')
def health():
    return {'service': 'arc-sherlock-brain', 'langgraph': langgraph.version.__version__}


@app.get('/reason')
def reason():
    path, node = [], graph['entry']
    while node:
        path.append(node)
        node = graph['nodes'][node]
    return {'path': path}
