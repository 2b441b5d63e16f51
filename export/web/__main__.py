"""A bundle -> a static page that enlarges pictures in the browser with LiteRT.js.

python -m export.web BUNDLE -o SITE [--denoise BUNDLE] [--litertjs NODE_MODULES] [--overwrite]

Serve the folder with any web server, in any place of a site. Over https or on localhost: elsewhere a browser
gives the page neither its cache for working offline nor the graphics card. LiteRT.js is fetched with npm, or
taken from a node_modules folder.
"""

import argparse
import sys
from pathlib import Path

from export.web.assembly import assemble
from waifu4x_tf.cli.console import run_program


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user or a bundle that does not fit."""
    parser = argparse.ArgumentParser(
        prog="python -m export.web", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bundle", type=Path, help="folder that export.bundle wrote")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of the page")
    parser.add_argument(
        "--denoise", type=Path, metavar="BUNDLE", help="of a denoise variant, for JPEGs of low quality"
    )
    parser.add_argument(
        "--litertjs", type=Path, metavar="NODE_MODULES", help="folder that holds @litertjs; default: npm"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an older page")
    arguments = parser.parse_args(argv)
    return run_program("export.web", _run, arguments)


def _run(arguments: argparse.Namespace) -> None:
    site = assemble(
        arguments.bundle,
        arguments.out,
        denoise=arguments.denoise,
        litertjs=arguments.litertjs,
        overwrite=arguments.overwrite,
    )
    print(f"{arguments.out}: {len(site.files)} files, {site.size_bytes / 1e6:.1f} MB, version {site.version}")
    print(f"Try it: python -m http.server --bind 127.0.0.1 --directory {arguments.out}")


if __name__ == "__main__":
    sys.exit(main())
