"""The loading of an Upscaler: of a shipped model or a file, with its variants."""

import dataclasses
import functools
from collections.abc import Callable

from waifu4x_tf.inference.engines import BlendEngine
from waifu4x_tf.inference.ensemble import EnsembleEngine
from waifu4x_tf.inference.networks import Network, load_network
from waifu4x_tf.inference.options import Denoise, ModelOptions
from waifu4x_tf.inference.upscaler import Upscaler
from waifu4x_tf.models import zoo


def load_upscaler(
    model: str = "compact",
    *,
    engine: str = "litert",
    threads: int | None = None,
    tile_px: int | None = None,
    denoise: Denoise | int = "auto",
    strength: float = 0.0,
    tta: bool = False,
    raw: bool = False,
) -> Upscaler:
    """Load a shipped model by name, or a model file by path.

    Args:
        model: A shipped name, or the path of a ``.tflite`` (engine "litert") or ``.keras`` (engine "keras").
        engine: "litert" (CPU, int8 or float files) or "keras" (any Keras backend).
        threads: Of LiteRT; None = all usable cores.
        tile_px: Largest side of a tile's core in input pixels; 0 = whole picture; None = chosen.
        denoise: "low", "medium" or "high" for a variant that removes noise and what JPEG and other codecs
            leave, "off" for none, "auto" to choose by looking at each picture, of an animation at its first
            frame. 0 to 3 stand for "off" to "high".
        strength: 0 = what ``denoise`` asks for or chooses; 1 = its GAN variant, trained with SRGAN's losses,
            of which there is one for clean and one for damaged pictures; between them both run and their
            pixels are blended in that ratio.
        tta: Run the network in all eight orientations and average its outputs: a little better, in eight
            times the time.
        raw: The output of the network itself: no picture is looked at or sharpened before, and colours are
            not held to the picture's.

    Raises:
        UsageError: Unknown engine, threads below 1, a strength outside [0, 1].
        ModelError: Unknown model, one without the variant that is asked for, with a strength above 0 without
            a GAN variant for whatever pictures may come, a file that is no model, or one that disagrees with
            its card.
        MissingExtraError: The engine's packages are not installed.

    Example:
        >>> upscaler = waifu4x_tf.load_upscaler(denoise="off")
        >>> upscaler.upscale(np.zeros((8, 12, 3), np.uint8)).shape
        (32, 48, 3)
    """
    return load_by(ModelOptions(model, engine, threads, tile_px, denoise, strength, tta, raw))


def load_by(options: ModelOptions) -> Upscaler:
    """Load an upscaler as `load_upscaler` does, by options that were checked before."""
    names = options.networks
    # Each once, though kinds of pictures may have their GAN variant in common.
    network = functools.cache(lambda name: load_network(name, options.engine, options.threads))
    load = functools.cache(lambda each: _of_networks(options, each, network))
    upscaler = load(names.pop(""))
    upscaler.remember(options, {kind: functools.partial(load, each) for kind, each in names.items()}, load_by)
    return upscaler


def _of_networks(options: ModelOptions, names: tuple[str, ...], load: Callable[[str], Network]) -> Upscaler:
    """What runs one network, or two that are blended."""
    network, *others = map(load, names)
    for other in others:
        network = Network(
            f"{network.name} at strength {options.strength:g}",
            BlendEngine(network.engine, other.engine, options.strength),
            network.scale,
            max(network.radius, other.radius),
        )
    if options.tta:
        averaged = EnsembleEngine(network.engine)
        network = dataclasses.replace(network, name=f"{network.name} with tta", engine=averaged)
    return Upscaler(
        network.engine,
        name=network.name,
        scale=network.scale,
        radius=network.radius,
        tile_px=options.tile_px,
        raw=options.raw,
        cleans=None if options.is_file else zoo.is_denoise(names[0]),
        is_area=not options.is_file and zoo.is_area(names[0]),
    )
