"""The browser demo: python demo_app.py prints the address of its page.

Runs from a checkout with `pip install '.[demo]'`. Listens on this computer alone unless --host or --share say
otherwise.
"""

import argparse
import atexit
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from waifu4x_tf.errors import MissingExtraError, UsageError

try:
    import gradio as gr
except ImportError:
    print(f"demo_app: error: {MissingExtraError('The demo', 'demo')}", file=sys.stderr)
    raise SystemExit(2) from None

from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from demo.api import add_api
from demo.compare.tab import add_compare_tab
from demo.context import DemoContext, Upscalers
from demo.examples import FOLDER
from demo.hosts import OwnHosts, is_loopback
from demo.limits import Limits
from demo.middleware import CheckedCalls, refuse_misfit
from demo.own_blocks import OwnBlocks
from demo.page import CSS, HEAD, THEME, TITLE, OwnHead, header
from demo.passwords import SlowedPasswords
from demo.storage import swept_storage
from demo.train.folders import named_folders
from demo.train.tab import add_train_tab
from demo.translations import label, translations
from demo.understand.story import PICTURES
from demo.understand.tab import add_understand_tab
from demo.upscale.tab import add_upscale_tab
from waifu4x_tf.cli.argument_types import positive_number, whole_number
from waifu4x_tf.cli.console import run_program
from waifu4x_tf.cli.process import termination_as_interrupt
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.upscaler import Upscaler


def build_demo(
    upscaler: Upscaler,
    *,
    limits: Limits | None = None,
    folder: Path | None = None,
    trains: bool = False,
    pictures: Mapping[str, Path] | None = None,
) -> gr.Blocks:
    """The whole page, not yet launched; see `launch_options`.

    Args:
        upscaler: What is there from the start; other shipped models are loaded when first asked for.
        limits: What is taken from visitors; default: `Limits()`.
        folder: For temporary files; default: a new one, deleted when the process ends.
        trains: Show the Train tab, which starts processes; only for pages that nobody else can reach.
        pictures: Folders that it offers to train on, by name; default: drawn pictures alone.
    """
    limits = limits or Limits()
    folder = folder or _temporary_folder()
    os.environ["GRADIO_TEMP_DIR"] = str(folder / "gradio")  # read when components are made
    context = DemoContext(Upscalers(upscaler), folder, limits)
    kept_seconds = int(limits.kept_seconds)  # Gradio forgets the names of files then; `Storage` deletes them
    with OwnBlocks(title=TITLE, analytics_enabled=False, delete_cache=(kept_seconds, kept_seconds)) as demo:
        demo.storage = context.storage
        gr.HTML(header())
        retell = gr.Button(visible="hidden", elem_id="w4x-retell")
        with gr.Tab(label("upscale_tab"), id="upscale"):
            models = add_upscale_tab(context, retell)
        with gr.Tab(label("compare_tab"), id="compare"):
            add_compare_tab(context)
        with gr.Tab(label("understand_tab"), id="understand") as understand:
            add_understand_tab(context, understand)
        if trains:
            with gr.Tab(label("train_tab"), id="train"):
                add_train_tab(context, models, pictures or {}, retell)
        add_api(context)
        gr.Markdown(label("page_privacy"), elem_classes="w4x-note")

        def forget(request: gr.Request) -> None:
            context.visitors.forget(request)

        demo.unload(forget)
    demo.queue(max_size=limits.max_waiting)
    return demo


def launch_options(limits: Limits | None = None, *, names: Sequence[str] = ()) -> dict[str, Any]:
    """What `Blocks.launch` needs beside host and port: look, languages, caps, and nothing phoned home.

    Args:
        limits: What is taken from visitors; default: `Limits()`.
        names: The page is served under these too, beside the host it listens on.
    """
    limits = limits or Limits()
    return {
        "theme": THEME,
        "css": CSS,
        "head": HEAD,
        "i18n": translations(),
        "favicon_path": str(FOLDER / "face.png"),
        "max_file_size": f"{limits.max_file_mb}mb",
        "footer_links": ["api"],
        "app_kwargs": {
            "middleware": [
                Middleware(OwnHosts, names=names),
                Middleware(SlowedPasswords),
                Middleware(OwnHead),
                Middleware(CheckedCalls),
            ],
            "exception_handlers": {RequestValidationError: refuse_misfit},
            "lifespan": swept_storage,
            # The story names its pictures by these addresses.
            "routes": [Mount("/method", StaticFiles(directory=PICTURES))],
        },
        "ssr_mode": False,
        "show_error": True,
    }


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 after Ctrl-C or a termination, 2 for a mistake of the user."""
    arguments = _parser().parse_args(argv)
    return run_program("demo_app", _serve, arguments)


def _serve(arguments: argparse.Namespace) -> None:
    with suppress(KeyboardInterrupt), termination_as_interrupt():  # so that temporary files are deleted too
        demo, options = _prepare(arguments)
        demo.launch(**options, prevent_thread_lock=True, quiet=True)
        print(f"waifu4x demo: {demo.share_url or demo.local_url} (Ctrl-C ends it)", flush=True)
        demo.block_thread()


def _prepare(arguments: argparse.Namespace) -> tuple[gr.Blocks, dict[str, Any]]:
    folder = _temporary_folder()
    limits = Limits(max_megapixels=arguments.max_megapixels)
    alone = is_loopback(arguments.host) and not (arguments.share or arguments.name)
    if arguments.pictures and not alone:
        raise UsageError(
            "The Train tab, which --pictures is for, is on pages that this computer alone can reach. "
            "Received: --pictures beside --host, --name or --share. Leave one of them out."
        )
    pictures = named_folders(arguments.pictures)
    options = launch_options(limits, names=arguments.name)
    if arguments.auth:
        options["auth"] = _credentials(arguments.auth)
    options |= {"server_name": arguments.host, "share": arguments.share}
    options["server_port"] = arguments.port or _free_port(arguments.host)
    demo = build_demo(
        load_upscaler(arguments.model), limits=limits, folder=folder, trains=alone, pictures=pictures
    )
    return demo, options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python demo_app.py", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: this computer alone)")
    add(
        "--port",
        type=whole_number(0, 65535),
        metavar="N",
        default=7860,
        help="port (default 7860); 0 takes any that is free",
    )
    add(
        "--name",
        action="append",
        default=[],
        help="answer under this name too, such as a proxy's; may be given several times",
    )
    add("--share", action="store_true", help="also a public address, through Gradio's servers")
    add("--auth", metavar="USER:PASSWORD", help="ask visitors for these")
    add(
        "--max-megapixels",
        type=positive_number,
        metavar="M",
        default=Limits.max_megapixels,
        help="largest picture (default 16)",
    )
    add(
        "--pictures",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="offer this folder's pictures to train on; may be given several times",
    )
    add("--model", default="compact", metavar="NAME|PATH", help="the model that is there from the start")
    return parser


def _credentials(text: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not (user and colon and password):
        raise UsageError("--auth takes USER:PASSWORD. Received: another form. Join the two by a colon.")
    return user, password


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def _temporary_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="waifu4x-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
