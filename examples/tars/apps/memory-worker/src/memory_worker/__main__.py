"""The memory worker: embeds what is said; models are cached in HF_HOME."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import sentence_transformers


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({'worker': 'memory-worker', 'models': os.environ['HF_HOME'],
                           'writable': os.access(os.environ['HF_HOME'], os.W_OK),
                           'embedder': sentence_transformers.__version__}).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(('0.0.0.0', int(os.environ.get('PORT', '8102'))), Handler).serve_forever()
