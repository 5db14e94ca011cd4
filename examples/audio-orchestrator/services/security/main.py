"""Scans what is installed here for known vulnerabilities."""

import importlib.metadata

import pip_audit
from services.common.service import create, serve

app = create('security', pip_audit=pip_audit.__version__)


@app.get('/inventory')
def inventory():
    return {'packages': sorted(found.name for found in importlib.metadata.distributions())}


if __name__ == '__main__':
    serve(app)
