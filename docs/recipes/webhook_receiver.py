"""A receiver of webhooks: checks the signature, answers, and prints what has happened, each message once.

pip install standardwebhooks
WEBHOOK_SECRET=whsec_… python webhook_receiver.py 8000
"""

import json
import os
import sys
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

MAX_BYTES = 65_536
# A message may come again: its answer was lost. A service that must not lose count keeps the ids in its database.
seen: OrderedDict[str, None] = OrderedDict()


class Receiver(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if not 0 < size <= MAX_BYTES:
            self.answer(413)
            return
        body = self.rfile.read(size)
        try:
            # The bytes as they came. It refuses timestamps that are more than five minutes off.
            Webhook(os.environ["WEBHOOK_SECRET"]).verify(
                body, {name.lower(): text for name, text in self.headers.items()}
            )
        except WebhookVerificationError:
            self.answer(400)
            return
        # First answer, then work: after ten seconds the message is sent again.
        self.answer(204)
        message_id = self.headers["webhook-id"]
        if message_id not in seen:
            seen[message_id] = None
            if len(seen) > 10_000:
                seen.popitem(last=False)
            message = json.loads(body)
            print(message["type"], json.dumps(message["data"]), flush=True)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Only what has happened is printed."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
