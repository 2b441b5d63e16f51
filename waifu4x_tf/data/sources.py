"""Where training pictures come from: a folder of files, or the project's own drawings."""

import csv
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np

from waifu4x_tf.data import procedural
from waifu4x_tf.data.degradations import CLEAN, Degradation, degrade
from waifu4x_tf.errors import ConfigError, MissingExtraError, PictureError
from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.interpolation import cropped_to_multiple
from waifu4x_tf.imaging.reading import INPUT_SUFFIXES, read

MANIFEST_NAME = "MANIFEST.csv"
VALIDATION_SEED = 1_000_003
"""Seed of the drawings to validate with; training and calibration never draw with it."""


@dataclass(frozen=True)
class PictureFile:
    """One usable picture of a folder.

    Attributes:
        path: The file.
        name: Its path relative to the folder, with forward slashes.
        width: In pixels.
        height: In pixels.
        category: From the manifest, or "" without one.
        source: Where it comes from, the column ``repo``.
    """

    path: Path
    name: str
    width: int
    height: int
    category: str
    source: str = ""


@dataclass
class FolderScan:
    """What a folder holds: the usable pictures, and every file passed over with its reason."""

    folder: Path
    pictures: list[PictureFile] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    manifest: dict[str, dict[str, str]] = field(default_factory=dict)


class PictureSet(Sequence[np.ndarray]):
    """Pictures by index, uint8 ``(H, W, 3)``, decoded ones kept up to a number of bytes (oldest go first).

    Args:
        loaders: One function a picture.
        sizes: ``(height, width)`` of each.
        cache_bytes: Bound of the memory for decoded pictures.
    """

    def __init__(
        self, loaders: Sequence, sizes: Sequence[tuple[int, int]], cache_bytes: int = 4 << 30
    ) -> None:
        self.sizes = list(sizes)
        self._loaders = list(loaders)
        self._cache: OrderedDict[int, np.ndarray] = OrderedDict()
        self._cached_bytes = 0
        self._cache_bytes = cache_bytes
        self._lock = Lock()

    @classmethod
    def joined(cls, *parts: "PictureSet", cache_bytes: int = 4 << 30) -> "PictureSet":
        """All pictures of several sets, in order, under one bound of memory."""
        loaders = [loader for part in parts for loader in part._loaders]
        return cls(loaders, [size for part in parts for size in part.sizes], cache_bytes)

    def __len__(self) -> int:
        return len(self._loaders)

    def __getitem__(self, index: int) -> np.ndarray:  # pyright: ignore[reportIncompatibleMethodOverride]
        with self._lock:
            if index in self._cache:
                self._cache.move_to_end(index)
                return self._cache[index]
        picture = self._loaders[index]()
        with self._lock:
            if index not in self._cache:
                self._cache[index] = picture
                self._cached_bytes += picture.nbytes
            while self._cached_bytes > self._cache_bytes and len(self._cache) > 1:
                self._cached_bytes -= self._cache.popitem(last=False)[1].nbytes
        return picture


