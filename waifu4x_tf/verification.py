"""Does a result come from its source: made again as its receipt says, and compared."""

from __future__ import annotations

import json
import tempfile
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from waifu4x_tf.batch import Job
from waifu4x_tf.batch_runner import RunSettings, read_capped, run_job
from waifu4x_tf.config import build, shown_key, value_of
from waifu4x_tf.errors import PictureError, ReceiptError, UsageError
from waifu4x_tf.imaging.picture import Picture
from waifu4x_tf.imaging.signatures import HEAD_BYTES, identify
from waifu4x_tf.input_listing import Source
from waifu4x_tf.receipt_files import find, sha256_of_file
from waifu4x_tf.receipts import Receipt
from waifu4x_tf.version import VERSION

if TYPE_CHECKING:
    from waifu4x_tf.inference.upscaler import Upscaler

# The result is the input to be compared, and may be as large as a result may be.
_RESULT_MEGAPIXELS_PER_MEGAPIXEL = 256


@dataclass(frozen=True)
class Verdict:
    """What came of a verification.

    Attributes:
        is_confirmed: True when the source, enlarged as the receipt says, gives the result's pixels.
        why: In what they agree or differ, for people.
        is_same_file: True when even the bytes are equal.
        receipt: That of the result.
    """

    is_confirmed: bool
    why: str
    is_same_file: bool
    receipt: Receipt

    @property
    def status(self) -> str:
        """In a word: "confirmed" or "differs"."""
        return "confirmed" if self.is_confirmed else "differs"

    def as_json(self, output: str, source: str) -> dict[str, Any]:
        """What `waifu4x verify` prints as JSON.

        Args:
            output: How the result is named there.
            source: How its source is.
        """
        return {
            "output": output,
            "input": source,
            "status": self.status,
            "why": self.why,
            "same_file": self.is_same_file,
            "receipt": json.loads(self.receipt.text()),
        }


def verify(
    output: Path,
    source: Path,
    *,
    model: str | None = None,
    load: Callable[..., Upscaler] | None = None,
    max_megapixels: float = 64.0,
    progress: Callable[[int, int], None] | None = None,
) -> Verdict:
    """Make a result again and compare.

    Args:
        output: The result; its receipt is in it or beside it.
        source: The picture that it should come from.
        model: The file of a model that is not shipped; a receipt names no file.
        load: What loads the model, as `load_upscaler` does, which is the default.
        max_megapixels: The largest source that is decoded.
        progress: Called with (done, total) input pixels.

    Returns:
        Confirmed, or in what it differs.

    Raises:
        ReceiptError: There is no receipt, or one that cannot be followed here.
        PictureError: The picture cannot be enlarged by the receipt's settings.
        ModelError: The model is not here.
        UsageError: There is no such file, or the receipt's settings contradict each other.
    """
    for path in (output, source):
        if not path.is_file():
            raise UsageError(f"A file to verify exists. Received: {path}, which is none. Check the name.")
    receipt = find(output)
    if receipt is None:
        raise ReceiptError(
            f"A result to verify has a receipt. Received: {output}, without one. Results in png have one "
            "unless metadata is stripped, others with `receipt`."
        )
    if sha256_of_file(source) != receipt.source:
        return Verdict(False, "the source is another file than the one it was made from", False, receipt)
    upscaler = _loaded(receipt, output, model, load)
    if upscaler.identity is None or upscaler.identity.sha256 != receipt.model_sha256:
        return Verdict(False, f"the model {receipt.model[:40]} is another one here", False, receipt)
    settings = replace(
        build(RunSettings, receipt.settings, f"{output}: settings", error=ReceiptError),
        max_megapixels=max_megapixels,
        denoise_levels=(receipt.denoise,) if receipt.denoise else (),
    )
    kept = output.read_bytes()
    if settings.preset is not None:
        # A preset chooses between formats; the choice is the result's.
        chosen = identify(kept[:HEAD_BYTES]).lower()
        settings = replace(settings, write=replace(settings.write, format=chosen))
    made = _made_again(settings, source, upscaler, progress)
    if kept == made:
        return Verdict(True, "every byte is the same", True, receipt)
    again = read_capped(made, str(output), max_megapixels * _RESULT_MEGAPIXELS_PER_MEGAPIXEL)
    # The result may come from anybody: nothing larger than what the source gives is decoded.
    most_px = 1 + len(again.frames) * again.width * again.height
    try:
        kept_picture = read_capped(kept, str(output), most_px / 1e6)
    except PictureError as error:
        return Verdict(False, str(error), False, receipt)
    what = pixel_difference(kept_picture, again)
    if what is not None:
        return Verdict(False, what, False, receipt)
    by_other = f", by version {receipt.version[:20]}" if receipt.version != VERSION else ""
    return Verdict(True, f"every pixel is the same, though stored otherwise{by_other}", False, receipt)


