"""Where visitors' files lie: in folders whose names are drawn here, and found by a table alone."""

import hashlib
import hmac
import secrets
import shutil
import threading
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.requests import HTTPConnection

from demo.storage import Storage

# Who loads the page is given this cookie. Its name is another in every process: browsers send cookies to all
# ports of a host, so that two demos would overwrite each other's.
PAGE_COOKIE = f"waifu4x_page_{secrets.token_hex(4)}"
_MOST_VISITORS = 10_000
_SECRET = secrets.token_bytes(32)


def page_cookie(scope: Any) -> str:
    """The header that gives a page its cookie: random, and signed, so that no table of those is needed."""
    name = secrets.token_hex(16)
    forwarded = HTTPConnection(scope).headers.get("x-forwarded-proto", scope.get("scheme"))
    # In the frame of another site, as galleries of demos show it, only this kind is sent.
    kind = "SameSite=None; Secure; Partitioned" if forwarded == "https" else "SameSite=Lax"
    return f"{PAGE_COOKIE}={name}.{_signature(name)}; Path=/; HttpOnly; {kind}"


def is_page_token(value: str | None) -> bool:
    """Whether this process made it."""
    name, _, signature = (value or "").partition(".")
    return hmac.compare_digest(signature.encode(), _signature(name).encode())


def page_token(scope: Any) -> str | None:
    """The page's cookie of an ASGI request; None without one that is valid."""
    value = HTTPConnection(scope).cookies.get(PAGE_COOKIE)
    return value if is_page_token(value) else None


def payer(request: Any) -> str:
    """Whose bytes these are: the page's cookie, or else the address, of a request of Gradio or Starlette."""
    value = request.cookies.get(PAGE_COOKIE)
    if is_page_token(value):
        return value
    return request.client.host if request.client else ""


def _signature(name: str) -> str:
    return hmac.new(_SECRET, name.encode(), hashlib.sha256).hexdigest()


class VisitorFolders:
    """The folders of all visitors. What a caller sends is looked up in a table and never part of a path.

    Args:
        root: Where they lie; nothing outside of it is deleted or written.
        storage: Of what they take.
    """

    def __init__(self, root: Path, storage: Storage) -> None:
        self._root = root.resolve()
        self._storage = storage
        self._names: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def of(self, request: gr.Request) -> Path:
        """A visitor's folder, which need not exist."""
        with self._lock:
            name = self._names.setdefault(_visitor(request), secrets.token_hex(16))
            oldest = next(iter(self._names)) if len(self._names) > _MOST_VISITORS else None
            forgotten = self._names.pop(oldest) if oldest else None
        if forgotten:
            remove_inside(self._root, self._root / forgotten)
        return self._root / name

    def fresh(self, request: gr.Request, purpose: str) -> Path:
        """A new folder of a visitor, without what an earlier run left in it.

        Args:
            request: The visitor's.
            purpose: A word of this program.

        Raises:
            UsageError: The visitor, or all of them, have too much already.
        """
        self._storage.check(payer(request))
        folder = self.of(request) / purpose
        remove_inside(self._root, folder)
        folder.mkdir(parents=True)
        return folder

    def forget(self, request: gr.Request) -> None:
        """Delete all of a visitor's files."""
        with self._lock:
            name = self._names.pop(_visitor(request), None)
        if name is not None:
            remove_inside(self._root, self._root / name)


def checked_inside(root: Path, path: Path) -> Path:
    """The path, when it lies below a folder, also where links lead.

    Raises:
        ValueError: It does not.
    """
    root = root.resolve()
    resolved = path.resolve()
    if resolved == root or not resolved.is_relative_to(root):
        raise ValueError(f"A visitor's file lies below {root}. Received: {resolved}. Nothing was done.")
    return path


def remove_inside(root: Path, folder: Path) -> None:
    """Delete a folder with all that is in it.

    Raises:
        ValueError: It does not lie below ``root``.
    """
    shutil.rmtree(checked_inside(root, folder), ignore_errors=True)


def _visitor(request: gr.Request) -> tuple[str, str]:
    """The browser, which only this program's cookie can name, and the page in it."""
    return request.cookies.get(PAGE_COOKIE) or "", request.session_hash or ""
