"""`waifu4x upscale`: under which names results lie, and what is said where one lies already."""

import json
import os
from pathlib import Path

import pytest
from fake_upscaler import repeat
from picture_files import draw, files, opened

from waifu4x_tf.cli.main import main


def told(capsys, *arguments: str, code: int = 0) -> dict[str, tuple[str, str]]:
    """Status and output of each input."""
    assert main(["upscale", *arguments, "--json"]) == code
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {
        line["input"].replace(os.sep, "/"): (line["status"], line["output"].replace(os.sep, "/"))
        for line in lines
        if "input" in line
    }


def test_two_pictures_of_one_stem_are_both_done_and_the_line_says_under_which_name(here, capsys):
    gif, png = draw("in/01.gif", 5, mode="L"), draw("in/01.png", 7)
    assert main(["upscale", "in", "-o", "out"]) == 0
    assert files("out") == ["01.gif.png", "01.png"]
    assert (opened("out/01.png") == repeat(png)).all()
    assert (opened("out/01.gif.png") == repeat(gif)).all()
    line = capsys.readouterr().err.splitlines()[0].replace(os.sep, "/")
    assert line.startswith("in/01.gif -> out/01.gif.png (")
    assert line.endswith("; named 01.gif.png, since 01.png is kept for in/01.png)")


def test_a_picture_that_fails_stops_no_other_of_its_stem_whichever_comes_first(here, capsys):
    for name in ("a", "b", "c"):
        for suffix in ("gif", "jpg", "png"):
            draw(f"in/{name}.{suffix}")
    for broken in ("a.gif", "b.jpg", "c.png"):
        Path("in", broken).write_bytes(Path("in", broken).read_bytes()[:40])
    outcomes = told(capsys, "in", "-o", "out", code=1)
    assert sorted(name for name, (status, _) in outcomes.items() if status == "failed") == [
        "in/a.gif",
        "in/b.jpg",
        "in/c.png",
    ]
    assert len(files("out")) == 6
    for broken in ("a.gif", "b.jpg", "c.png"):
        draw(f"in/{broken}")
    again = told(capsys, "in", "-o", "out", "--skip-existing")
    assert {name: output for name, (_, output) in again.items()} == {
        name: output for name, (_, output) in outcomes.items()
    }
    assert sorted(name for name, (status, _) in again.items() if status == "done") == [
        "in/a.gif",
        "in/b.jpg",
        "in/c.png",
    ]


def test_the_names_of_pictures_of_one_stem_are_the_same_in_every_kind_of_run(here, capsys):
    for name in ("a.gif", "a.jpg", "x/a.gif", "x/a.bmp"):
        draw(f"in/{name}")
    planned = told(capsys, "in", "-o", "out", "--dry-run")
    names = {source: output for source, (_, output) in planned.items()}
    assert len(set(names.values())) == 4
    shards = {}
    for which in ("1/3", "2/3", "3/3"):
        shards |= told(capsys, "in", "-o", "out", "--shard", which)
    assert shards == {source: ("done", output) for source, output in names.items()}
    for option, status in (("--skip-existing", "skipped"), ("--overwrite", "done")):
        found = told(capsys, "in", "-o", "out", option)
        assert found == {source: (status, output) for source, output in names.items()}
    assert files("out") == sorted(output.removeprefix("out/") for output in names.values())


def test_a_second_run_over_a_finished_folder_says_so_in_one_line(here, capsys):
    for index in range(12):
        draw(f"in/{index:02}.png", 2, 2)
    assert main(["upscale", "in", "-o", "out"]) == 0
    capsys.readouterr()
    assert main(["upscale", "in", "-o", "out"]) == 1
    error, summary = capsys.readouterr().err.replace(os.sep, "/").splitlines()
    assert error == (
        "waifu4x: error: Results that exist are kept. Received: 12 inputs whose outputs exist, such as "
        "in/00.png, whose output is out/00.png. Add --overwrite or --skip-existing."
    )
    assert summary.startswith("12 failed in ")
    assert main(["upscale", "in", "-o", "out", "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len({line["input"] for line in lines}) == 12
    assert all("exists. Add" in line["error"] for line in lines)


@pytest.mark.parametrize("name", ["a.png", "out", "g"])
def test_an_error_names_its_picture_even_if_its_name_is_in_that_of_the_output(here, capsys, name):
    draw("in/a.png")
    Path("in/a.png").rename(Path("in", name))
    Path("out").write_bytes(b"a file")
    output = f"out/manga.png/{name}"
    assert main(["upscale", f"in/{name}", "-o", f"{output}/"]) == 1
    error = capsys.readouterr().err.splitlines()[0].replace(os.sep, "/")
    assert error.startswith(f"waifu4x: error: in/{name}: {output}/")
