"""The Understand tab."""

from demo.context import DemoContext


def add_understand_tab(context: DemoContext) -> None:
    """Lay out the tab and wire it; call it inside the tab."""
