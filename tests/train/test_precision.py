"""Recipes in bfloat16 where the processor has none."""

import dataclasses

import pytest

from train import precision
from train.recipe import load_recipe

X86 = "processor\t: 0\nflags\t\t: fpu avx2 {}\n\nprocessor\t: 1\nflags\t\t: fpu avx2 {}\n"


@pytest.fixture
def processor(monkeypatch, tmp_path):
    """Makes the machine one without an accelerator whose /proc/cpuinfo says so."""

    def pretend(text: str) -> None:
        (tmp_path / "cpuinfo").write_text(text)
        monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "cpuinfo")

    monkeypatch.setattr(precision, "has_accelerator", lambda: False)
    return pretend


@pytest.mark.parametrize(
    ("text", "has"),
    [
        (X86.format("amx_bf16", "amx_bf16"), True),
        (X86.format("avx512_bf16", "avx512_bf16"), True),
        (X86.format("avx512f", "avx512f"), False),
        ("Features\t: fp asimd bf16\n", True),
        ("Features\t: fp asimd\n", False),
        ("model name\t: unknown\n", True),
    ],
)
def test_flags_of_the_processor_tell(processor, text, has):
    processor(text)
    assert precision.has_bfloat16() is has


def test_a_system_without_cpuinfo_is_believed(processor, monkeypatch, tmp_path):
    monkeypatch.setattr(precision, "CPU_INFO", tmp_path / "nothing")
    assert precision.has_bfloat16()


def test_a_recipe_is_changed_in_words_and_only_in_its_precision(processor, capsys):
    recipe = load_recipe("compact")
    assert recipe.training.dtype_policy == "mixed_bfloat16"
    processor(X86.format("amx_bf16", "amx_bf16"))
    assert precision.for_this_processor(recipe) is recipe
    assert capsys.readouterr().err == ""
    processor(X86.format("", ""))
    changed = precision.for_this_processor(recipe)
    assert changed.training.dtype_policy == "float32"
    assert dataclasses.replace(changed.training, dtype_policy="mixed_bfloat16") == recipe.training
    assert dataclasses.replace(changed, training=recipe.training) == recipe
    assert "no bfloat16 arithmetic" in capsys.readouterr().err
