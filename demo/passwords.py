"""Wrong passwords are answered ever more slowly."""

import asyncio
import ipaddress
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse

_FIRST_SECONDS, _MOST_SECONDS = 0.5, 8.0
_FORGOTTEN_SECONDS = 900.0
_MOST_WAITING = 4
_TAKEN, _REFUSED = 200, 400  # what Gradio says of a right one and of a wrong one


@dataclass
class _Address:
    """What is known of one address; its tries come one after the other."""

    wrong: int = 0
    last: float = 0.0
    waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def pause_seconds(self) -> float:
        return min(_MOST_SECONDS, _FIRST_SECONDS * 2 ** (self.wrong - 1)) if self.wrong else 0.0


class SlowedPasswords:
    """ASGI middleware: after each wrong password the next try of that address waits twice as long.

    Args:
        app: What it stands before.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._addresses: dict[str, _Address] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a password wait for its turn, and see what became of it."""
        is_try = scope["type"] == "http" and scope["method"] == "POST"
        if not (is_try and scope["path"].rstrip("/").endswith("/login")):
            await self._app(scope, receive, send)
            return
        name = _network(scope)
        address = self._addresses.setdefault(name, _Address())
        if address.waiting >= _MOST_WAITING:
            rule = f"At most {_MOST_WAITING} passwords wait to be looked at. Received: another. Try later."
            await JSONResponse({"error": rule}, 429)(scope, receive, send)
            return

        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                address.last = time.monotonic()
                if message["status"] == _REFUSED:
                    address.wrong += 1
                elif message["status"] == _TAKEN:
                    address.wrong = 0
            await send(message)

        address.waiting += 1
        try:
            async with address.turn:
                await asyncio.sleep(address.pause_seconds)
                await self._app(scope, receive, noted)
        finally:
            address.waiting -= 1
            self._forget()

    def _forget(self) -> None:
        since = time.monotonic() - _FORGOTTEN_SECONDS
        for name, each in list(self._addresses.items()):
            if not each.waiting and (not each.wrong or each.last < since):
                del self._addresses[name]


def _network(scope: Any) -> str:
    """The caller's address; of IPv6 the network, in which one caller has any number of them."""
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4 or address.ipv4_mapped:
        return host
    return str(ipaddress.ip_network((int(address), 64), strict=False))
