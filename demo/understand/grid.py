"""Interpolation on six numbers: what nearest, bilinear and bicubic make of them, as they are typed."""

import gradio as gr
import numpy as np

from demo.context import QUIET
from demo.messages import failed
from demo.translations import label, language_of, say
from demo.understand.html import html_block, shaded_table, status
from waifu4x_tf.method.grid import GRID, METHODS, enlarged_grid, outside


def add_grid_section() -> None:
    """Six fields and three tables; call it inside the section."""
    gr.Markdown(label("understand_grid_intro"))
    with gr.Row():
        with gr.Column(scale=1, min_width=260):
            fields = [field for row in range(GRID.shape[0]) for field in _row_of_fields(row)]
        with gr.Column(scale=3, min_width=300):
            tables = html_block("understand-grid")
    gr.on(None, _answers, fields, tables, queue=False, trigger_mode="always_last", **QUIET)


def _row_of_fields(row: int) -> list[gr.Number]:
    with gr.Row():
        return [
            gr.Number(
                float(value),
                label=label(f"understand_grid_cell_{row}_{column}"),
                show_label=False,
                container=False,
                min_width=70,
                elem_id=f"understand-grid-{row}-{column}",
            )
            for column, value in enumerate(GRID[row])
        ]


def _answers(request: gr.Request, *numbers: float | None) -> str:
    return answers(language_of(request), *numbers)


def answers(language: str, *numbers: float | None) -> str:
    """The tables as HTML, or a sentence where a number is missing or not from 0 to 255.

    Args:
        language: Of the sentences.
        numbers: Six, row by row.
    """
    if not all(isinstance(number, int | float) and 0 <= number <= 255 for number in numbers):
        return status(failed(say(language, "understand_grid_wrong")))
    grid = np.array(numbers, np.float32).reshape(GRID.shape)
    told = say(language, "understand_grid_outside")
    tables, count = [], 0
    for method in METHODS:
        enlarged = enlarged_grid(grid, method)
        beyond = outside(enlarged, grid)
        count += int(beyond.sum())
        tables.append(shaded_table(say(language, f"understand_grid_{method}"), enlarged, beyond, told))
    summary = say(
        language, "understand_grid_told", count=count, least=f"{grid.min():g}", most=f"{grid.max():g}"
    )
    return f'<div class="w4x-grids">{"".join(tables)}</div>{status(summary)}'
