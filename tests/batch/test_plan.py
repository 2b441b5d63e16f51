"""Where results go: no picture is opened here."""

import itertools
import re
import unicodedata
from pathlib import Path

import pytest
from source_files import one, touch

from waifu4x_tf.batch.inputs import Source, list_sources
from waifu4x_tf.batch.plan import Destination, plan_jobs, resolve_destination
from waifu4x_tf.errors import UsageError
from waifu4x_tf.imaging.target import Target
from waifu4x_tf.imaging.writing import FORMATS


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_an_output_results_stand_beside_their_inputs_named_by_the_factor():
    sources = [one("d/cat.v1.jpg"), Source(Path("in/dog.png"), Path("dog.png"), from_folder=True)]
    jobs = plan_jobs(sources, resolve_destination(None, None, sources, label="2.5x"))
    assert [job.output for job in jobs] == [Path("d/cat.v1_2.5x.png"), Path("in/dog_2.5x.png")]
    jobs = plan_jobs(sources, resolve_destination(None, "jpeg", sources))
    assert jobs[0].output == Path("d/cat.v1_4x.jpeg")


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (Target(), "cat_4x.png"),
        (Target(16.0), "cat_16x.png"),
        (Target(size=(1920, 1080), fit="cover"), "cat_1920x1080.png"),
        (Target(min_side=720), "cat_min720.png"),
    ],
)
def test_a_name_says_what_was_asked_for_and_is_known_again(here, target, name):
    sources = [one("cat.png")]
    (job,) = plan_jobs(sources, resolve_destination(None, None, sources, label=target.label))
    assert job.output == Path(name)
    for each in ("cat.png", name):
        (here / each).touch()
    assert [source.path for source in list_sources(["."]).sources] == [Path("cat.png")]


def test_a_second_format_has_a_name_too_unless_the_first_was_named(here):
    sources = [one("in/cat.png")]
    for out, output, other in (
        (None, "in/cat_telegram.png", "in/cat_telegram.webp"),
        ("out/", "out/cat.png", "out/cat.webp"),
        ("out", "out/cat.png", "out/cat.webp"),
    ):
        place = resolve_destination(out, None, sources, label="telegram", other_format="webp")
        (job,) = plan_jobs(sources, place)
        assert (job.output, job.other_output) == (Path(output), Path(other))
    (job,) = plan_jobs(sources, resolve_destination("x.webp", None, sources, other_format="webp"))
    assert (job.output, job.other_output) == (Path("x.webp"), None)


def test_a_second_format_replaces_no_input_either():
    sources = [one("a.gif"), one("a.webp")]
    jobs = plan_jobs(sources, resolve_destination("./", None, sources, other_format="webp"))
    assert "the output a.webp, which is the input a.webp" in jobs[0].problem


def test_a_folder_keeps_the_tree():
    sources = [Source(Path("in/x/a.b.jpg"), Path("x/a.b.jpg"), from_folder=True), one("elsewhere/c.png")]
    jobs = plan_jobs(sources, resolve_destination("out", "webp", sources))
    assert [job.output for job in jobs] == [Path("out/x/a.b.webp"), Path("out/c.webp")]


@pytest.mark.parametrize("source", [one("a.png"), Source(None, Path("stdin"))])
@pytest.mark.parametrize(("out", "format_name"), [("x.png", "png"), ("x.JPG", "jpeg"), ("y/x.webp", "webp")])
def test_one_picture_and_a_known_suffix_make_a_file(here, source, out, format_name):
    destination = resolve_destination(out, None, [source])
    assert destination == Destination("file", Path(out), format_name)
    assert plan_jobs([source], destination)[0].output == Path(out)


@pytest.mark.parametrize("out", ["upscaled", "v1.2", "x.png/", "taken.png"])
def test_otherwise_it_is_a_folder(here, out):
    (here / "taken.png").mkdir()
    assert resolve_destination(out, None, [one("a.png")]) == Destination("folder", Path(out), "png")


