"""What is refused before Gradio looks at it: calls that would make this computer fetch files."""

import json
from typing import Any

from starlette.responses import JSONResponse

# What the page sends beside uploads, which have a cap of their own, is small.
_MOST_BODY_BYTES = 2_000_000
_REMOTE = ("http://", "https://")


class OwnFilesOnly:
    """ASGI middleware: a file is uploaded, never named by an address that the server would then ask.

    Args:
        app: What it stands before.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read a call's JSON first, and pass it on unchanged unless it names a remote file."""
        if not _is_call(scope):
            await self._app(scope, receive, send)
            return
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > _MOST_BODY_BYTES:
                rule = f"A call has at most {_MOST_BODY_BYTES} bytes. Received: more. Upload files first."
                await JSONResponse({"error": rule}, 413)(scope, receive, send)
                return
            if message["type"] != "http.request" or not message.get("more_body"):
                break
        if names_remote_file(bytes(body)):
            rule = "A picture is a file that was uploaded. Received: the address of one. Upload it first."
            await JSONResponse({"error": rule}, 400)(scope, receive, send)
            return
        given = False

        async def replay() -> Any:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, replay, send)


def names_remote_file(body: bytes) -> bool:
    """Whether JSON holds, at any depth, a "path" that is a web address; what is no JSON holds none."""
    try:
        waiting = [json.loads(body)]
    except (ValueError, RecursionError):
        return False
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            path = value.get("path")
            if isinstance(path, str) and path.strip().lower().startswith(_REMOTE):
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def _is_call(scope: Any) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    return not scope["path"].rstrip("/").endswith("/upload")
