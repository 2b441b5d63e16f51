"""Train a generator against a discriminator: pixel, VGG and adversarial loss (SRGAN).

python -m train.gan --recipe NAME|PATH --init MODEL.keras [--data DIR] [--out DIR] [--vgg-weights FILE]
[--steps N] [--dry-run]

TensorFlow or JAX. Starts from a generator that was trained on pixels; --from-scratch starts without,
which takes far longer and often fails. Kill it whenever you like and start the same command again: the final
weights are those of an uninterrupted run. Writes generator.keras, card.json, log.csv and samples/ into OUT.
"""

import dataclasses
import hashlib
import sys
from functools import partial
from pathlib import Path
from typing import Any

import keras

from train.build import (
    given_weights,
    jit_compile,
    make_optimizer,
    make_perceptual_loss,
    make_start,
    recipe_start,
)
from train.command import given_recipe, make_parser, run_command
from train.loop import Stage
from train.recipe import GanRecipe
from train.validation import Validation
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.gan.srgan import SRGAN
from waifu4x_tf.gan.watchdog import Watchdog
from waifu4x_tf.losses.adversarial import adversarial_loss
from waifu4x_tf.losses.checkerboard import CheckerboardLoss
from waifu4x_tf.losses.pixel import pixel_loss
from waifu4x_tf.models.zoo import build_discriminator


def main(argv: list[str] | None = None) -> int:
    """Run the command line; exit codes as of `train.command.run_command`."""
    parser = make_parser("train.gan", __doc__)
    parser.add_argument("--from-scratch", action="store_true", help="start without a trained generator")
    parser.add_argument(
        "--vgg-weights", metavar="imagenet|random|FILE", help="of the perceptual loss; default: the recipe's"
    )
    return run_command(parser, argv, _prepare)


def _prepare(arguments: Any) -> tuple[GanRecipe, Stage]:
    if (arguments.init is None) != arguments.from_scratch:
        raise ConfigError(
            "An SRGAN starts from a generator that was trained on pixels: against a beginner the"
            f" discriminator wins. Received: --init {arguments.init}, --from-scratch {arguments.from_scratch}"
            ". Give one of the two."
        )
    recipe = given_recipe(arguments, GanRecipe)
    vgg = arguments.vgg_weights or recipe.adversary.vgg_weights
    used = VGGOrigin.of(vgg)
    # What the card and the claim say is what was used.
    recipe = dataclasses.replace(
        recipe, adversary=dataclasses.replace(recipe.adversary, vgg_weights=used.name)
    )
    return recipe, Stage(
        partial(make_gan, recipe, arguments.init, vgg),
        published_weights,
        {"--vgg-weights": used.sha256 or used.name},
        make_watchdog,
        used.about,
        is_lengthened=arguments.steps is not None,
    )


def make_gan(recipe: GanRecipe, init: Path | None, vgg_weights: str) -> SRGAN:
    """Both networks with their optimizers and losses, ready for `fit`.

    Raises:
        ConfigError, ModelError: What the recipe names does not exist, or ``init`` or the VGG weights do not
            fit.
    """
    training, adversary = recipe.training, recipe.adversary
    with recipe_start(training):
        generator = make_start(recipe, init)
        discriminator = build_discriminator(
            adversary.discriminator,
            patch_size=recipe.patches.lr_size * recipe.model.scale,
            backbone=adversary.perceptual_backbone,
            vgg_weights=given_weights(vgg_weights),
            **adversary.discriminator_arguments,
        )
    gan = SRGAN(generator, discriminator, ema_half_life=training.ema_half_life)
    losses, weights = make_losses(recipe, vgg_weights)
    ratio = adversary.learning_rate / training.learning_rate
    of_discriminator = dataclasses.replace(
        training,
        learning_rate=adversary.learning_rate,
        final_learning_rate=training.final_learning_rate * ratio,
    )
    gan.compile(
        make_optimizer(training, averages=False),
        make_optimizer(of_discriminator, averages=False),
        **losses,
        weights=weights,
        discriminator_steps=adversary.discriminator_steps,
        jit_compile=jit_compile(),
    )
    return gan


def make_losses(recipe: GanRecipe, vgg_weights: str) -> tuple[dict[str, Any], dict[str, float]]:
    """The losses by the names of `SRGAN.compile`, and their weights; a weight of 0 leaves its loss out."""
    adversary = recipe.adversary
    weights = {
        "pixel": adversary.pixel_weight,
        "perceptual": adversary.perceptual_weight,
        "adversarial": adversary.adversarial_weight,
        "checkerboard": adversary.checkerboard_weight,
    }
    weights = {name: weight for name, weight in weights.items() if weight}
    losses: dict[str, Any] = {"adversarial": adversarial_loss(adversary.adversarial)}
    if "pixel" in weights:
        losses["pixel"] = pixel_loss(recipe.training.loss)
    if "checkerboard" in weights:
        losses["checkerboard"] = CheckerboardLoss(recipe.model.scale)
    if "perceptual" in weights:
        losses["perceptual"] = make_perceptual_loss(
            adversary.perceptual_layers,
            vgg_weights,
            backbone=adversary.perceptual_backbone,
            distance=adversary.perceptual_distance,
            normalise=adversary.normalise_features,
            after_activation=adversary.after_activation,
            features_dtype=keras.DTypePolicy(recipe.training.dtype_policy).compute_dtype,
        )
    return losses, weights


def published_weights(model: keras.Model, generator: keras.Model) -> None:
    """The averaged generator's weights, or without averaging the generator's."""
    gan: Any = model
    generator.set_weights((gan.averaged or gan.generator).get_weights())


def make_watchdog(validation: Validation) -> Watchdog:
    """It looks at the middles of the validation's pictures."""
    return Watchdog(*validation.middles())


@dataclasses.dataclass(frozen=True)
class VGGOrigin:
    """Which weights of VGG a run uses: "imagenet", "random", or a file's name and sha256."""

    name: str
    sha256: str = ""

    @classmethod
    def of(cls, vgg_weights: str) -> "VGGOrigin":
        """Of the weights as the command line has them."""
        path = Path(vgg_weights).expanduser()
        if not path.is_file():
            return cls(vgg_weights)
        return cls(path.name, hashlib.sha256(path.read_bytes()).hexdigest())

    def about(self, model: Any) -> dict[str, Any]:
        """What a card says of them, and of what the perceptual loss makes of its features."""
        loss = model.perceptual
        told = {"file": self.name, "sha256": self.sha256}
        if loss is not None:
            told |= {"kind": loss.features.kind, "backbone": loss.backbone, "scales": loss.features.scales}
        return {"vgg": {key: value for key, value in told.items() if value}}


if __name__ == "__main__":
    sys.exit(main())
