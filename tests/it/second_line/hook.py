"""Takes webhooks and appends the event and the title of each to a file; one that comes again is the same, as its key
says. Arguments: address, port, file."""

import http.server
import json
import sys

address, port, out = sys.argv[1:]
taken = set()


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        if key not in taken:
            taken.add(key)
            with open(out, "a", encoding="utf-8") as told:
                print(message["event"], message["title"], file=told)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.HTTPServer((address, int(port)), Hook).serve_forever()
