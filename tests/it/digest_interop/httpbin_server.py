"""PyPI's httpbin as a camera: its Digest, as its own pages have it, before what a camera would answer.
Says its port, then the status of each answer and the quality of protection that was proved.

Arguments: quality of protection, algorithm, how many requests a nonce is good for (or "never"), user name,
password.
"""

import logging
import sys

# It warns of what it serves without; werkzeug tells of each request.
logging.disable(logging.WARNING)

from flask import request
from httpbin.core import app, digest_auth
from werkzeug.serving import make_server

quality, algorithm, stale_after, username, password = sys.argv[1:]

INFORMATION = """<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
  xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Body><tds:GetDeviceInformationResponse>
<tds:Manufacturer>AXIS</tds:Manufacturer><tds:Model>P3265-V</tds:Model>
<tds:FirmwareVersion>12.5.56</tds:FirmwareVersion><tds:SerialNumber>B8A44F000102</tds:SerialNumber>
<tds:HardwareId>8A4.1</tds:HardwareId></tds:GetDeviceInformationResponse></s:Body></s:Envelope>"""

PAGES = {
    "/axis-cgi/usergroup.cgi": ("text/plain", "viewer\nusers viewer\n"),
    "/onvif/device_service": ("application/soap+xml; charset=utf-8", INFORMATION),
}


def page():
    answer = app.make_response(digest_auth(quality, username, password, algorithm, stale_after))
    if answer.status_code == 200:
        answer.mimetype, text = PAGES[request.path]
        answer.set_data(text)
    proof = request.authorization
    print(answer.status_code, *([proof.get("qop")] if proof else []), flush=True)
    return answer


class Cookies:
    """What httpbin remembers of a nonce it has its client keep; a camera keeps it itself."""

    def __init__(self, inner):
        self.inner, self.kept = inner, {}

    def __call__(self, environ, start_response):
        environ["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.kept.items())

        def start(status, headers, *rest):
            for name, value in headers:
                if name.lower() == "set-cookie":
                    key, _, value = value.split(";")[0].partition("=")
                    self.kept[key] = value
            return start_response(status, headers, *rest)

        return self.inner(environ, start)


for path in PAGES:
    app.add_url_rule(path, endpoint=path, view_func=page, methods=["GET", "POST"])
if stale_after != "never":
    app.wsgi_app = Cookies(app.wsgi_app)
server = make_server("127.0.0.1", 0, app)
print(server.server_port, flush=True)
server.serve_forever()
