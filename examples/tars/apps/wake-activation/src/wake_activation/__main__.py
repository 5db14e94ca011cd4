"""Listens for the wake word with the models of the image."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openwakeword


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({'worker': 'wake-activation', 'openwakeword': len(openwakeword.get_pretrained_model_paths()),
                           'own': sorted(os.listdir('/models/openwakeword'))}).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(('0.0.0.0', int(os.environ.get('PORT', '8105'))), Handler).serve_forever()
