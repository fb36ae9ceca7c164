"""Takes the webhooks of Alertmanager and appends a line for each. Arguments: address, port, file."""

import http.server
import json
import sys

address, port, out = sys.argv[1:]


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        labels = [alert["labels"] for alert in message["alerts"] if alert["status"] == "firing"]
        named = sorted(f"{label['job']} {label['instance']}" for label in labels)
        with open(out, "a", encoding="utf-8") as heard:
            print(message["status"], ", ".join(named), file=heard)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.HTTPServer((address, int(port)), Receiver).serve_forever()
