"""The router: which topic a message goes on to."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import paho.mqtt
from tars_topics import ROUTES


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({'worker': 'router', 'mqtt': paho.mqtt.__version__, 'routes': ROUTES}).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(('0.0.0.0', int(os.environ.get('PORT', '8100'))), Handler).serve_forever()
