"""Recipes: TOML files read into frozen dataclasses. An unknown key is an error that lists the valid ones."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from waifu4x_tf.config import build, read_recipe_table
from waifu4x_tf.data.degradations import Degradation
from waifu4x_tf.data.procedural import KINDS
from waifu4x_tf.errors import ConfigError

RECIPES = Path(__file__).parent / "recipes"
R = TypeVar("R", bound="Recipe")


@dataclass(frozen=True)
class ModelRecipe:
    """Which network: a name of the zoo, its scale, and the builder's other arguments."""

    name: str
    scale: int = 4
    arguments: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DataRecipe:
    """Which pictures, how often each, and what is held out for validation.

    Attributes:
        drawn_pictures: Number of the project's drawings in the training set.
        drawn_size: Their side in pixels.
        drawn_share: Share of patches cut from drawings when a folder is given too.
        kind_weights: Factor on the chance of a drawing's kind (`waifu4x_tf.data.procedural`); 1 where absent.
        leaves_pictures: Number of pictures of dead leaves (`waifu4x_tf.data.drawing.dead_leaves`), as large.
        leaves_share: Share of patches cut from those.
        strokes_pictures: Number of pictures of inked strokes (`waifu4x_tf.data.drawing.strokes`), as large.
        strokes_share: Share of patches cut from those.
        validation_share: Share of the folder's pictures that is never trained on.
        validation_drawn: Number of drawings (other seeds) validated on when there is no folder.
        category_weights: Factor on the chance of a category of the folder's manifest; 1 where absent.
        source_weights: Likewise of a source, the manifest's column ``repo``.
        degradation: How the small patches are made.
    """

    drawn_pictures: int = 64
    drawn_size: int = 512
    drawn_share: float = 0.2
    kind_weights: dict[str, float] = field(default_factory=dict)
    leaves_pictures: int = 0
    leaves_share: float = 0.0
    strokes_pictures: int = 0
    strokes_share: float = 0.0
    validation_share: float = 0.05
    validation_drawn: int = 4
    category_weights: dict[str, float] = field(default_factory=dict)
    source_weights: dict[str, float] = field(default_factory=dict)
    degradation: Degradation = field(default_factory=Degradation)


@dataclass(frozen=True)
class PatchRecipe:
    """The batches. Attributes as the arguments of `waifu4x_tf.data.patches.PairedPatches`."""

    lr_size: int = 48
    batch_size: int = 16
    candidates: int = 1
    rescale_share: float = 0.0
    rescale: tuple[float, float] = (0.5, 1.0)
    recolour_share: float = 0.0
    collage_share: float = 0.0
    flat_share: float = 0.0
    sharpened: float = 0.0
    passes: int = 1
    workers: int = 1


@dataclass(frozen=True)
class TrainingRecipe:
    """The optimisation.

    Attributes:
        steps: Batches in all; a multiple of ``epoch_steps``.
        epoch_steps: Batches between two checkpoints.
        loss: A name of `waifu4x_tf.losses.pixel`.
        optimizer: A name of `train.optimizers`.
        schedule: "cosine", or "two_stages": ``learning_rate`` for the first half of the steps, then
            ``final_learning_rate``, without a rise.
        learning_rate: Peak of the schedule.
        final_learning_rate: Its end.
        warmup_steps: Linear rise at the start of "cosine".
        weight_decay: Share of every weight that a step takes off, in learning rates (Loshchilov and Hutter
            2019, arXiv:1711.05101); in an SRGAN of both networks.
        ema_half_life: Of the averaged weights, which are the ones that are validated and saved, in steps:
            after so many, half of the average is newer; 0 = none. A hundredth of a long run does, a tenth of
            a short one.
        quantisation_aware: Whether the network computes with int8's steps while it trains
            (`train.quantisation`).
        dtype_policy: "float32", or "mixed_bfloat16" where the processor has bfloat16 arithmetic.
        seed: Of the weights, the patches and the drawings.
    """

    steps: int
    epoch_steps: int = 250
    loss: str = "mae"
    optimizer: str = "adam"
    schedule: str = "cosine"
    learning_rate: float = 5e-4
    final_learning_rate: float = 1e-6
    warmup_steps: int = 200
    weight_decay: float = 0.0
    ema_half_life: float = 700.0
    quantisation_aware: bool = False
    dtype_policy: str = "float32"
    seed: int = 0


