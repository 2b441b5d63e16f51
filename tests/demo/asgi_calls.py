"""Calls of ASGI middleware without a server, for the tests of what stands before Gradio."""

import asyncio
import json
from types import SimpleNamespace


class FakePage:
    """What stands behind a middleware: answers with one status, and counts who got that far."""

    def __init__(self, status=200, **blocks):
        self.status, self.reached = status, 0
        blocks = {"server_name": "127.0.0.1", "share_url": None, "fns": {}} | blocks
        self.blocks = SimpleNamespace(**blocks)

    def get_blocks(self):
        """As Gradio's application."""
        return self.blocks

    async def __call__(self, scope, receive, send):
        """Read the whole body and answer."""
        self.reached += 1
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


async def called(middleware, page, path="/", *, method="GET", headers=(), body=b"", client="127.0.0.1"):
    """Status and JSON of what it answers."""
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "client": (client, 1),
        "app": page,
    }
    sent = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    await middleware(scope, receive, send)
    content = b"".join(each.get("body", b"") for each in sent[1:])
    return sent[0]["status"], json.loads(content)


def call(*arguments, **options):
    """`called`, waited for."""
    return asyncio.run(called(*arguments, **options))
