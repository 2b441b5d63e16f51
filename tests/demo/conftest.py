"""One demo for the tests of all tabs, and one browser."""

import pytest
from demo_site import running_demo


@pytest.fixture(scope="session")
def demo_address():
    """The page's address; it ends in a slash."""
    with running_demo() as address:
        yield address


@pytest.fixture(scope="session")
def browser(start_chromium):
    """Chromium, started once."""
    return start_chromium()
