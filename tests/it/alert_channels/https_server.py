"""An HTTPS server on loopback that checks Demarc's signature: says its port, then one line of JSON for
each message it took. Arguments: secret, certificate file, key file.
"""

import hashlib
import hmac
import http.server
import json
import ssl
import sys

secret, certificate, key = sys.argv[1:]


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        parts = dict(part.split("=", 1) for part in self.headers["Demarc-Signature"].split(","))
        expected = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        if hmac.compare_digest(expected, parts["v1"]):
            message = json.loads(body)
            took = {"event": message["event"], "title": message["title"], "path": self.path}
            print(json.dumps(took), flush=True)
            self.send_response(204)
        else:
            self.send_response(403)
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
