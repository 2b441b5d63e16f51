"""Empty files to list, and what a list of them says."""

from pathlib import Path

from waifu4x_tf.batch.inputs import Source


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def relatives(listing) -> list[str]:
    return [source.relative.as_posix() for source in listing.sources]


def one(name: str, **kwargs) -> Source:
    return Source(Path(name), Path(Path(name).name), **kwargs)
