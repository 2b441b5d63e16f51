"""What stands around each peer's network, with networks that repeat pixels; and which files make a peer."""

import dataclasses
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.peers.networks import PEERS, NcnnNetwork, split_present
from waifu4x_tf.errors import MissingExtraError, ModelError, UsageError

CONVENTIONS = {name: peer.convention for name, peer in PEERS.items()}
PAIR = ["waifu2x-upconv7", "waifu2x-cunet"]


def picture(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)


def repeated(pixels: np.ndarray, factor: int, axes: tuple[int, int] = (0, 1)) -> np.ndarray:
    return pixels.repeat(factor, axis=axes[0]).repeat(factor, axis=axes[1])


def repeating(convention, seen):
    """A network that eats its context, as the real ones do, and repeats the rest, or gives no difference."""

    def network(planes):
        seen.append(planes)
        inner = slice(convention.context_px, -convention.context_px or None)
        large = repeated(planes[:, inner, inner], convention.factor, (1, 2))
        return np.zeros_like(large) if convention.adds_input else large

    return network


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("size", [(1, 1), (5, 7), (8, 12), (10, 9), (19, 30)])
def test_every_convention_keeps_odd_sizes_aligned(name, size):
    small = picture(*size)
    convention = CONVENTIONS[name]
    assert (convention.enlarge(small, repeating(convention, [])) == repeated(small, 4)).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("realesr-animevideov3", [(3, 5, 6)]),
        ("upscayl-lite", [(3, 5, 6)]),
        ("waifu2x-upconv7", [(3, 5 + 14, 6 + 14), (3, 10 + 14, 12 + 14)]),
        ("waifu2x-cunet", [(3, 8 + 36, 8 + 36), (3, 12 + 36, 12 + 36)]),
        ("realcugan-conservative", [(3, 8 + 38, 8 + 38)]),
        ("realcugan-no-denoise", [(3, 8 + 38, 8 + 38)]),
    ],
)
def test_each_network_gets_the_size_it_wants_with_replicated_edges(name, expected):
    small, seen = picture(5, 6), []
    CONVENTIONS[name].enlarge(small, repeating(CONVENTIONS[name], seen))
    assert [planes.shape for planes in seen] == expected
    first, context = seen[0], CONVENTIONS[name].context_px
    padding = [(context, side - context - edge) for side, edge in zip(expected[0][1:], (5, 6), strict=True)]
    assert (
        first == np.pad(small.transpose(2, 0, 1) / np.float32(255), ((0, 0), *padding), mode="edge")
    ).all()
    assert first.dtype == np.float32


def test_a_difference_is_added_to_the_repeated_input_and_clipped():
    small = picture(4, 4)
    convention = CONVENTIONS["realcugan-no-denoise"]
    result = convention.enlarge(small, lambda planes: np.full((3, 20, 16), 100 / 255, np.float32))
    assert (result == repeated(np.minimum(small.astype(int) + 100, 255), 4)).all()


def test_the_second_pass_starts_from_a_clipped_picture():
    seen = []

    def network(planes):
        seen.append(planes)
        return repeated(planes[:, 7:-7, 7:-7], 2, (1, 2)) * 3 - 1

    CONVENTIONS["waifu2x-upconv7"].enlarge(picture(6, 6), network)
    assert (seen[1].min(), seen[1].max()) == (0, 1)


def test_another_networks_output_is_refused():
    convention = dataclasses.replace(CONVENTIONS["upscayl-lite"], context_px=2)
    with pytest.raises(ModelError, match=r"at least 20x16 pixels here\. Received: 5x4"):
        convention.enlarge(picture(4, 5), lambda planes: planes[:, 2:-2, 2:-2])


def put_files(folder: Path, *names: str) -> None:
    for name in names:
        for suffix in (".param", ".bin"):
            (folder / (PEERS[name].stem + suffix)).write_bytes(b"")


def test_a_peer_without_its_files_is_left_out_by_name(tmp_path):
    put_files(tmp_path, *PAIR)
    assert split_present(tmp_path, PAIR) == (PAIR, {})
    (tmp_path / "cunet_scale2.0x_model.bin").unlink()
    present, left_out = split_present(tmp_path, PAIR)
    assert present == ["waifu2x-upconv7"]
    assert left_out == {"waifu2x-cunet": f"{tmp_path} has no cunet_scale2.0x_model.bin"}


def test_a_folder_without_any_is_refused_unless_none_is_asked_for(tmp_path):
    with pytest.raises(UsageError, match=r"one of waifu2x-upconv7, waifu2x-cunet\. Received: .* none of the"):
        split_present(tmp_path, PAIR)
    with pytest.raises(UsageError, match=r"Received: .*, which is no folder"):
        split_present(tmp_path / "nowhere", PAIR)
    assert split_present(tmp_path, []) == ([], {})


class FakeNcnn:
    """As much of ncnn's interface as is used; it repeats pixels, and answers with the given codes."""

    def __init__(self, load_code=0, extract_code=0):
        self.nets, self.clones = [], 0
        self.load_code, self.extract_code = load_code, extract_code

    def Net(self):  # noqa: N802 - ncnn's name
        """A network that notes what it is given."""
        net = SimpleNamespace(opt=SimpleNamespace(), loaded=[], inputs={})

        def load(path):
            net.loaded.append(Path(path).name)
            return self.load_code

        net.load_param = net.load_model = load
        net.create_extractor = lambda: SimpleNamespace(
            input=net.inputs.__setitem__,
            extract=lambda name: (self.extract_code, repeated(net.inputs["data"], 4, (1, 2))),
        )
        self.nets.append(net)
        return net

    def Mat(self, array):  # noqa: N802 - ncnn's name
        """Nothing but what can be cloned, so that an uncloned one is no input."""

        def clone():
            self.clones += 1
            return array.copy()

        return SimpleNamespace(clone=clone)


def test_ncnn_runs_on_the_cpu_with_the_threads_and_on_copies(tmp_path, monkeypatch):
    fake = FakeNcnn()
    monkeypatch.setitem(sys.modules, "ncnn", fake)
    peer = PEERS["upscayl-lite"]
    network = NcnnNetwork(peer, tmp_path, threads=3)
    small = picture(6, 5)
    assert (peer.convention.enlarge(small, network) == repeated(small, 4)).all()
    (net,) = fake.nets
    assert (net.opt.num_threads, net.opt.use_vulkan_compute) == (3, False)
    assert net.loaded == ["upscayl-lite-4x.param", "upscayl-lite-4x.bin"]
    assert fake.clones == 1


def test_what_ncnn_cannot_load_or_run_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ncnn", FakeNcnn(load_code=-1))
    with pytest.raises(ModelError, match=r"can load\. Received: .*upscayl-lite-4x\.param"):
        NcnnNetwork(PEERS["upscayl-lite"], tmp_path, threads=1)
    monkeypatch.setitem(sys.modules, "ncnn", FakeNcnn(extract_code=-100))
    network = NcnnNetwork(PEERS["upscayl-lite"], tmp_path, threads=1)
    with pytest.raises(ModelError, match=r"runs on 5x6 pixels\. Received: error -100"):
        network(np.zeros((3, 6, 5), np.float32))


def test_without_ncnn_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ncnn", None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[bench\]'"):
        NcnnNetwork(PEERS["upscayl-lite"], tmp_path, threads=1)
