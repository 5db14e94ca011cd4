"""The camera: says which devices it sees, and the size of a frame."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import glob

import cv2


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({'worker': 'camera-service', 'devices': glob.glob('/dev/video*'), 'opencv': cv2.__version__}).encode()
        self.send_response(200)
        self.send_header('Content-Type', 'application/json')
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(('0.0.0.0', int(os.environ.get('PORT', '8106'))), Handler).serve_forever()
