"""The benchmark of the choice: its figures are those of methods whose PSNR is known by arithmetic."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import choice
from waifu4x_tf.inference.treatment import Treatment

KINDS = ("bicubic", "JPEG 75")


def repeated(small):
    return small.repeat(4, axis=0).repeat(4, axis=1)


def off_by(levels):
    """A method that is so many levels off everywhere, on a grey picture."""
    return lambda small: np.full_like(repeated(small), 100 + levels)


def choosing(enlarge, *treatments):
    """An upscaler that enlarges every picture so, and takes the treatments one after another."""
    left = list(treatments)
    return SimpleNamespace(
        upscale=enlarge, for_picture=lambda _picture: SimpleNamespace(treatment=left.pop(0) if left else None)
    )


@pytest.fixture
def grey():
    return [np.full((32, 32, 3), 100, np.uint8)] * 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_is_the_distance_to_the_best_network(kind, grey):
    fixed = {"near": off_by(2), "far": off_by(8)}
    found = choice.measure(grey, choosing(off_by(4)), fixed, kind)
    # Half the error is 6.02 dB, whatever the weights of the channels.
    assert found.fixed["near"] - found.fixed["far"] == pytest.approx(20 * np.log10(4), abs=0.01)
    assert found.loss == pytest.approx(20 * np.log10(2), abs=0.01)
    assert found.auto == pytest.approx(found.fixed["near"] - found.loss)
    assert choice.measure(grey, choosing(off_by(2)), fixed, kind).loss == 0
    assert choice.measure(grey, choosing(off_by(1)), fixed, kind).loss < 0


def test_what_was_chosen_is_counted_in_words(grey):
    auto = choosing(repeated, Treatment("low"), Treatment(amount=0.2), Treatment())
    found = choice.measure(grey, auto, {"one": repeated}, "bicubic")
    assert found.chosen == {"denoise low": 1, "sharpness +0.20": 1, "as it is": 1}
    assert choice.measure(grey, choosing(repeated), {"one": repeated}, "bicubic").chosen == {"as it is": 3}


def test_amounts_of_sharpening_are_counted_as_one():
    chosen = Counter({"sharpness +0.20": 2, "sharpness -0.10": 1, "denoise low": 4})
    assert choice._grouped(chosen) == {"sharpness": 3, "denoise low": 4}


def test_every_method_gets_the_same_picture_and_each_picture_is_damaged_by_its_own_number(grey):
    seen = {"auto": [], "one": []}

    def noting(name):
        def enlarge(small):
            seen[name].append(small)
            return repeated(small)

        return enlarge

    choice.measure(grey, choosing(noting("auto")), {"one": noting("one")}, "grain")
    for first, second in zip(seen["auto"], seen["one"], strict=True):
        assert (first == second).all()
    assert (seen["auto"][0] != seen["auto"][1]).any()


@pytest.mark.parametrize(("auto", "code", "said"), [(off_by(2), 0, ": OK"), (off_by(4), 1, ": NOT reached")])
def test_the_command_fails_where_choosing_loses_much(auto, code, said, grey, monkeypatch, capsys):
    def load(model="compact", *, denoise="auto"):
        return choosing(auto if denoise == "auto" else off_by(2))

    monkeypatch.setattr(choice, "load_upscaler", load)
    monkeypatch.setattr(choice, "FIELD", KINDS)
    monkeypatch.setattr(choice, "_originals", lambda _folder: grey)
    assert choice.main([]) == code
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "3 pictures, compact"
    assert all(kind in out for kind in KINDS)
    assert said in out
