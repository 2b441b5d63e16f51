"""What is refused before Gradio looks at it: calls that the page and programs never make.

Gradio takes whatever a caller sends for its own: the name of a session, the number of an endpoint that
belongs to the page's events, a file by its address. Here each of these is held to what can be right, and
everything else gets one sentence.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import JSONResponse

from demo.storage import FullError
from demo.visitors import page_token, payer
from waifu4x_tf.errors import UsageError

_PREFIX = "/gradio_api/"
# What the page sends beside uploads, which have a cap of their own, is small.
_MOST_BODY_BYTES = 2_000_000
_REMOTE = re.compile(r"\s*https?:/", re.IGNORECASE)
# Random letters of Gradio's page, a UUID of its client.
_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SESSION_KEYS = ("session_hash", "event_id")
# What the page and programs use below the prefix; the other routes write, fetch or record what nobody needs.
_ROUTES = {
    *("api", "api_info", "app_id", "call", "cancel", "heartbeat", "info", "login_check", "openapi.json"),
    *("queue", "reset", "run", "startup-events", "theme.css", "token", "upload", "upload_progress", "user"),
}
_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A call that is answered with a sentence.

    Args:
        status: Of HTTP.
        sentence: In three parts.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class CheckedCalls:
    """ASGI middleware: lets in what the page and programs send, and refuses the others in one sentence.

    Args:
        app: What it stands before.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Check the address and a call's JSON first, and pass them on unchanged."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = ended = False

        async def noted(message: Any) -> None:
            nonlocal begun, ended
            begun, ended = True, message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        try:
            check_address(scope)
            if _is_call(scope):
                body = await _read(receive)
                check_call(scope, body)
                receive = _replayed(body, receive)
            with _expected_upload(scope):
                await self._app(scope, receive, noted)
        except RefusedError as error:
            await JSONResponse({"error": str(error)}, error.status)(scope, receive, send)
        except ClientDisconnect:
            pass
        except Exception as error:
            report(scope["path"], error)
            if not begun:
                await JSONResponse({"error": str(unexpected_call())}, 400)(scope, receive, send)
            elif not ended:  # what was sent cannot be taken back
                await send({"type": "http.response.body", "body": b""})


def check_address(scope: Any) -> None:
    """Raise RefusedError for a route or a session that can be of nobody here."""
    path = _path(scope)
    if not path.startswith(_PREFIX):
        return
    path = path.removeprefix(_PREFIX)
    route, _, rest = path.partition("/")
    is_file = path.startswith(("file=", "file/"))
    if not (is_file or route in _ROUTES):
        raise RefusedError(404, "The demo has other addresses. Received: none of them. See docs/demo.md.")
    if is_file and _REMOTE.match(path[len("file=") :]):
        raise RefusedError(400, _NO_REMOTE)
    if route == "heartbeat":
        check_session(rest)
    for key, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        if key in _SESSION_KEYS:
            check_session(value)


def check_call(scope: Any, body: bytes) -> None:
    """Raise RefusedError for a body that the page and programs never send.

    Args:
        scope: Of ASGI.
        body: JSON.
    """
    try:
        call = json.loads(body)
    except (ValueError, RecursionError):
        raise unexpected_call() from None
    if not isinstance(call, dict):
        raise unexpected_call()
    for key in _SESSION_KEYS:
        if call.get(key) is not None:
            check_session(call[key])
    if names_remote_file(call):
        raise RefusedError(400, _NO_REMOTE)
    route, *names = _path(scope).removeprefix(_PREFIX).rstrip("/").split("/")
    number = call.get("fn_index")
    if number is not None and type(number) is not int:
        raise unexpected_call()
    name = names[-1] if route in ("api", "call", "run") and names else None
    if name == "predict" and number is not None:
        name = None  # as the page calls what needs no queue: the number alone says which
    check_endpoint(scope, name, number)


def check_endpoint(scope: Any, name: str | None, number: int | None) -> None:
    """Raise RefusedError unless an endpoint is public, or called by a page that this process has sent."""
    endpoints = scope["app"].get_blocks().fns
    found = [each for each in endpoints.values() if name is not None and each.api_name == name]
    found += [endpoints[number]] if number in endpoints else []
    if len(found) < (name is not None) + (number is not None):
        raise RefusedError(
            404, "An endpoint is one of those in docs/demo.md. Received: another. Call one of these."
        )
    for endpoint in found:
        if endpoint.api_visibility == "public":
            continue
        # Leaving a page is no call: a heartbeat that ends is.
        leaves = any(event == "unload" for _, event in endpoint.targets)
        if leaves or page_token(scope) is None:
            raise RefusedError(
                403,
                "The page's own events are for the page. Received: a call from elsewhere. Reload the page.",
            )


def check_session(value: object) -> None:
    """Raise RefusedError for what is no session's name."""
    if not (isinstance(value, str) and _SESSION.fullmatch(value)):
        raise RefusedError(
            400, "A session is up to 64 letters, digits, - and _. Received: something else. Leave it out."
        )


def names_remote_file(call: Any) -> bool:
    """Whether JSON holds, at any depth, a "path" that is an address."""
    waiting = [call]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            path = value.get("path")
            if isinstance(path, str) and _REMOTE.match(path):
                return True
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return False


def unexpected_call() -> RefusedError:
    """What is said of every call that cannot be understood."""
    return RefusedError(
        400, "A call has the values that docs/demo.md lists. Received: others. Look there for what they are."
    )


async def refuse_misfit(request: Any, error: RequestValidationError) -> JSONResponse:
    """In place of pydantic's account of a body that has not the fields of a call."""
    return JSONResponse({"error": str(unexpected_call())}, 422)


def report(name: str, error: BaseException) -> None:
    """One line for whoever runs the demo; of calls that anybody can forge a traceback would be noise."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" ({trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno})" if trace else ""
    _log.warning("A call of %r ended with %s%s.", name[:40], type(error).__name__, where)


_NO_REMOTE = "A picture is a file that was uploaded. Received: the address of one. Upload it first."


def _path(scope: Any) -> str:
    """As Gradio's routes see it, also where the page is mounted below another one."""
    return scope["path"].removeprefix(scope.get("root_path", ""))


def _is_call(scope: Any) -> bool:
    path = _path(scope).rstrip("/")
    return scope["method"] == "POST" and path.startswith(_PREFIX) and path != f"{_PREFIX}upload"


@contextmanager
def _expected_upload(scope: Any) -> Iterator[None]:
    """Of an upload, take its bytes into account before they come."""
    if scope["method"] != "POST" or _path(scope).rstrip("/") != f"{_PREFIX}upload":
        yield
        return
    request = HTTPConnection(scope)
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        raise RefusedError(411, "An upload says how long it is. Received: none. Send a Content-Length.")
    try:
        with scope["app"].get_blocks().storage.expecting(payer(request), int(length)):
            yield
    except FullError as error:
        raise RefusedError(507, str(error)) from None
    except UsageError as error:
        raise RefusedError(413, str(error)) from None


async def _read(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MOST_BODY_BYTES:
            rule = f"A call has at most {_MOST_BODY_BYTES} bytes. Received: more. Upload files first."
            raise RefusedError(413, rule)
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Any) -> Any:
    given = False

    async def replay() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