@pytest.mark.parametrize("out", ["r.HEIC", "r.jxl", "r.bmp", "r.dib", "r.mp4", "folder/r.svg"])
def test_a_suffix_of_pictures_that_cannot_be_written_is_refused(here, out):
    with pytest.raises(UsageError, match=f"ends in one of .png.*Received: -o {out}.*for a folder: -o {out}/"):
        resolve_destination(out, None, [one("a.png")])
    assert resolve_destination(f"{out}/", None, [one("a.png")]).kind == "folder"
    assert not list(here.iterdir())


def test_several_pictures_or_a_folder_of_one_make_a_folder(here):
    assert resolve_destination("x.png", None, [one("a.png"), one("b.png")]).kind == "folder"
    assert resolve_destination("x.png", None, [one("a.png", from_folder=True)]).kind == "folder"


def test_standard_input_into_a_folder_is_named_stdin():
    sources = [Source(None, Path("stdin"))]
    assert plan_jobs(sources, resolve_destination("out", None, sources))[0].output == Path("out/stdin.png")


def test_standard_output_takes_one_picture():
    assert resolve_destination("-", "webp", [one("a.png")]) == Destination("stdout", None, "webp")
    with pytest.raises(UsageError, match="2 pictures"):
        resolve_destination("-", None, [one("a.png"), one("b.png")])


@pytest.mark.parametrize(
    ("out", "format_name", "sources", "message"),
    [
        ("x.png", "webp", [one("a.png")], "must agree"),
        ("x.bmp", None, [one("a.png")], "Choose one of these suffixes"),
        ("file", None, [one("a.png")], "Choose one of these suffixes"),
        ("file", None, [one("a.png"), one("b.png")], "Name a folder"),
        ("", None, [one("a.png")], "no name"),
        (None, None, [Source(None, Path("stdin"))], "Add -o"),
    ],
)
def test_arguments_that_contradict_each_other(here, out, format_name, sources, message):
    touch(here, "file")
    with pytest.raises(UsageError, match=message):
        resolve_destination(out, format_name, sources)


def test_the_suffix_of_every_format_agrees_with_it(here):
    for format_name, suffixes in FORMATS.items():
        for suffix in suffixes:
            assert resolve_destination(f"x{suffix}", format_name, [one("a.png")]).format == format_name


def outputs(sources, out="out", format_name=None, **options) -> dict[str, str]:
    jobs = plan_jobs(sources, resolve_destination(out, format_name, sources, **options))
    assert not any(job.problem for job in jobs)
    return {job.source.label: job.output.as_posix() for job in jobs}


def test_of_two_pictures_for_one_output_each_gets_a_name_that_its_job_reports(here):
    sources = [one("a.jpg"), one("a.png"), one("b.png")]
    jobs = plan_jobs(sources, resolve_destination("out", None, sources))
    assert [job.output.as_posix() for job in jobs] == ["out/a.jpg.png", "out/a.png", "out/b.png"]
    assert [job.note for job in jobs] == ["named a.jpg.png, since a.png is kept for a.png", None, None]


def test_names_depend_on_the_names_of_the_inputs_alone_in_any_order(here):
    sources = [one(f"in/{name}") for name in ("a.gif", "a.jpg", "a.webp", "b.jpg", "a.jpg.bmp", "c/a.gif")]
    planned = outputs(sources)
    assert len({name.casefold() for name in planned.values()}) == len(sources)
    for order in itertools.islice(itertools.permutations(sources), 0, None, 11):
        assert outputs(order) == planned
    for name in planned.values():
        touch(here, name)
    assert outputs(sources) == planned


def test_a_picture_that_is_added_or_removed_gives_no_other_its_longer_name(here):
    names = ["a.gif", "a.jpg", "a.png", "a.webp", "A.bmp", "a.png.tif"]
    owners: dict[str, set[str]] = {}
    for count in range(1, len(names) + 1):
        for chosen in itertools.combinations(names, count):
            for source, output in outputs([one(name) for name in chosen]).items():
                owners.setdefault(output.casefold(), set()).add(source)
    assert owners.pop("out/a.png") == {"a.gif", "a.jpg", "a.png", "a.webp", "A.bmp"}
    assert all(len(sources) == 1 for name, sources in owners.items() if name != "out/a.png.png")
    # A picture of that very stem has the name before any other.
    assert owners["out/a.png.png"] == {"a.png.tif"}


