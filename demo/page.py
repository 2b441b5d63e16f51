"""How the page looks and introduces itself: theme, style and head; and the switch of language."""

import html
import re
from pathlib import Path
from typing import Any

from gradio.themes import Default

from demo.translations import COOKIE, say
from demo.visitors import page_cookie, page_token

TITLE = "waifu4x"
THEME = Default(
    primary_hue="rose",
    neutral_hue="slate",
    font=["system-ui", "sans-serif"],
    font_mono=["ui-monospace", "monospace"],
)
_HERE = Path(__file__).parent
CSS = (_HERE / "page.css").read_text(encoding="utf-8")
HEAD = f"<script>{(_HERE / 'page.js').read_text(encoding='utf-8')}</script>"
# Rules that Gradio would move, as part of its `css`, to where they do not reach.
_FRAME_CSS = """
.html-container:has(> .prose > .w4x-head) { padding: 0 !important; }
footer .divider:not(:has(+ button, + a)) { display: none; }
@media (max-width: 640px) {
  .gradio-container .app { padding: 8px 12px !important; }
  .gradio-container .tab-container button { padding: 0 8px !important; }
}
"""

# Before Gradio looks which language the browser wants; the cookie gives the server the same.
_SWITCH = """
(function () {
  window.w4xSpeak = function (wish, keep) {
    try { if (keep) localStorage.setItem("COOKIE", wish); } catch (refused) {}
    document.cookie = "COOKIE=" + wish + "; path=/; SameSite=Lax";
    document.documentElement.lang = wish === "zh" ? "zh-CN" : "en";
  };
  var asked = new URLSearchParams(location.search).get("lang"), wish = asked;
  try { wish = wish || localStorage.getItem("COOKIE"); } catch (refused) {}
  if (wish !== "en" && wish !== "zh") wish = /^zh/i.test(navigator.language) ? "zh" : "en";
  window.w4xSpeak(wish, wish === asked);
  var tag = document.documentElement.lang;
  Object.defineProperty(navigator, "language", { get: function () { return tag; } });
  Object.defineProperty(navigator, "languages", { get: function () { return [tag]; } });
})();
""".replace("COOKIE", COOKIE)
_FOREIGN_META = re.compile(r'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>', re.DOTALL)


def header() -> str:
    """The page's own first lines, in HTML; the languages are plain links."""
    return (
        f'<div class="w4x-head"><h1>{TITLE}</h1>'
        '<nav aria-label="Language"><a href="?lang=en" lang="en">English</a> · '
        '<a href="?lang=zh" lang="zh">中文</a></nav></div>'
    )


class OwnHead:
    """ASGI middleware: the page names itself, in place of Gradio's cards, and knows its language first.

    Args:
        app: What it stands before.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass everything on, but hold back an HTML page until it is whole."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        chunks: list[bytes] = []

        async def collect(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = dict(message["headers"])
                if headers.get(b"content-type", b"").startswith(b"text/html") and (
                    b"content-encoding" not in headers
                ):
                    start.update(message)
                    return
            elif start and message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))
                if not message.get("more_body"):
                    await self._send_page(scope, send, start, b"".join(chunks))
                return
            await send(message)

        await self._app(scope, receive, collect)

    async def _send_page(self, scope: Any, send: Any, start: dict[str, Any], page: bytes) -> None:
        body = own_head(page.decode("utf-8")).encode("utf-8")
        headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        if page_token(scope) is None:
            headers.append((b"set-cookie", page_cookie(scope).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def own_head(page: str) -> str:
    """An HTML page with this project's description in place of Gradio's, and the switch of language."""
    description = html.escape(say("en", "page_description"))
    own = (
        f"<head><script>{_SWITCH}</script><style>{_FRAME_CSS}</style>"
        f'<meta name="description" content="{description}">'
        f'<meta property="og:title" content="{TITLE}">'
        f'<meta property="og:description" content="{description}">'
    )
    return _FOREIGN_META.sub("", page).replace("<head>", own, 1)
