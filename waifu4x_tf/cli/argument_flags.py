"""The flags by which the command line calls arguments of the library, which knows no flags."""

import re

FLAGS = {
    "background": "--background",
    "bits": "--bits",
    "crop": "--crop",
    "denoise": "--denoise",
    "engine": "--engine",
    "fit": "--fit",
    "format": "--format",
    "jpeg_quality": "--jpeg",
    "max_megapixels": "--max-megapixels",
    "max_output_megapixels": "--max-megapixels",  # which both caps follow
    "min_side": "--min-side",
    "model": "--model",
    "output": "-o",
    "overwrite": "--overwrite",
    "preset": "--preset",
    "quality": "--quality",
    "raw": "--raw",
    "receipt": "--receipt",
    "scale": "--scale",
    "size": "--size",
    "skip_existing": "--skip-existing",
    "strength": "--strength",
    "strip": "--strip",
    "threads": "--threads",
    "tile_px": "--tile",
    "tta": "--tta",
    "wrap": "--wrap",
}
# What stands between the numbers of a value on the command line.
_JOINED_BY = {"size": "x", "crop": ","}
# As messages of the library name an argument: `scale`, or `scale=0.5`.
_ARGUMENT = re.compile(r"`(\w+)(?:=([^`]*))?`")


def with_flags(message: str) -> str:
    """A message of the library with its arguments as they are typed: ``--scale 0.5`` for `scale=0.5`."""
    return _ARGUMENT.sub(lambda found: _typed(*found.groups()) or found[0], message)


def _typed(name: str, value: str | None) -> str | None:
    flag = FLAGS.get(name)
    if flag is None or value in (None, "True"):
        return flag
    numbers = _JOINED_BY[name].join(re.findall(r"-?\d+", value)) if name in _JOINED_BY else ""
    return f"{flag} {numbers or value.strip(chr(39))}"