def test_pictures_of_one_name_in_several_folders_are_named_by_the_folder(here):
    touch(here, *(f"{folder}/x/01.png" for folder in ("one", "two", "deep/two", "three")), "one/x/01.gif")
    planned = outputs(list_sources(["two", "one", "three", "deep/two"], out="out").sources)
    assert planned["deep/two/x/01.png"] == "out/x/01.png"
    assert planned["one/x/01.gif"] == "out/x/01.gif.png"
    assert planned["one/x/01.png"] == "out/x/01.png_one.png"
    assert planned["three/x/01.png"] == "out/x/01.png_three.png"
    assert re.fullmatch(r"out/x/01\.png_[0-9a-f]{8}\.png", planned["two/x/01.png"])


def test_standard_input_and_what_has_no_suffix_keep_the_name(here):
    sources = [one("stdin.png"), Source(None, Path("stdin")), one("cat.png"), one("cat")]
    assert outputs(sources) == {
        "stdin.png": "out/stdin.png.png",
        "-": "out/stdin.png",
        "cat.png": "out/cat.png.png",
        "cat": "out/cat.png",
    }


def test_names_that_differ_in_case_or_accents_alone_are_one_name_on_some_system(here):
    composed, apart = (unicodedata.normalize(form, "é.gif") for form in ("NFC", "NFD"))
    planned = outputs([one("Cat.jpg"), one("cat.png"), one("CAT.PNG"), one(composed), one(apart)])
    folded = {unicodedata.normalize("NFC", name).casefold() for name in planned.values()}
    assert len(folded) == len(planned) == 5
    assert planned["Cat.jpg"] == "out/Cat.jpg.png"


def test_a_longer_name_is_no_inputs_either(here):
    sources = [one("a.png"), one("a.jpg"), one("a.jpg_4x.png")]
    assert outputs(sources, out=None)["a.jpg"] == f"a.jpg_{here.name}_4x.png"


def test_a_result_beside_its_picture_is_known_again_by_its_longer_name(here):
    touch(here, "in/a.png", "in/a.jpg", "in/A.JPG")
    sources = list_sources(["in"]).sources
    assert len(sources) == 3
    planned = outputs(sources, out=None)
    assert planned["in/a.jpg"] != "in/a_4x.png"
    touch(here, *planned.values())
    assert list_sources(["in"]).sources == sources


def test_a_picture_named_twice_is_one_job(here):
    touch(here, "in/a.png")
    sources = list_sources(["in", "in/a.png", str(here / "in" / "a.png")]).sources
    assert len(sources) == 3
    assert len(plan_jobs(sources, resolve_destination(None, None, sources))) == 1


def test_a_result_never_replaces_an_input(here):
    touch(here, "in/a.png", "in/a.jpg", "in/b.jpg")
    sources = list_sources(["in"], out="in").sources
    problems = {
        job.source.relative.name: job.problem
        for job in plan_jobs(sources, Destination("folder", Path("in"), "png"))
    }
    assert "never replaces an input" in problems["a.png"]
    assert "never replaces an input" in problems["a.jpg"]
    assert problems["b.jpg"] is None


def test_an_input_is_recognised_on_a_file_system_that_ignores_case(here, monkeypatch):
    """As on the disks of cameras and of macOS, mounted here."""
    touch(here, "in/a.PNG")
    sources = list_sources(["in"]).sources
    place = Destination("folder", Path("in"), "png")
    assert plan_jobs(sources, place)[0].problem is None
    monkeypatch.setattr("os.path.exists", lambda path: True)
    monkeypatch.setattr("os.path.samefile", lambda one, other: str(one).lower() == str(other).lower())
    assert "never replaces an input" in str(plan_jobs(sources, place)[0].problem)


def test_an_input_is_recognised_through_a_link(here):
    touch(here, "real/a.png")
    try:
        (here / "alias").symlink_to(here / "real", target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    job = plan_jobs([one("real/a.png")], Destination("folder", Path("alias"), "png"))[0]
    assert "never replaces an input" in job.problem