@dataclass(frozen=True)
class ReportRecipe:
    """When to validate on whole pictures and draw a sheet of samples: every N epochs, and at the end.

    Attributes:
        every_epochs: N.
        sample_pictures: Rows of the sheet.
        field_pictures: Of how many pictures the busiest squares are measured in each kind of the field
            (`waifu4x_tf.data.field`) as well.
    """

    every_epochs: int = 4
    sample_pictures: int = 4
    field_pictures: int = 24


@dataclass(frozen=True)
class Recipe:
    """One experiment, complete."""

    name: str
    model: ModelRecipe
    training: TrainingRecipe
    data: DataRecipe = field(default_factory=DataRecipe)
    patches: PatchRecipe = field(default_factory=PatchRecipe)
    report: ReportRecipe = field(default_factory=ReportRecipe)

    def as_json(self) -> str:
        """Canonical text: equal recipes give equal text."""
        return json.dumps(dataclasses.asdict(self), indent=2, sort_keys=True)


@dataclass(frozen=True)
class AdversaryRecipe:
    """The second network and the losses of an SRGAN; its pixel loss is ``training.loss``.

    Attributes:
        discriminator: A name of the zoo's discriminators.
        discriminator_arguments: Of its builder.
        adversarial: A name of `waifu4x_tf.losses.adversarial`.
        learning_rate: Of the discriminator: peak of the schedule that the generator's rate follows too.
        pixel_weight: Factor of the pixel loss; 0 leaves the term out.
        discriminator_steps: Its updates on each batch, before the generator's one.
        perceptual_weight: Factor of the loss on VGG's features; 0 leaves it out.
        adversarial_weight: Factor of the adversarial loss.
        checkerboard_weight: Of the loss on what repeats in every small pixel; 0 leaves it out.
        perceptual_backbone: "vgg19" or "vgg16"; the discriminator "features" stands on the same.
        perceptual_layers: Its layers by the paper's names, each with its weight.
        perceptual_distance: "l1" or "l2" of the features.
        normalise_features: Whether features are brought to one size first, so that ``perceptual_weight``
            means the same with every file of weights; otherwise the paper's 1 / 12.75.
        after_activation: Whether features are taken after the ReLU.
        vgg_weights: Where no ``--vgg-weights`` is given: "imagenet", "random" for tests, or a file.
    """

    discriminator: str = "unet"
    discriminator_arguments: dict[str, int] = field(default_factory=dict)
    adversarial: str = "non_saturating"
    learning_rate: float = 1e-4
    discriminator_steps: int = 1
    pixel_weight: float = 0.0
    perceptual_weight: float = 1.0
    adversarial_weight: float = 1e-3
    checkerboard_weight: float = 0.0
    perceptual_backbone: str = "vgg19"
    perceptual_layers: dict[str, float] = field(default_factory=lambda: {"conv5_4": 1.0})
    perceptual_distance: str = "l2"
    normalise_features: bool = True
    after_activation: bool = True
    vgg_weights: str = "imagenet"


@dataclass(frozen=True, kw_only=True)
class GanRecipe(Recipe):
    """An experiment with an adversary."""

    adversary: AdversaryRecipe


def load_recipe(name_or_path: str, kind: type[R] = Recipe) -> R:
    """Read a recipe by its name in train/recipes or by its path.

    With ``extends = "compact"`` (a name, or a path from the file's own folder) it is that recipe but for what
    it says itself, key by key of every table.

    Args:
        name_or_path: "compact", or a path that ends in .toml.
        kind: `Recipe` or `GanRecipe`.

    Raises:
        ConfigError: Not found, not TOML, an unknown or missing key, a value of the wrong type or range.
    """
    path, table = read_recipe_table(name_or_path, RECIPES)
    if ("adversary" in table) != issubclass(kind, GanRecipe):
        adversary, program = ("an", "train.gan") if "adversary" in table else ("no", "train.pretrain")
        raise ConfigError(
            "Recipes with an adversary are trained by train.gan, those without by train.pretrain."
            f" Received: {path.name}, which has {adversary} [adversary]."
            f" Use python -m {program} --recipe {name_or_path}."
        )
    recipe = build(kind, {"name": path.stem, **table}, path.name)
    _check(recipe)
    return recipe


