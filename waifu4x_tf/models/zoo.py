"""The only place that lists models. Plain data at import; Keras is loaded when a network is built."""

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waifu4x_tf.errors import MissingExtraError, ModelError
from waifu4x_tf.models.cards import ModelCard

if TYPE_CHECKING:
    import keras

WEIGHTS = Path(__file__).parent.parent / "weights"
ESTIMATOR = WEIGHTS / "estimator.tflite"
# What the name of a model's variant adds to its own.
_ENDINGS = {
    "area": "_area",
    "low": "_denoise1",
    "medium": "_denoise2",
    "high": "_denoise3",
    "gan": "-gan",
    "denoise_gan": "_denoise-gan",
}
DENOISE_LEVELS = ("low", "medium", "high")


@dataclass(frozen=True)
class ModelEntry:
    """What a caller needs to know of a network without building it.

    Attributes:
        name: As given to `build_generator` and `load_upscaler`.
        module: Module under `waifu4x_tf.models` with the function ``build_<module>``.
        scales: Enlargement factors the builder takes.
        widths: The builder's other arguments with this model's defaults.
        radius: Receptive radius in input pixels as a function of those arguments and the scale.
        shipped: Whether weights are part of the package.
        variants_of: The model whose area and denoise variants it uses; "" for its own.
    """

    name: str
    module: str
    scales: tuple[int, ...]
    widths: dict[str, int] = field(default_factory=dict)
    radius: Callable[[dict[str, int], int], int] = lambda _widths, _scale: 0
    shipped: bool = False
    variants_of: str = ""


@dataclass(frozen=True)
class DiscriminatorEntry:
    """What a caller needs to know of a discriminator without building it.

    Attributes:
        name: As given to `build_discriminator`.
        module: Module under `waifu4x_tf.models` with the function ``build_<module>``.
        widths: The builder's other arguments with their defaults.
        judges_features: Whether it needs a VGG's weights, as ``vgg_weights``, and which, as ``backbone``.
    """

    name: str
    module: str
    widths: dict[str, int] = field(default_factory=dict)
    judges_features: bool = False


def _compact(name: str, *, blocks: int = 6, variants_of: str = "") -> ModelEntry:
    return ModelEntry(
        name,
        "compact",
        (2, 4),
        {"width": 64, "blocks": blocks},
        radius=lambda widths, _scale: 2 * widths["blocks"] + 2,
        shipped=True,
        variants_of=variants_of,
    )


