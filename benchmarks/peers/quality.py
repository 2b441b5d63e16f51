"""How well every method brings back the shrunk pictures of a folder, as `waifu4x evaluate` measures it."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path

import numpy as np

from benchmarks.measuring import print_table
from benchmarks.peers.methods import Method, label
from benchmarks.peers.networks import SCALE
from benchmarks.peers.sheet import Place, busiest_box
from waifu4x_tf.batch.inputs import list_sources
from waifu4x_tf.errors import PictureError, UsageError
from waifu4x_tf.evaluation.comparison import flatten_on_white
from waifu4x_tf.evaluation.scores import (
    Scores,
    check_size,
    field_scores,
    mean,
    mean_scores,
    score,
    shrunk_pair,
)
from waifu4x_tf.imaging.reading import read

PICTURES_ON_SHEET = 3


@dataclass
class FolderQuality:
    """What a folder came to.

    Attributes:
        scores: Of each picture, by method.
        field: Mean of each kind of the field over the pictures' busiest squares, by method; empty where it
            was not asked for.
        places: The busiest place of a few pictures, spread over the folder, by each method.
        refused: How many pictures could not be measured.
    """

    scores: list[dict[str, Scores]] = dataclass_field(default_factory=list)
    field: dict[str, dict[str, Scores]] = dataclass_field(default_factory=dict)
    places: list[Place] = dataclass_field(default_factory=list)
    refused: int = 0

    def means(self) -> dict[str, Scores]:
        """Method to its mean over the pictures."""
        return mean_scores(self.scores)


def measure_folder(
    folder: Path, methods: Mapping[str, Method], *, jpeg_quality: int | None = None, with_field: bool = False
) -> FolderQuality:
    """Shrink, enlarge and score every picture; one that cannot be measured is reported on standard error.

    Raises:
        UsageError: None could be measured.
    """
    sources = list_sources([str(folder)], out="-").sources
    shown = {round(at) for at in np.linspace(0, len(sources) - 1, min(PICTURES_ON_SHEET, len(sources)))}
    quality = FolderQuality()
    pictures = []
    for index, source in enumerate(sources):
        try:
            picture = flatten_on_white(read(Path(source.label)))
            check_size(picture, SCALE, source.label)
        except PictureError as error:
            print(f"benchmarks.peers: {error}", file=sys.stderr)
            quality.refused += 1
            continue
        pictures.append(picture)
        original, small = shrunk_pair(picture, SCALE, jpeg_quality=jpeg_quality)
        scores, place = _measured(original, small, methods, source.relative.as_posix())
        quality.scores.append(scores)
        if index in shown:
            quality.places.append(place)
    if not quality.scores:
        raise UsageError(
            f"A folder to measure with holds pictures large enough to measure. Received: {folder}, without"
            " one. Check the name."
        )
    if with_field:
        quality.field = {name: field_scores(method, pictures) for name, method in methods.items()}
    return quality


def _measured(
    original: np.ndarray, small: np.ndarray, methods: Mapping[str, Method], title: str
) -> tuple[dict[str, Scores], Place]:
    box = busiest_box(small, SCALE)
    scores, panels = {}, {"original": box.cut(original)}
    for name, method in methods.items():
        result = method(small)
        scores[name] = score(original, result, SCALE)
        panels[label(name)] = box.cut(result)
    return scores, Place(f"{title}, at {box.left},{box.top}", panels)


def print_quality(folder: Path, quality: FolderQuality, *, jpeg_quality: int | None = None) -> None:
    """Print the means of a folder as a table."""
    count = len(quality.scores)
    pictures = f"{count} picture{'s' if count != 1 else ''}"
    damage = f", JPEG {jpeg_quality}" if jpeg_quality else ""
    print(f"\n{folder.name}: {pictures}, x{SCALE}{damage}, Y channel, border {SCALE}")
    print_table(
        ("method", "PSNR dB", "SSIM"),
        [(label(name), f"{each.psnr:.2f}", f"{each.ssim:.4f}") for name, each in quality.means().items()],
    )


def print_field(folder: Path, field: Mapping[str, Mapping[str, Scores]]) -> None:
    """Print the PSNR in each kind of the field, a line a kind, and the mean of all."""
    columns = {name: {**scores, "mean": mean(list(scores.values()))} for name, scores in field.items()}
    print(f"\n{folder.name}: PSNR dB of the busiest squares in each kind of the field, x{SCALE}, Y")
    kinds = next(iter(columns.values()))
    print_table(
        ("kind", *(label(name) for name in columns)),
        [(kind, *(f"{scores[kind].psnr:.2f}" for scores in columns.values())) for kind in kinds],
    )
