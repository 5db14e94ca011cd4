"""The token server of a registry, by the specification of the distribution project.

token_server.py KEY CERTIFICATE USER PASSWORD LOG  prints its port.

GET /token with the login, or with none for tokens that only pull; with offline_token it gives an identity token, which
POST /token takes. The tokens are good for as many seconds as the file LOG.lifetime says, by the registry's clock, which
forgives a minute; they claim to be good for five. Each request becomes a line in LOG.
"""

import base64
import json
import subprocess
import sys
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

key, certificate, user, password, log_path = sys.argv[1:6]
log = open(log_path, "a", buffering=1, encoding="utf-8")
identities = set()


def run(*command, data=b""):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


CHAIN = [base64.b64encode(run("openssl", "x509", "-in", certificate, "-outform", "DER")).decode()]


def token(service, scopes, name):
    lifetime = Path(log_path + ".lifetime")
    seconds = float(lifetime.read_text()) if lifetime.exists() else 300
    now = int(time.time())
    access = []
    for scope in scopes:
        kind, rest = scope.split(":", 1)
        path, actions = rest.rsplit(":", 1)
        granted = [a for a in actions.split(",") if name or a == "pull"]
        access.append({"type": kind, "name": path, "actions": granted})
    claims = {"iss": "test", "sub": name, "aud": service, "exp": int(now + seconds - 60), "nbf": now - 600}
    claims.update(iat=now, jti=uuid.uuid4().hex, access=access)
    header = {"typ": "JWT", "alg": "RS256", "x5c": CHAIN}
    text = ".".join(url64(json.dumps(part).encode()) for part in (header, claims))
    return text + "." + url64(run("openssl", "dgst", "-sha256", "-sign", key, data=text.encode()))


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        login = self.headers.get("Authorization", "")
        log.write(f"GET {self.path} {'with' if login else 'without'} login\n")
        wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        if login and login != wanted:
            return self.answer(401, {"errors": [{"code": "UNAUTHORIZED"}]})
        scopes = [s for text in query.get("scope", []) for s in text.split(" ")]
        body = {"token": token(query.get("service", [""])[0], scopes, user if login else ""), "expires_in": 300}
        if login and "offline_token" in query:
            identities.add(identity := uuid.uuid4().hex)
            body["refresh_token"] = identity
        self.answer(200, body)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        log.write(f"POST {self.path} {form.get('grant_type', [''])[0]} {form.get('scope', [''])[0]}\n")
        if form.get("grant_type") != ["refresh_token"] or form.get("refresh_token", [""])[0] not in identities:
            return self.answer(401, {"error": "invalid_grant"})
        scopes = form.get("scope", [""])[0].split(" ")
        self.answer(200, {"access_token": token(form["service"][0], [s for s in scopes if s], user), "expires_in": 300})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