def _srcnn_radius(widths: dict[str, int], scale: int) -> int:
    """Reach at the large size of the 9x9, mapping and 5x5 filters, then bicubic's at the small size.

    Seen from a small pixel's last sub-pixel towards its right; the other sides mirror it. Bicubic takes two
    neighbours on the side that a sub-pixel lies on, and one on the other.
    """
    pixel, phase = divmod(scale - 1 + 4 + widths["mapping_kernel"] // 2 + 2, scale)
    return pixel + (1 if phase < scale / 2 else 2)


MODELS = {
    entry.name: entry
    for entry in [
        _compact("compact"),
        _compact("compact_area"),
        *(_compact(f"compact_denoise{level}") for level in (1, 2, 3)),
        _compact("compact-gan"),
        _compact("compact_denoise-gan"),
        _compact("large", blocks=15, variants_of="compact"),
        ModelEntry(
            "srcnn",
            "srcnn",
            (2, 4),
            {"width": 64, "mapping_width": 32, "mapping_kernel": 1},
            radius=_srcnn_radius,
        ),
        ModelEntry(
            "espcn", "espcn", (2, 4), {"width": 64, "mapping_width": 32}, radius=lambda _widths, _scale: 4
        ),
        ModelEntry(
            "srresnet",
            "srresnet",
            (2, 4),
            {"width": 64, "blocks": 16},
            radius=lambda widths, _scale: 2 * widths["blocks"] + 8,
        ),
    ]
}

DISCRIMINATORS = {
    entry.name: entry
    for entry in [
        DiscriminatorEntry("features", "feature_discriminator", {"width": 32}, judges_features=True),
        DiscriminatorEntry("srgan", "discriminator", {"width": 64, "dense_width": 1024}),
        DiscriminatorEntry("unet", "unet_discriminator", {"width": 64}),
    ]
}


def entry(name: str) -> ModelEntry:
    """The entry of a model.

    Raises:
        ModelError: Unknown name; the message lists the known ones.
    """
    if name not in MODELS:
        raise ModelError(
            f"A model is one of {', '.join(sorted(MODELS))}. Received: {name!r}. Choose one of these."
        )
    return MODELS[name]


def variant(name: str, kind: str, argument: str) -> str:
    """A variant of a model, by the model's own name and a kind.

    Args:
        name: A model of the zoo.
        kind: ``"area"`` for pictures shrunk by area averaging, ``"low"``, ``"medium"`` or ``"high"`` for
            those to be denoised so much, ``"gan"`` and, for pictures to be denoised, ``"denoise_gan"`` for
            those trained with SRGAN's losses: crisper, less faithful.
        argument: What asked for it, for the message.

    Raises:
        ModelError: The model has no such variant.
    """
    found = _variant(name, kind)
    if found is None:
        having = ", ".join(sorted(model for model in MODELS if _variant(model, kind))) or "no model"
        raise ModelError(
            f"There is a variant for {kind} of {having}. Received: the model {name}. Leave out `model` or"
            f" `{argument}`."
        )
    return found


def gan_variant(name: str, kind: str) -> str:
    """The GAN variant for pictures that go through a variant of the model; all levels of denoising share one.

    Args:
        name: A model of the zoo.
        kind: Of the variant, as of `variant`; ``""`` for the model itself.

    Raises:
        ModelError: There is none whose weights are part of this installation.
    """
    is_damaged = kind in DENOISE_LEVELS
    gan = "denoise_gan" if is_damaged else "gan"
    if found := shipped_variant(name, gan):
        return found
    pictures = "damaged" if is_damaged else "clean"
    having = ", ".join(sorted(model for model in MODELS if shipped_variant(model, gan))) or "no model here"
    has_clean = is_damaged and shipped_variant(name, "gan")
    way_out = "Use `denoise='off'`, or leave out" if has_clean else "Leave out `model` or"
    raise ModelError(
        f"`strength` needs a GAN variant for {pictures} pictures, which {having} has. Received: the model"
        f" {name}. {way_out} `strength`."
    )


def shipped_variant(name: str, kind: str) -> str | None:
    """A `variant`; None where there is none whose weights are part of this installation."""
    found = _variant(name, kind)
    return found if found and _is_shipped(found) else None


def is_variant(name: str) -> bool:
    """Whether a model of the zoo is another one's variant."""
    return any(_variant(model, kind) == name for model in MODELS for kind in _ENDINGS)


def is_denoise(name: str) -> bool:
    """Whether a model is a denoise variant, for which there is work on a picture that becomes no larger."""
    return name.endswith(tuple(_ENDINGS[kind] for kind in (*DENOISE_LEVELS, "denoise_gan")))


def is_area(name: str) -> bool:
    """Whether a model is a variant for pictures shrunk by area averaging."""
    return name.endswith(_ENDINGS["area"])


def _variant(name: str, kind: str) -> str | None:
    family = MODELS[name].variants_of if kind not in ("gan", "denoise_gan") and name in MODELS else ""
    found = (family or name) + _ENDINGS[kind]
    return found if found in MODELS else None


def receptive_radius(name: str, widths: dict[str, int] | None = None, scale: int | None = None) -> int:
    """Largest distance in input pixels at which an input pixel can change an output pixel's origin.

    Without ``scale`` the largest of the model's scales: only srcnn, which works at the large size, tells them
    apart.
    """
    model = entry(name)
    scales = model.scales if scale is None else (scale,)
    return max(model.radius({**model.widths, **(widths or {})}, each) for each in scales)


def shipped_card(name: str) -> ModelCard:
    """The card of a shipped model.

    Raises:
        ModelError: Unknown name, no weights are shipped for it, or its card is damaged.
    """
    path = WEIGHTS / f"{name}.json"
    if name not in MODELS or not path.is_file():
        raise ModelError(not_usable(name))
    return ModelCard.read(path)


def not_usable(model: str) -> str:
    """The message for a model that is neither shipped nor a file that exists."""
    names = ", ".join(shipped_names()) or "(no model is installed)"
    rule = f"A model is one of {names}, or an existing file in .tflite or .keras."
    way_out = "Train it with train.pretrain, and give the file." if model in MODELS else "Check the name."
    return f"{rule} Received: `model={model!r}`. {way_out}"


def float_weights(name: str) -> Path | None:
    """The shipped .tflite of a model that takes and gives floats; None when there is none.

    Raises:
        ModelError: As `shipped_card`.
    """
    names = (f"{name}_{precision}_dynamic.tflite" for precision in ("float32", "float16"))
    files = shipped_card(name).files
    return next((WEIGHTS / file_name for file_name in names if file_name in files), None)


def card_beside(model: Path) -> Path | None:
    """The card of a trained network: ``card.json`` as training writes it, or ``<stem>.json``."""
    candidates = (model.with_name("card.json"), model.with_suffix(".json"))
    return next((path for path in candidates if path.is_file()), None)


def shipped_names() -> list[str]:
    """Names whose weights are part of this installation.

    Example:
        >>> "compact" in shipped_names()
        True
    """
    return sorted(filter(_is_shipped, MODELS))


def _is_shipped(name: str) -> bool:
    return MODELS[name].shipped and (WEIGHTS / f"{name}.json").is_file()


def shipped_families() -> list[str]:
    """The shipped models that are nobody's variant: what a person chooses among first."""
    return [name for name in shipped_names() if not is_variant(name)]


def build_generator(
    name: str, *, weights: str | Path | None = None, scale: int = 4, **widths: int
) -> "keras.Model":
    """Build a generator of the zoo.

    Args:
        name: One of the known models.
        weights: None for fresh weights, "shipped", or the path of a ``.keras`` or ``.weights.h5`` file of the
            same network.
        scale: Enlargement factor ``r``.
        **widths: The builder's own arguments, such as ``width`` and ``blocks``.

    Returns:
        Functional model, float32 ``(N, H, W, 3)`` RGB in [0, 1] to ``(N, r * H, r * W, 3)`` in [0, 1],
        dynamic height and width.

    Raises:
        ModelError: Unknown name, argument or scale; weights that do not fit.
        MissingExtraError: Keras is not installed.

    Example:
        >>> network = waifu4x_tf.build_generator("espcn", scale=2, width=8, mapping_width=4)
        >>> network.output_shape
        (None, None, None, 3)
    """
    model = entry(name)
    if scale not in model.scales:
        raise ModelError(
            f"The scale of {name} is one of {model.scales}. Received: {scale}. Choose one of these."
        )
    _check_widths(name, model.widths, widths)
    builder = _builder(model.module)
    generator = builder(scale=scale, name=name, **{**model.widths, **widths})
    if weights is not None:
        path = WEIGHTS / f"{name}.keras" if weights == "shipped" else Path(weights)
        _load(generator, path)
    return generator


def build_discriminator(
    name: str,
    *,
    patch_size: int | None = None,
    backbone: str = "vgg19",
    vgg_weights: str | None = "imagenet",
    **widths: int,
) -> "keras.Model":
    """Build a discriminator of the zoo.

    Args:
        name: One of the known discriminators.
        patch_size: Height and width of the large patches it takes; by default any, of "srgan" 96.
        backbone: "vgg19" or "vgg16" where it judges by that one's features; the others have none.
        vgg_weights: Of that, as of `waifu4x_tf.losses.vgg.vgg_features`.
        **widths: The builder's own arguments, such as ``width``.

    Returns:
        Functional model, float32 ``(N, patch_size, patch_size, 3)`` RGB in [0, 1] to logits: of "srgan" one
        a patch ``(N, 1)``, of "unet" one a pixel ``(N, patch_size, patch_size, 1)``, of "features" one a
        layer and place ``(N, patch_size / 2, patch_size / 2, 3)``.

    Raises:
        ModelError: Unknown name or argument, or one that is no whole number of at least 1.
        ConfigError: An unknown backbone, or weights of it that cannot be used.
        MissingExtraError: Keras is not installed.

    Example:
        >>> waifu4x_tf.build_discriminator("unet", patch_size=32, width=4).output_shape
        (None, 32, 32, 1)
    """
    if name not in DISCRIMINATORS:
        raise ModelError(
            f"A discriminator is one of {', '.join(sorted(DISCRIMINATORS))}. Received: {name!r}. Choose one"
            " of these."
        )
    model = DISCRIMINATORS[name]
    _check_widths(name, model.widths, widths)
    given: dict[str, Any] = {}
    if model.judges_features:
        given |= {"backbone": backbone, "vgg_weights": vgg_weights}
    if patch_size is not None:
        _check_whole("patch_size", patch_size)
        given["patch_size"] = patch_size
    return _builder(model.module)(name=name, **given, **{**model.widths, **widths})


def _check_widths(name: str, known: dict[str, int], widths: dict[str, int]) -> None:
    if unknown := set(widths) - set(known):
        raise ModelError(
            f"The arguments of {name} are {', '.join(known)}. Received: {', '.join(sorted(unknown))}."
            " Leave it out."
        )
    for key, value in widths.items():
        _check_whole(key, value)


def _check_whole(key: str, value: int) -> None:
    if type(value) is not int or value < 1:
        raise ModelError(f"{key} is a whole number of at least 1. Received: {value!r}. Change it.")


def _builder(module: str) -> Callable[..., "keras.Model"]:
    try:
        return getattr(importlib.import_module(f"waifu4x_tf.models.{module}"), f"build_{module}")
    except ModuleNotFoundError as error:
        if error.name not in ("keras", "tensorflow"):
            raise
        raise MissingExtraError("Building a Keras network", "train") from error


def _load(generator: "keras.Model", path: Path) -> None:
    if not path.is_file():
        raise ModelError(f"Weights are an existing file. Received: {path}. Check the path.")
    try:
        if path.suffix == ".keras":
            import keras

            stored: Any = keras.saving.load_model(path, compile=False, safe_mode=True)
            if [tuple(v.shape) for v in stored.weights] != [tuple(v.shape) for v in generator.weights]:
                raise ValueError("the shapes of its weights are another network's")
            generator.set_weights(stored.get_weights())
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # of a layer that keeps its fresh weights
                generator.load_weights(path)
    except Exception as error:  # Keras raises whatever its layers trip over
        raise ModelError(
            f"Weights fit the network they are loaded into. Received: {path}: {error}."
            " Build the network with the arguments it was trained with."
        ) from error
