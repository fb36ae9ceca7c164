"""Takes webhooks and appends the event and the title of each to a file. Arguments: address, port, file."""

import http.server
import json
import sys

address, port, out = sys.argv[1:]


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open(out, "a", encoding="utf-8") as told:
            print(message["event"], message["title"], file=told)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.HTTPServer((address, int(port)), Hook).serve_forever()
