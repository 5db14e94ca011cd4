"""Greets whoever asks: GET /hello?name=Ada answers {"greeting": "Hello, Ada!"}."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse


class Greeter(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlparse(self.path)
        if url.path == "/health":
            return self.answer({"status": "ok"})
        if url.path != "/hello":
            return self.answer({"error": "not found"}, status=404)
        name = parse_qs(url.query).get("name", ["world"])[0]
        return self.answer({"greeting": f"{os.environ.get('GREETING', 'Hello')}, {name}!"})

    def answer(self, body, status=200):
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8000"))
    print(f"greeter listens on {port}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Greeter).serve_forever()
