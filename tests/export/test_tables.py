"""The table of docs/mobile.md: what a bundle measured, and stale when the shipped file is another."""

import hashlib
import json

import pytest

from export.tables import BEGIN, END, PAGE, figures_of, figures_path, main, table, with_table
from waifu4x_tf.models.zoo import WEIGHTS

ENTRY = {
    "file": "tiny_int8_dynamic.tflite",
    "precision": "int8",
    "size": "dynamic",
    "bytes": 521_464,
    "seconds_a_megapixel": 1.234,
    "time_against_float32": 0.25,
    "memory_mb": 22.6,
    "trial": {"loss_db": 0.0834, "worst_loss_db": 0.1111, "flat_error": 1},
    "operators": {"CONV_2D": 3},
}
DOCUMENT = {
    "name": "tiny",
    "licence": "Apache-2.0",
    "calibration": {"with": "drawings"},
    "machine": {"cpu": "A CPU", "threads": 1, "instructions": ["avx2", "avx512_vnni"]},
    "files": [ENTRY, {**ENTRY, "file": "tiny_int8_128.tflite", "trial": {}, "memory_mb": None}],
    "golden": [],
}


def test_each_file_has_a_line_with_its_figures():
    lines = table(figures_of(DOCUMENT)).splitlines()
    assert "A CPU, 1 thread(s), with avx2, avx512_vnni" in lines[0]
    assert lines[4] == "| `tiny_int8_dynamic.tflite` | 0.52 | 0.083, 0.111 | 1 | 1.23 | 0.25 | 23 |"
    assert lines[5].startswith("| `tiny_int8_128.tflite` | 0.52 | as for any size |")
    assert lines[5].endswith("|  |")


def test_the_command_writes_between_the_marks_and_keeps_the_figures(tmp_path, capsys):
    page = tmp_path / "page.md"
    page.write_text(f"before\n\n{BEGIN}\nolder\n{END}\n\nafter\n", encoding="utf-8")
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "model.json").write_text(json.dumps(DOCUMENT))
    assert main([str(tmp_path / "bundle"), "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "older" not in text
    figures = json.loads(figures_path(page).read_text(encoding="utf-8"))
    assert "operators" not in figures["files"][0]
    assert with_table(text, figures, page) == text
    page.write_text("no marks")
    assert main([str(tmp_path / "bundle"), "--page", str(page)]) == 2
    assert main([str(tmp_path / "nowhere"), "--page", str(page)]) == 2
    assert "export.tables: error: " in capsys.readouterr().err


@pytest.mark.skipif(
    not figures_path(PAGE).is_file(), reason="no bundle of the shipped network was measured yet"
)
def test_the_page_is_what_the_figures_say_and_they_are_of_the_shipped_file():
    figures = json.loads(figures_path(PAGE).read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    assert with_table(text, figures, PAGE) == text, "run python -m export.tables again"
    shipped = (WEIGHTS / f"{figures['name']}_int8_dynamic.tflite").read_bytes()
    assert figures["calibration"]["sha256"] == hashlib.sha256(shipped).hexdigest(), "measure a new bundle"
