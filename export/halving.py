"""A .keras file at half its size: its weights are stored as float16, and Keras reads them as float32."""

import io
import zipfile
from pathlib import Path

import h5py
import numpy as np


def halved_keras(path: str | Path) -> bytes:
    """A ``.keras`` file's content with float32 weights rounded to float16, as a float16 .tflite has them.

    Loaded, its layers are float32 as before. An array with a value beyond float16's range stays float32.
    The same file gives the same bytes.

    Args:
        path: A ``.keras`` file.

    Returns:
        The new file's bytes.
    """
    halved = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(halved, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(".h5"):
                content = _halved_arrays(content)
            # By ZipInfo, not by name: that would add the time of day.
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return halved.getvalue()


def _halved_arrays(content: bytes) -> bytes:
    halved = io.BytesIO()
    with h5py.File(io.BytesIO(content), "r") as source, h5py.File(halved, "w") as target:
        target.attrs.update(source.attrs)

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                copied = target.create_dataset(name, data=_halved(item[()]))
            else:
                copied = target.require_group(name)
            copied.attrs.update(item.attrs)

        source.visititems(copy)
    return halved.getvalue()


def _halved(values: np.ndarray) -> np.ndarray:
    if values.dtype != np.float32:
        return values
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float16)
    return rounded if np.isfinite(rounded).all() else values
