"""What a batch says: a line a picture, JSON lines, error lines and the summary."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TextIO

from waifu4x_tf.batch.outcome import Outcome
from waifu4x_tf.cli.argument_flags import with_flags
from waifu4x_tf.cli.console import one_line
from waifu4x_tf.cli.progress import Progress

_STATUSES_IN_ORDER = ("done", "planned", "skipped", "failed")
# Among the entries that were passed over.
IN_OTHER_SHARDS = "in other shards"


class Reporter:
    """Reports outcomes to people and to programs.

    Args:
        errors: Where error lines go; ``None`` when JSON lines own that stream.
        notes: Where the lines for people go; ``None`` says nothing.
        plans: Where the lines of a dry run go, which are its result.
        json_lines: Where JSON lines go; ``None`` writes none.
        show_traces: Write the traceback of an unexpected error.
    """

    def __init__(
        self,
        *,
        errors: TextIO | None,
        notes: TextIO | None = None,
        plans: TextIO | None = None,
        json_lines: TextIO | None = None,
        show_traces: bool = False,
    ) -> None:
        self._errors, self._notes, self._plans, self._json_lines = errors, notes, plans, json_lines
        self._show_traces = show_traces
        self._counts: Counter[str] = Counter()
        self._existing: list[Outcome] = []
        self.progress: Progress | None = None

    @property
    def failed(self) -> int:
        """How many outcomes were failures so far."""
        return self._counts["failed"]

    def report(self, outcome: Outcome) -> None:
        """Count an outcome and say what came of it."""
        outcome = replace(outcome, error=outcome.error and with_flags(outcome.error))
        self._counts[outcome.status] += 1
        if self.progress is not None:
            self.progress.clear()
        if outcome.exists:
            self._existing.append(outcome)
        elif outcome.status == "failed":
            self._complain(outcome.error or "")
            if self._errors is not None and self._show_traces and outcome.trace:
                self._errors.write(outcome.trace)
        stream = self._plans if outcome.status == "planned" else self._notes
        if outcome.status != "failed" and stream is not None:
            stream.write(one_line(_sentence(outcome)) + "\n")
        if self._json_lines is not None:
            self._json_lines.write(json.dumps(outcome.as_json()) + "\n")
            self._json_lines.flush()

    def summary(
        self,
        seconds: float,
        passed_over: Mapping[str, int],
        *,
        stopped: bool = False,
        shard: tuple[int, int] | None = None,
    ) -> None:
        """Say how the batch ended.

        Args:
            seconds: How long it took.
            passed_over: Entries of folders that were no input, by reason.
            stopped: True when the user ended it early.
            shard: (which, of how many), when it was a share; JSON lines then end with one about it.
        """
        if self.progress is not None:
            self.progress.clear()
        self._complain_of_existing()
        if shard is not None and self._json_lines is not None:
            which, count = shard
            others = passed_over.get(IN_OTHER_SHARDS, 0)
            share = {"shard": f"{which}/{count}", **self._counts, "in_other_shards": others}
            self._json_lines.write(json.dumps(share) + "\n")
        if self._notes is None:
            return
        counts = [f"{self._counts[status]} {status}" for status in _STATUSES_IN_ORDER if self._counts[status]]
        line = f"{', '.join(counts) or 'nothing done'} in {seconds:.1f} s"
        if stopped:
            line = f"stopped: {line}"
        if passed_over:
            line += f" (passed over: {', '.join(f'{count} {what}' for what, count in passed_over.items())})"
        self._notes.write(line + "\n")
        self._notes.flush()

    def _complain(self, message: str) -> None:
        if self._errors is not None:
            self._errors.write(f"waifu4x: error: {one_line(with_flags(message))}\n")

    def _complain_of_existing(self) -> None:
        """One line, however many there are: after a second run it would be one a picture."""
        if len(self._existing) == 1:
            self._complain(self._existing[0].error or "")
        elif self._existing:
            first = self._existing[0]
            self._complain(
                f"Results that exist are kept. Received: {len(self._existing)} inputs whose outputs exist, "
                f"such as {first.input}, whose output is {first.output}. Add `overwrite` or `skip_existing`."
            )


def _sentence(outcome: Outcome) -> str:
    route = f"{outcome.input} -> {outcome.output}"
    if outcome.status == "skipped":
        return f"{route}: skipped, {outcome.error}{_notes(outcome)}"
    width, height = outcome.size or (0, 0)
    if outcome.status == "done":
        seconds = sum(outcome.seconds.values())
        return f"{route} ({width}x{height}{_kind(outcome)}, {seconds:.1f} s{_remarks(outcome)})"
    input_width, input_height = outcome.input_size or (0, 0)
    plan = outcome.plan
    return (
        f"{route}: {input_width}x{input_height} to {width}x{height}{_kind(outcome)}, "
        f"{plan['tiles']} tile{'s' if plan['tiles'] != 1 else ''} "
        f"of {plan['tile_width']}x{plan['tile_height']}, "
        f"about {plan['memory_bytes'] / 1e6:.0f} MB of memory, "
        f"{outcome.seconds['estimate']:.1f} s"
        f"{_remarks(outcome)}"
    )


def _kind(outcome: Outcome) -> str:
    frames = f", {outcome.frames} frames" if (outcome.frames or 1) > 1 else ""
    return frames + (", 16 bits" if outcome.bits == 16 else "")


def _remarks(outcome: Outcome) -> str:
    return _treated(outcome) + _drift(outcome) + _notes(outcome)


def _treated(outcome: Outcome) -> str:
    treatment = str(outcome.treatment or "")
    strength = f"; strength {outcome.strength:g}" if outcome.strength else ""
    return (f"; {treatment}" if treatment else "") + strength


def _drift(outcome: Outcome) -> str:
    levels = outcome.levels_off
    return "" if levels is None else f"; colours moved by up to {levels:.1f} levels"


def _notes(outcome: Outcome) -> str:
    again = f"; again: {outcome.again}" if outcome.again else ""
    return again + (f"; {outcome.note}" if outcome.note else "")
