"""How the page looks and introduces itself: theme, style and head; and the switch of language."""

import html
import re
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
CSS = """
.gradio-container { max-width: 1280px !important; margin: 0 auto !important; }
.w4x-head { display: flex; justify-content: space-between; align-items: baseline; flex-wrap: wrap; }
.w4x-head h1 { margin: 0; font-size: 1.6rem; }
.w4x-head p { margin: 2px 0 0; }
.w4x-head nav a { padding: 6px 4px; }
progress { display: block; width: 100%; height: 8px; margin-top: 8px; appearance: none; border: 0; }
progress, progress::-webkit-progress-bar { border-radius: 4px; background: var(--border-color-primary); }
progress::-webkit-progress-value { border-radius: 4px; background: var(--color-accent); }
progress::-moz-progress-bar { border-radius: 4px; background: var(--color-accent); }
.w4x-status pre { white-space: pre-wrap; font-size: var(--text-sm); }
.w4x-status { overflow-wrap: anywhere; }
.w4x-note { color: var(--body-text-color-subdued); font-size: var(--text-sm); }
.w4x-lines { margin: 0; padding-left: 1.2em; }
.w4x-lines:has(li:only-child) { list-style: none; padding-left: 0; }
.w4x-failed { color: #b91c1c; }
.dark .w4x-failed { color: #fca5a5; }
.w4x-story img { max-width: 100%; }
.w4x-story table { display: block; overflow-x: auto; border: 0 !important; }
.w4x-table { contain: inline-size; overflow-x: auto; }
.w4x-pixels img { image-rendering: pixelated; }
.w4x-pixels .grid-wrap { min-height: 0 !important; max-height: none !important; height: auto !important; }
.w4x-pixels .grid-container { grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)) !important; }
.w4x-slider { min-height: 320px; }
.w4x-slider img { image-rendering: auto; }
.w4x-status { min-height: 3.2em; }
.w4x-inspect { min-height: 3.2em; }
#train-data label { max-width: 100%; overflow-wrap: anywhere; }
#train-data label span { min-width: 0; }
"""
# Rules that Gradio would move, as part of its `css`, to where they do not reach.
_FRAME_CSS = """
.html-container:has(> .prose > .w4x-head) { padding: 0 !important; }
footer .divider:not(:has(+ button, + a)) { display: none; }
@media (max-width: 640px) {
  .gradio-container .app { padding: 8px 12px !important; }
  .gradio-container .tab-container button { padding: 0 8px !important; }
}
"""

# Before Gradio looks which language the browser wants; the cookie tells the server the same.
_SWITCH = """
(function () {
  var wish = new URLSearchParams(location.search).get("lang");
  try {
    if (wish === "en" || wish === "zh") localStorage.setItem("COOKIE", wish);
    else wish = localStorage.getItem("COOKIE");
  } catch (refused) {}
  if (wish !== "en" && wish !== "zh") wish = /^zh/i.test(navigator.language) ? "zh" : "en";
  var tag = wish === "zh" ? "zh-CN" : "en";
  document.cookie = "COOKIE=" + wish + "; path=/; SameSite=Lax";
  document.documentElement.lang = tag;
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


# Pasting a picture anywhere on the page is choosing it in the tab that is open.
PASTE = """
<script>
document.addEventListener("paste", function (event) {
  var files = Array.from((event.clipboardData || {}).files || []).filter(function (file) {
    return file.type.indexOf("image/") === 0;
  });
  var box = Array.from(document.querySelectorAll(".w4x-paste")).find(function (one) {
    return one.offsetParent !== null;
  });
  if (!files.length || !box) return;
  event.preventDefault();
  var list = new DataTransfer();
  files.forEach(function (file) { list.items.add(file); });
  // A box that holds a file has no input until it is emptied, which it cannot be while one is on its way.
  (function give(tries) {
    var input = box.querySelector("input[type=file]");
    if (input) {
      input.files = list.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    var clear = Array.from(box.querySelectorAll(".icon-button-wrapper button")).pop();
    if (clear && !box.querySelector(".uploading")) clear.click();
    if (tries) setTimeout(give, 50, tries - 1);
  })(200);
});
</script>
"""
