"""Folders of pictures: what is used, what is passed over and why; splits and manifests."""

import numpy as np
import pytest
from PIL import Image

from waifu4x_tf.data.degradations import Degradation
from waifu4x_tf.data.procedural import draw_rgb
from waifu4x_tf.data.sources import (
    PictureFile,
    PictureSet,
    drawn_pictures,
    folder_pictures,
    judged_pairs,
    scan_folder,
    split_validation,
)
from waifu4x_tf.errors import ConfigError
from waifu4x_tf.imaging.interpolation import resize


def save(path, width=64, height=48, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    rgb = draw_rgb(seed, seed=9, width=width, height=height)
    Image.fromarray(rgb).save(path)
    return rgb


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "set" / "pictures"
    save(home / "b.png")
    save(home / "sub" / "a.PNG", 40, 80, seed=1)
    save(home / "small.png", 64, 20)
    (home / "broken.png").write_text("no picture")
    (home / "cut.png").write_bytes((home / "b.png").read_bytes()[:-500])
    (home / "notes.txt").write_text("not looked at")
    return home


def named(*names: str) -> list[PictureFile]:
    return [PictureFile(None, name, 10, 10, "") for name in names]  # pyright: ignore


def test_usable_pictures_are_found_at_any_depth(folder):
    scan = scan_folder(folder, smallest_side=32)
    assert [(p.name, p.width, p.height, p.category) for p in scan.pictures] == [
        ("b.png", 64, 48, ""),
        ("sub/a.PNG", 40, 80, ""),
    ]
    assert scan.manifest == {}


def test_every_file_passed_over_is_named_with_its_reason(folder):
    skipped = dict(scan_folder(folder, smallest_side=32).skipped)
    assert set(skipped) == {"broken.png", "cut.png", "small.png"}
    assert skipped["small.png"] == "64x20 is smaller than 32 px"
    assert "broken.png" in skipped["broken.png"]
    assert "cut.png" in skipped["cut.png"]


def test_a_folder_without_usable_pictures_is_refused_with_the_reasons(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"Received: .*empty with 0 unusable file.*\.png"):
        scan_folder(tmp_path / "empty")
    with pytest.raises(ConfigError, match=r"1000 px or more.*5 unusable.*b\.png: 64x48 is smaller than 1000"):
        scan_folder(folder, smallest_side=1000)


@pytest.mark.parametrize("name", ["nowhere", "pictures/b.png"])
def test_data_is_a_folder(tmp_path, folder, name):
    with pytest.raises(ConfigError, match=rf"Received: .*{name}, which is not a folder"):
        scan_folder(tmp_path / "set" / name)


def test_a_manifest_in_the_folder_gives_categories(folder):
    lines = "file,category,repo,licence\nb.png,anime,me/art,CC0\nsub/a.PNG,comic,,CC-BY\ngone.png,anime,,\n"
    (folder / "MANIFEST.csv").write_text(lines)
    scan = scan_folder(folder, smallest_side=32)
    assert [p.category for p in scan.pictures] == ["anime", "comic"]
    assert [p.source for p in scan.pictures] == ["me/art", ""]
    assert scan.manifest["b.png"]["licence"] == "CC0"


def test_a_manifest_in_the_parent_names_files_with_the_folder(folder, monkeypatch):
    lines = "file,category\npictures/b.png,anime\nother/b.png,photo\nb.png,photo\npictures/sub/a.PNG,comic\n"
    (folder.parent / "MANIFEST.csv").write_text(lines)
    monkeypatch.chdir(folder)
    for path in (folder, ".", "../pictures"):
        assert [p.category for p in scan_folder(path, smallest_side=32).pictures] == ["anime", "comic"]


def test_a_manifest_as_a_spreadsheet_writes_it(folder):
    (folder / "MANIFEST.csv").write_text("file,category\nb.png,anime\n\nsub/a.PNG\n", encoding="utf-8-sig")
    assert [p.category for p in scan_folder(folder, smallest_side=32).pictures] == ["anime", ""]


def test_a_manifest_that_cannot_be_used_is_named(folder):
    (folder / "MANIFEST.csv").write_text("name,category\nb.png,anime\n")
    with pytest.raises(ConfigError, match=r"column `file`. Received: .*MANIFEST.csv with .*'name', 'cat"):
        scan_folder(folder)
    (folder / "MANIFEST.csv").write_bytes("file,category\nb.png,größer\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"UTF-8.*Received: .*MANIFEST\.csv"):
        scan_folder(folder)


def test_the_split_covers_all_and_keeps_the_order():
    files = named(*(f"{index}.png" for index in range(100)))
    training, validation = split_validation(files, 0.1)
    assert (len(training), len(validation)) == (90, 10)
    assert sorted(training + validation, key=files.index) == files
    assert [f for f in files if f in training] == training
    backwards = split_validation(files[::-1], 0.1)
    assert {f.name for f in backwards[1]} == {f.name for f in validation}


def test_added_files_move_hardly_any_other():
    old = named(*(f"{index}.png" for index in range(300)))
    new = named(*(f"new {index}.png" for index in range(30)))
    before, after = (split_validation(files, 0.1)[1] for files in (old, old + new))
    stayed = {f.name for f in before} & {f.name for f in after}
    assert len(before) - len(stayed) <= 3
    joined_late = {f.name for f in after} - {f.name for f in before} - {f.name for f in new}
    assert len(joined_late) <= 3


def test_the_smallest_splits():
    assert split_validation(named("a"), 0.5) == (named("a"), [])
    assert split_validation(named("a", "b"), 0.0) == (named("a", "b"), [])
    assert [len(part) for part in split_validation(named("a", "b", "c"), 0.01)] == [2, 1]


def test_pictures_of_one_source_are_held_out_together():
    sizes = {"many": 40, "some": 9, "few": 3, "": 8}
    files = [
        PictureFile(None, f"{source}{index}", 10, 10, "", source)  # pyright: ignore
        for source, count in sizes.items()
        for index in range(count)
    ]
    for share in (0.05, 0.1, 0.2, 0.25):
        training, validation = split_validation(files, share)
        assert 0 < len(validation) <= round(share * len(files))
        assert sorted(training + validation, key=files.index) == files
        shared = {f.source for f in training} & {f.source for f in validation}
        assert shared <= {""}
    assert {f.source for f in split_validation(files, 0.25)[1]} & {"some", "few"}


def test_where_every_source_is_larger_than_the_share_a_part_of_the_smallest_is_held_out():
    files = [PictureFile(None, f"{s}{i}", 10, 10, "", s) for s in "ab" for i in range(10)]  # pyright: ignore
    training, validation = split_validation(files, 0.1)
    assert (len(training), len({f.source for f in validation})) == (18, 1)


def test_pictures_of_a_folder_are_decoded_when_asked_for(folder):
    scan = scan_folder(folder, smallest_side=32)
    pictures = folder_pictures(scan.pictures)
    assert pictures.sizes == [(48, 64), (80, 40)]
    np.testing.assert_array_equal(pictures[0], draw_rgb(0, seed=9, width=64, height=48))
    np.testing.assert_array_equal(pictures[1], draw_rgb(1, seed=9, width=40, height=80))


def test_transparency_is_laid_over_mid_grey(tmp_path):
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[..., :3] = (200, 100, 0)
    rgba[0, :, 3] = (0, 255, 51)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    picture = folder_pictures(scan_folder(tmp_path).pictures)[0]
    assert picture[0].tolist() == [[128, 128, 128], [200, 100, 0], [142, 122, 102]]


def test_the_cache_is_bounded_and_drops_the_least_recently_used():
    calls = []

    def loader(index):
        def load():
            calls.append(index)
            return np.full((10, 10, 3), index, np.uint8)

        return load

    pictures = PictureSet([loader(i) for i in range(3)], [(10, 10)] * 3, cache_bytes=600)
    for index in (0, 1, 0, 2, 0, 1):
        assert (pictures[index] == index).all()
    assert calls == [0, 1, 2, 1]
    tiny_cache = PictureSet([loader(i) for i in range(2)], [(10, 10)] * 2, cache_bytes=1)
    assert [int(p[0, 0, 0]) for p in tiny_cache] == [0, 1]


def test_joined_sets_keep_their_order():
    first, second = drawn_pictures(2, seed=1, size=32), drawn_pictures(1, seed=2, size=48)
    joined = PictureSet.joined(first, second)
    assert joined.sizes == [(32, 32), (32, 32), (48, 48)]
    for got, expected in zip(joined, [*first, *second], strict=True):
        np.testing.assert_array_equal(got, expected)


def test_drawn_pictures_are_those_of_their_seed():
    pictures = drawn_pictures(3, seed=5, size=32)
    assert len(pictures) == 3
    np.testing.assert_array_equal(pictures[2], draw_rgb(2, seed=5, width=32, height=32))


def test_judged_pairs_are_shrunk_as_the_recipe_says_and_the_same_each_time():
    pictures = [draw_rgb(index, seed=1, width=67, height=50) for index in range(2)]
    for method in ("bicubic", "area"):
        for (large, small), picture in zip(
            judged_pairs(pictures, 4, Degradation(**{"bicubic": 0.0, method: 1.0})), pictures, strict=True
        ):
            np.testing.assert_array_equal(large, picture[:48, :64])
            np.testing.assert_array_equal(small, resize(large, (12, 16), method))
    plain = list(judged_pairs(pictures, 4))
    damaging = Degradation(jpeg_share=1.0, jpeg_quality=(20, 30))
    damaged = list(judged_pairs(pictures, 4, damaging))
    for (_, before), (large, small), again in zip(
        plain, damaged, judged_pairs(pictures, 4, damaging), strict=True
    ):
        assert large.shape == (48, 64, 3)
        assert np.abs(small.astype(int) - before).mean() > 1
        np.testing.assert_array_equal(small, again[1])
