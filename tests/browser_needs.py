"""What happens to a browser test where what it needs is missing."""

import os

import pytest


def refuse_or_skip(reason: str) -> None:
    """Fail where the browser tests are required, else skip."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
