"""What every tab is given."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from demo.limits import Limits
from demo.storage import Storage
from demo.visitors import VisitorFolders
from waifu4x_tf.errors import ModelError
from waifu4x_tf.inference.loading import load_upscaler
from waifu4x_tf.inference.options import ModelOptions, is_file_name
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models import zoo

_KEPT_MODELS = 8
# One picture after the other: a second network beside it would only make both slower.
QUEUE = {"concurrency_id": "network", "concurrency_limit": 1}
# An event of the page alone, which shows no progress of its own.
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class Upscalers:
    """The models of one demo, each loaded once.

    Args:
        default: What is there from the start.
        load: Loads another by name, with its options.
    """

    def __init__(self, default: Upscaler, load: Callable[..., Upscaler] = load_upscaler) -> None:
        self.default = default
        self._load = load
        self._loaded = OrderedDict({ModelOptions(default.name): default})
        self._trained: dict[str, Path] = {}
        self._lock = threading.Lock()

    def get(
        self,
        model: str,
        *,
        denoise: Any = "auto",
        strength: float = 0.0,
        tta: bool = False,
        raw: bool = False,
    ) -> Upscaler:
        """The model, loaded on its first use; the options are those of `load_upscaler`.

        Raises:
            UsageError: A value that an option does not take.
            ModelError: A model or a variant that there is none of.
        """
        if model not in self.names() and is_file_name(model):  # of a stranger, who must not choose one
            raise ModelError(
                f"A model is one of {', '.join(self.names())}. Received: the name of a file. Choose another."
            )
        options = {"denoise": denoise, "strength": float(strength), "tta": bool(tta), "raw": bool(raw)}
        key = ModelOptions(model, **options)
        with self._lock:
            if key not in self._loaded:
                if model == self.default.name and self.default.identity is not None:
                    upscaler = self.default.loaded_again(**options)
                else:
                    engine = "keras" if model in self._trained else "litert"
                    name = str(self._trained.get(model, model))
                    upscaler = self._load(name, engine=engine, **options)
                if model in self._trained:
                    upscaler.name = model  # their files all have the same one
                # What its first tile costs belongs to loading.
                upscaler.upscale(np.zeros((1, 1, 3), np.uint8))
                self._loaded[key] = upscaler
            self._loaded.move_to_end(key)
            while len(self._loaded) > _KEPT_MODELS:
                oldest = next(each for each in self._loaded if self._loaded[each] is not self.default)
                del self._loaded[oldest]
            return self._loaded[key]

    def names(self) -> list[str]:
        """The default, the other shipped families (without variants), and what was trained here."""
        return list(dict.fromkeys([self.default.name, *zoo.shipped_families(), *self._trained]))

    def is_lasting(self, model: str) -> bool:
        """Whether a model of this name stays what it is; one that is trained here may be taken again."""
        return model not in self._trained

    def add_trained(self, name: str, path: Path) -> None:
        """Offer a network that was trained here, or a newer state of it.

        Args:
            name: To choose it by.
            path: The ``.keras`` file.
        """
        with self._lock:
            self._trained[name] = path
            for key in [each for each in self._loaded if each.model == name]:
                del self._loaded[key]


@dataclass(frozen=True)
class DemoContext:
    """What every tab is given.

    Attributes:
        upscalers: The models.
        limits: What is taken from strangers.
        folder: Of this demo's temporary files, which nobody else writes to.
        storage: What visitors' files take of it, and for how long.
        visitors: The folders in it of those who have a page open.
    """

    upscalers: Upscalers
    folder: Path
    limits: Limits = field(default_factory=Limits)
    storage: Storage = field(init=False)
    visitors: VisitorFolders = field(init=False)

    def __post_init__(self) -> None:
        """Visitors' files have a folder of their own in this demo's."""
        storage = Storage(self.folder, self.limits)
        object.__setattr__(self, "storage", storage)
        object.__setattr__(self, "visitors", VisitorFolders(self.folder / "visitors", storage))
