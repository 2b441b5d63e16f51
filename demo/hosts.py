"""Under which names the demo answers, and to the pages of whom."""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

_ANY_ADDRESS = ("0.0.0.0", "::")
_LOCAL = "localhost"
# What a proxy says of the name that was asked for; Gradio makes the addresses of files with them.
_FORWARDED = ("x-forwarded-host", "x-gradio-server")


class OwnHosts:
    """ASGI middleware: 421 under a foreign name, which a page may have led here, and 403 to foreign pages.

    Starlette's TrustedHostMiddleware says 400, knows neither IPv6 nor what the demo listens on, and leaves
    Origin alone.

    Args:
        app: What it stands before.
        names: Answered beside loopback names and what the demo listens on.
    """

    def __init__(self, app: Any, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = {name.lower() for name in names}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on what was asked for under an own name, by an own page or by a program."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        asked = [*headers.getlist("host"), *(each for key in _FORWARDED for each in headers.getlist(key))]
        places = [place(each) for value in asked for each in value.split(",")]
        if "host" not in headers or not all(self._is_own(scope, each) for each in places):
            rule = "The demo answers under its own names. Received: another Host. See --host and --name."
            await JSONResponse({"error": rule}, 421)(scope, receive, send)
        elif not all(self._is_own_page(scope, each, places) for each in headers.getlist("origin")):
            rule = "The demo answers its own page. Received: a call by another page. Open the demo itself."
            await JSONResponse({"error": rule}, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _is_own(self, scope: Any, asked: tuple[str, int | None] | None) -> bool:
        if asked is None:
            return False
        name, host = asked[0], scope["app"].get_blocks().server_name.lower()
        if name in (_LOCAL, host) or name in self._public_names(scope):
            return True
        # Nobody can lead an address or this computer's own name elsewhere, as he can a name of his own.
        return host in _ANY_ADDRESS and (_address(name) is not None or name == socket.gethostname().lower())

    def _is_own_page(self, scope: Any, origin: str, asked: list[Any]) -> bool:
        """Where the call was sent to; or a public name, since proxies may put another Host in its place."""
        found = place(origin)
        return found is not None and (found in asked or found[0] in self._public_names(scope))

    def _public_names(self, scope: Any) -> set[str]:
        shared = place(scope["app"].get_blocks().share_url or "")
        return self._names | ({shared[0]} if shared else set())


def place(text: str) -> tuple[str, int | None] | None:
    """(name, port) of a Host or an Origin; all loopback names are one; None for what is neither."""
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        name, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        return None
    if not name:
        return None
    return _LOCAL if is_loopback(name) else name, port


def is_loopback(name: str) -> bool:
    """Whether a name or an address is this computer's alone."""
    address = _address(name)
    return name.lower() == _LOCAL if address is None else address.is_loopback


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
