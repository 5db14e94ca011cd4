"""Counts visits: POST /visits adds one, GET /visits tells how many there were."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

lock = threading.Lock()
visits = 0


class Counter(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            return self.answer({"status": "ok"})
        with lock:
            return self.answer({"visits": visits})

    def do_POST(self):
        global visits
        with lock:
            visits += 1
            return self.answer({"visits": visits})

    def answer(self, body):
        payload = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8001"))
    print(f"counter listens on {port}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Counter).serve_forever()
