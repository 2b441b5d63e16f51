"""An upscaler with the interface of the real one that repeats pixels: tests of what stands around a model."""

import numpy as np

from waifu4x_tf.imaging.depth import with_bits
from waifu4x_tf.imaging.picture import Frame, Picture
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.inference.route import Route
from waifu4x_tf.inference.tiling import plan_tiles


def repeat(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(4, axis=0).repeat(4, axis=1)


def _repeated(frame: Frame) -> Frame:
    return Frame(repeat(frame.rgb), None if frame.alpha is None else repeat(frame.alpha))


class FakeUpscaler:
    """Repeats every pixel four times each way; ``fail_on`` maps an input's width to what is raised."""

    name = "fake"
    scale = 4
    identity = None
    treatment = None
    strength = 0.0

    def __init__(self, fail_on=None):
        self.fail_on = fail_on or {}
        self.seen_widths = []

    def __call__(self):
        """As what loads the model of a run."""
        return self

    def for_picture(self, picture):
        """As `Upscaler.for_picture`, with the ``treatment`` that a test has set."""
        return self

    def plan(self, width, height):
        """As `Upscaler.plan`."""
        return plan_tiles(width, height, tile_px=128, radius=10, result_bytes=48 * width * height)

    def route(self, width, height, target=None):
        """As `Upscaler.route`."""
        return Route.plan(width, height, target or Target(), scale=self.scale, reach=10)

    def plans(self, width, height, target=None):
        """As `Upscaler.plans`."""
        return [self.plan(*size) for size in self.route(width, height, target).sizes[:-1]]

    def moving_share(self, picture):
        """As `Upscaler.moving_share`, of a network that runs on everything."""
        return 1.0

    def upscale(self, x, *, target=None, progress=None, cancel=None):
        """As `Upscaler.upscale`, of arrays and Pictures."""
        if isinstance(x, np.ndarray):
            return repeat(x)
        assert isinstance(x, Picture)
        self.seen_widths.append(x.width)
        if x.width in self.fail_on:
            raise self.fail_on[x.width]
        if progress is not None:
            progress(x.width * x.height // 2, x.width * x.height)
            progress(x.width * x.height, x.width * x.height)
        target = target or Target()
        if target.bits is not None:
            x = with_bits(x, target.bits)
        route = self.route(x.width, x.height, target)
        x = route.begin(x, target.wrap, 10)
        for _ in route.shares():
            x = x.map_frames(_repeated)
        return route.end(x)


def install(monkeypatch):
    """Let every command load a fake one, which notes in ``loads`` what was asked of the loader."""
    fake = FakeUpscaler()
    fake.loads = []

    def load(model="compact", **options):
        fake.loads.append({"model": model, **options})
        return fake

    monkeypatch.setattr("waifu4x_tf.inference.loading.load_upscaler", load)
    return fake