def load_any_recipe(name_or_path: str) -> Recipe:
    """As `load_recipe`; a `GanRecipe` where it has an adversary."""
    _, table = read_recipe_table(name_or_path, RECIPES)
    return load_recipe(name_or_path, GanRecipe if "adversary" in table else Recipe)


def with_steps(recipe: R, steps: int) -> R:
    """The recipe with another number of steps.

    Raises:
        ConfigError: None that the rest of the recipe allows.
    """
    changed = dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, steps=steps))
    _check(changed)
    return changed


def _check(recipe: Recipe) -> None:
    training, data, patches = recipe.training, recipe.data, recipe.patches
    drawn_shares = (data.drawn_share, data.leaves_share, data.strokes_share)
    sizes = (patches.lr_size, patches.batch_size, patches.candidates, patches.passes, patches.workers)
    report = recipe.report
    rules = [
        (training.steps > 0 and training.epoch_steps > 0, "steps and epoch_steps are above 0", training),
        (training.steps % max(1, training.epoch_steps) == 0, "steps is a multiple of epoch_steps", training),
        (0 <= training.warmup_steps < training.steps, "0 <= warmup_steps < steps", training),
        (training.schedule in ("cosine", "two_stages"), "schedule is cosine or two_stages", training),
        (training.seed >= 0, "seed is at least 0", training),
        (training.ema_half_life >= 0, "ema_half_life is at least 0", training),
        (
            0 < training.final_learning_rate <= training.learning_rate,
            "0 < final_learning_rate <= learning_rate",
            training,
        ),
        (
            0 <= training.weight_decay * training.learning_rate < 1,
            "0 <= weight_decay * learning_rate < 1, the share of a weight that a step takes off",
            training,
        ),
        (
            training.dtype_policy in ("float32", "mixed_bfloat16"),
            "dtype_policy is float32 or mixed_bfloat16",
            training,
        ),
        (
            min(*drawn_shares, data.validation_share) >= 0
            and sum(drawn_shares) <= 1
            and data.validation_share < 1,
            "shares lie between 0 and 1, drawn_share, leaves_share and strokes_share together too",
            data,
        ),
        (
            min(data.drawn_pictures, data.leaves_pictures, data.strokes_pictures) >= 0,
            "numbers of pictures are at least 0",
            data,
        ),
        (data.validation_drawn >= 1, "validation_drawn is at least 1", data),
        (
            min(*data.category_weights.values(), *data.source_weights.values(), 0, 0) >= 0,
            "category_weights and source_weights are at least 0",
            data,
        ),
        (
            min(data.kind_weights.values(), default=0) >= 0 and set(data.kind_weights) <= set(KINDS),
            f"kind_weights are at least 0, of {', '.join(KINDS)}",
            data,
        ),
        (0 <= patches.flat_share < 1, "flat_share lies in [0, 1)", patches),
        (0 <= patches.sharpened <= 5, "sharpened lies between 0 and 5", patches),
        (
            all(
                0 <= share <= 1
                for share in (patches.rescale_share, patches.recolour_share, patches.collage_share)
            ),
            "rescale_share, recolour_share and collage_share lie between 0 and 1",
            patches,
        ),
        (min(sizes) >= 1, "sizes are at least 1", patches),
        (min(report.every_epochs, report.sample_pictures) >= 1, "numbers are at least 1", report),
        (report.field_pictures >= 0, "field_pictures is at least 0", report),
    ]
    if isinstance(recipe, GanRecipe):
        rules += _rules_of(recipe.adversary)
    for holds, rule, received in rules:
        if not holds:
            raise ConfigError(f"In a recipe, {rule}. Received: {received}. Change the recipe.")


def _rules_of(adversary: AdversaryRecipe) -> list[tuple[bool, str, AdversaryRecipe]]:
    weights = (
        adversary.pixel_weight,
        adversary.perceptual_weight,
        adversary.adversarial_weight,
        adversary.checkerboard_weight,
    )
    return [
        (adversary.learning_rate > 0, "the adversary's learning_rate is above 0", adversary),
        (
            min(weights) >= 0 and adversary.adversarial_weight > 0,
            "weights are at least 0, adversarial_weight above",
            adversary,
        ),
        (adversary.discriminator_steps >= 1, "discriminator_steps is at least 1", adversary),
        (
            adversary.perceptual_backbone in ("vgg19", "vgg16"),
            "perceptual_backbone is vgg19 or vgg16",
            adversary,
        ),
    ]
