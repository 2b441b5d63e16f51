"""The weighted mean of two trained networks of one shape, a third network that lies between them.

python -m train.average FIRST.keras SECOND.keras --recipe NAME|PATH --out DIR [--share S] [--data DIR]

Networks trained onwards from the same weights can be averaged weight by weight: what comes out does what each
of them does, in shares. Channels that have died in FIRST begin anew before, as in a run with --init FIRST,
whose result SECOND may be. Writes generator.keras and card.json into OUT, with the figures of the mean on the
validation pictures of FIRST's recipe.

Sources: network interpolation, Wang et al. 2018 (ESRGAN, arXiv:1809.00219, section 3.4); Wortsman et al. 2022
(arXiv:2203.05482).
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from train.build import find_pictures, make_generator, make_start, make_upscaler, validation_pictures
from train.card import validation_figures
from train.command import told
from train.recipe import Recipe, load_any_recipe
from train.stages import with_mean
from train.validation import Validation
from waifu4x_tf.config import read_json
from waifu4x_tf.errors import ModelError, UsageError
from waifu4x_tf.imaging.atomic_files import replace_file
from waifu4x_tf.models.zoo import card_beside


def main(argv: list[str] | None = None) -> int:
    """Run the command line; 0 on success, 2 for a mistake of the user, 130 for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m train.average", description=__doc__)
    parser.add_argument("first", type=Path, help="a trained network with its card beside it")
    parser.add_argument("second", type=Path, help="another of the same shape")
    parser.add_argument("--recipe", required=True, help="FIRST's: name in train/recipes, or a .toml file")
    parser.add_argument("--share", type=float, default=0.5, help="of SECOND, 0 to 1; default: 0.5")
    parser.add_argument("--data", type=Path, help="folder of pictures; default: drawn pictures")
    parser.add_argument("--out", type=Path, required=True, help="new folder for the result")
    arguments = parser.parse_args(argv)

    def obey() -> None:
        average(
            load_any_recipe(arguments.recipe),
            (arguments.first, arguments.second),
            arguments.share,
            arguments.data,
            arguments.out,
        )

    return told(parser, obey, "Stopped. Nothing was written.")


def average(recipe: Recipe, files: tuple[Path, Path], share: float, data: Path | None, out: Path) -> None:
    """Average, measure and write.

    Args:
        recipe: The first network's.
        files: Both networks, .keras with a card beside each; as `train.growing.start_from` takes them.
        share: Of the second one's weights.
        data: Folder of pictures, None for drawn ones.
        out: New folder.

    Raises:
        UsageError: A share beyond 0 to 1, or ``out`` exists.
        ModelError: A network has no card, or is none that the recipe's can start from.
    """
    if not 0 <= share <= 1:
        raise UsageError(f"A share is from 0 to 1. Received: {share}. Give another --share.")
    if out.exists():
        raise UsageError(f"Results go into a new folder. Received: {out}, which exists. Give another --out.")
    card, other_card = map(_card_of, files)
    second = make_generator(recipe, files[1])
    keras.utils.set_random_seed(recipe.training.seed)
    first = make_start(recipe, files[0])  # as a run with --init FIRST began, if SECOND is of one
    pairs = zip(first.get_weights(), second.get_weights(), strict=True)
    first.set_weights([mine + np.float32(share) * (other - mine) for mine, other in pairs])
    _, _, held_out = find_pictures(recipe, data)
    validation = Validation(
        validation_pictures(recipe, held_out), recipe.model.scale, recipe.data.degradation
    )
    training = card.setdefault("training", {})
    training["stages"] = with_mean(files, (training, other_card.get("training", {})), share)
    training["averaged_with"] = {
        "file": files[1].name,
        "sha256": hashlib.sha256(files[1].read_bytes()).hexdigest(),
        "share": share,
        "training": other_card.get("training", {}),
    }
    scores = validation.measure(make_upscaler(recipe, first)), validation.bicubic()
    card["figures"] = {"validation": validation_figures(recipe, held_out, *scores)}
    out.mkdir(parents=True)
    first.save(out / "generator.keras")
    replace_file(out / "card.json", (json.dumps(card, indent=2, ensure_ascii=False) + "\n").encode())
    print(f"{out / 'generator.keras'}: {scores[0].psnr:.2f} dB, SSIM {scores[0].ssim:.4f} in validation")


def _card_of(path: Path) -> dict[str, Any]:
    card = card_beside(path)
    if card is None:
        raise ModelError(
            f"A network to average has its card beside it. Received: {path} without one. "
            "Give generator.keras in the folder of its run."
        )
    return read_json(card, error=ModelError)


if __name__ == "__main__":
    sys.exit(main())
