"""Recipes in bfloat16 on processors without it: TensorFlow then stops, or computes many times slower."""

import dataclasses
import sys
from pathlib import Path
from typing import TypeVar

import keras

from train.recipe import Recipe

CPU_INFO = Path("/proc/cpuinfo")
_FLAGS = {"amx_bf16", "avx512_bf16", "bf16"}
R = TypeVar("R", bound=Recipe)


def for_this_processor(recipe: R) -> R:
    """The recipe, in float32 where it asks for bfloat16 and the processor is known not to have it.

    The change is printed. It is part of the recipe that a run is known by, so a run is not gone on with in
    another precision.
    """
    if recipe.training.dtype_policy == "float32" or has_bfloat16():
        return recipe
    print(
        "This processor has no bfloat16 arithmetic (AMX or AVX-512 BF16): training in float32, which"
        " takes longer.",
        file=sys.stderr,
    )
    return dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, dtype_policy="float32"))


def has_bfloat16() -> bool:
    """Whether this machine computes in bfloat16; True too where it does not tell."""
    if has_accelerator() or not CPU_INFO.is_file():
        return True
    flags: set[str] = set()
    for line in CPU_INFO.read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("flags", "features"):  # of x86, of ARM
            flags.update(value.split())
    return not flags or bool(flags & _FLAGS)


def has_accelerator() -> bool:
    """Whether networks are computed on more than the processor; True too where the backend does not tell."""
    if keras.backend.backend() not in ("tensorflow", "jax"):  # Keras lists the devices of these
        return True
    return any(not device.startswith("cpu") for device in keras.distribution.list_devices())