def _loaded(
    receipt: Receipt, output: Path, model: str | None, load: Callable[..., Upscaler] | None
) -> Upscaler:
    """The model that was given, or the shipped one that a receipt names: no path in it is ever followed."""
    from waifu4x_tf.inference.identity import WITHOUT_EFFECT
    from waifu4x_tf.inference.upscaler import load_upscaler
    from waifu4x_tf.models.zoo import shipped_names

    if model is None and receipt.model not in shipped_names():
        raise ReceiptError(
            f"A model that is not shipped must be given. Received: {output}, made with "
            f"{receipt.model[:40]!r}. Add `model=FILE`."
        )
    hints = typing.get_type_hints(load_upscaler)
    hints = {name: hint for name, hint in hints.items() if name not in WITHOUT_EFFECT | {"return"}}
    options = {}
    for name, value in receipt.options.items():
        if name not in hints:
            raise ReceiptError(
                f"A receipt holds options that this version knows. Received: {output} with {shown_key(name)}."
                " Update waifu4x, or enlarge the picture again."
            )
        options[name] = value_of(hints[name], value, f"{output}: options: {name}", error=ReceiptError)
    return (load or load_upscaler)(model or receipt.model, **options)


def _made_again(
    settings: RunSettings,
    source: Path,
    upscaler: Upscaler,
    progress: Callable[[int, int], None] | None,
) -> bytes:
    """The file that these settings give."""
    with tempfile.TemporaryDirectory() as folder:
        job = Job(Source(source, Path(source.name)), Path(folder, "again"))
        outcome = run_job(job, settings, lambda _: upscaler, progress=progress)
        if outcome.status != "done":
            raise PictureError(outcome.error or f"{source}: it could not be enlarged again.")
        return Path(folder, "again").read_bytes()


def pixel_difference(one: Picture, other: Picture) -> str | None:
    """In what two pictures differ, for people; None when pixels, frames and their times are equal."""
    sizes = [f"{picture.width}x{picture.height}" for picture in (one, other)]
    if sizes[0] != sizes[1]:
        return f"it is {sizes[0]}, made again {sizes[1]}"
    if (len(one.frames), one.durations_ms, one.loop) != (len(other.frames), other.durations_ms, other.loop):
        return f"its {len(one.frames)} frames or their times differ from those made again"
    if (one.bits, one.has_alpha) != (other.bits, other.has_alpha):
        return "bits per channel or transparency differ from what is made again"
    pixels, most = 0, 0
    for mine, theirs in zip(one.frames, other.frames, strict=True):
        differs = np.zeros(mine.rgb.shape[:2], bool)
        for a, b in ((mine.rgb, theirs.rgb), (mine.alpha, theirs.alpha)):
            if a is None or b is None or np.array_equal(a, b):
                continue
            apart = np.maximum(a, b) - np.minimum(a, b)
            most = max(most, int(apart.max()))
            differs |= (apart.max(axis=2) if apart.ndim == 3 else apart) > 0
        pixels += int(differs.sum())
    if not pixels:
        return None
    total = len(one.frames) * one.width * one.height
    return f"{pixels} of {total} pixels differ, by at most {most} of {2**one.bits - 1} levels"