def scan_folder(folder: str | Path, *, smallest_side: int = 1) -> FolderScan:
    """Find and decode once every picture under ``folder``; name what cannot be used instead of stopping.

    A ``MANIFEST.csv`` in the folder or its parent, with the columns ``file``, ``category`` and ``repo``,
    gives categories and sources; its other columns (licence, attribution) go into the model's card.

    Args:
        folder: Searched recursively.
        smallest_side: Pictures with a shorter side are skipped.

    Raises:
        ConfigError: The folder does not exist or holds no usable picture.

    Example:
        >>> [picture.name for picture in scan_folder("examples").pictures]
        ['face.png', 'manga.png', 'sticker.png']
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigError(
            f"Training data is a folder of pictures. Received: {folder}, which is not a folder."
            " Name an existing folder, or none to train on drawn pictures."
        )
    scan = FolderScan(folder, manifest=_read_manifest(folder))
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in INPUT_SUFFIXES):
        name = path.relative_to(folder).as_posix()
        try:
            picture = read(path)
        except (PictureError, MissingExtraError) as error:
            scan.skipped.append((name, str(error)))
            continue
        if min(picture.width, picture.height) < smallest_side:
            reason = f"{picture.width}x{picture.height} is smaller than {smallest_side} px"
            scan.skipped.append((name, reason))
            continue
        known = scan.manifest.get(name, {})
        category, source = known.get("category", ""), known.get("repo", "")
        scan.pictures.append(PictureFile(path, name, picture.width, picture.height, category, source))
    if not scan.pictures:
        raise ConfigError(
            f"Training needs at least one picture with both sides of {smallest_side} px or more."
            f" Received: {folder} with {len(scan.skipped)} unusable file(s)"
            + "".join(f"; {name}: {reason}" for name, reason in scan.skipped[:3])
            + f". Put pictures ({', '.join(sorted(INPUT_SUFFIXES))}) there."
        )
    return scan


def split_validation(
    pictures: Sequence[PictureFile], share: float
) -> tuple[list[PictureFile], list[PictureFile]]:
    """Split into (training, validation); pictures of one source stay together.

    Pictures that share an artist look alike: validation would not separate what is learned from what is
    known by heart. Sources, or pictures without one, are taken in the order of a hash of their names, so that
    added files move few others; those that would go beyond ``share`` are passed over.

    Returns:
        Two lists; validation has at least one picture when there are two or more and ``share`` is above 0.
    """
    groups: dict[str, list[PictureFile]] = {}
    for picture in pictures:
        groups.setdefault(picture.source or picture.name, []).append(picture)
    ranked = [groups[key] for key in sorted(groups, key=lambda key: hashlib.sha256(key.encode()).digest())]
    wanted = max(1, round(share * len(pictures))) if len(pictures) > 1 and share > 0 else 0
    held_out: set[str] = set()
    for group in ranked:
        if len(held_out) + len(group) <= wanted:
            held_out.update(picture.name for picture in group)
    if wanted and not held_out:  # every source is larger: a part of one is better than nothing
        held_out.update(picture.name for picture in min(ranked, key=len)[:wanted])
    return [p for p in pictures if p.name not in held_out], [p for p in pictures if p.name in held_out]


def folder_pictures(pictures: Sequence[PictureFile], cache_bytes: int = 4 << 30) -> PictureSet:
    """The pictures of a scan as a `PictureSet`; transparency is laid over mid grey."""

    def loader(path: Path):
        def load() -> np.ndarray:
            frame = with_bits(read(path), 8).frames[0]
            if frame.alpha is None:
                return frame.rgb
            alpha = frame.alpha[..., None].astype(np.float32) / 255
            return np.rint(frame.rgb * alpha + 128 * (1 - alpha)).astype(np.uint8)

        return load

    return PictureSet(
        [loader(p.path) for p in pictures], [(p.height, p.width) for p in pictures], cache_bytes
    )


def drawn_pictures(
    count: int, *, seed: int, size: int = 512, draw: Callable[..., np.ndarray] = procedural.draw_rgb
) -> PictureSet:
    """``count`` drawings of the project, ``size`` pixels square, drawn when first asked for.

    Args:
        count: How many.
        seed: Of all of them.
        size: Side in pixels.
        draw: `waifu4x_tf.data.procedural.draw_rgb`, ``draw_leaves`` or ``draw_strokes``.

    Example:
        >>> pictures = drawn_pictures(3, seed=0, size=64)
        >>> len(pictures), pictures[0].shape
        (3, (64, 64, 3))
    """

    def loader(index: int):
        return lambda: draw(index, seed=seed, width=size, height=size)

    return PictureSet([loader(index) for index in range(count)], [(size, size)] * count)


def _read_manifest(folder: Path) -> dict[str, dict[str, str]]:
    folder = Path(os.path.abspath(folder))  # "." has no parent; resolve() would leave a linked folder's own
    for home in (folder, folder.parent):
        path = home / MANIFEST_NAME
        if path.is_file():
            prefix = folder.relative_to(home).as_posix() + "/" if home != folder else ""
            try:
                with path.open(newline="", encoding="utf-8-sig") as lines:
                    rows = [{k: v or "" for k, v in row.items() if k} for row in csv.DictReader(lines)]
            except UnicodeDecodeError as error:
                raise ConfigError(
                    f"A manifest is a CSV file in UTF-8. Received: {path}, {error}. Save it as UTF-8."
                ) from error
            if rows and "file" not in rows[0]:
                raise ConfigError(
                    f"A manifest has a column `file`. Received: {path} with the columns {list(rows[0])}."
                    " Add the column or remove the manifest."
                )
            return {row["file"].removeprefix(prefix): row for row in rows if row["file"].startswith(prefix)}
    return {}


def judged_pairs(
    pictures: Iterable[np.ndarray], scale: int, how: Degradation = CLEAN
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pictures to validate a network with, each with the small one that it gets.

    Args:
        pictures: uint8 ``(H, W, 3)``.
        scale: Enlargement factor ``r``.
        how: What makes them small; its chances fall alike each time.

    Yields:
        uint8 ``(r * H', r * W', 3)``, cropped at the right and the bottom, and uint8 ``(H', W', 3)``.
    """
    for index, picture in enumerate(pictures):
        large = cropped_to_multiple(picture, scale)
        rng = np.random.default_rng([VALIDATION_SEED, index])
        yield large, degrade(large, scale, rng, how)
