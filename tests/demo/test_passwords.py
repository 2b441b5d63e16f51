"""Wrong passwords: each try of an address waits longer than the one before, and those of others do not."""

import asyncio

import pytest
from asgi_calls import FakePage, called

from demo import passwords
from demo.passwords import SlowedPasswords


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that were made, none of which is waited for."""
    made = []

    async def sleep(seconds):
        made.append(seconds)

    monkeypatch.setattr(passwords.asyncio, "sleep", sleep)
    return made


def tries(page, guard, *clients, path="/login"):
    async def work():
        return [(await called(guard, page, path, method="POST", client=client))[0] for client in clients]

    return asyncio.run(work())


def test_each_wrong_password_makes_the_next_try_wait_longer(pauses):
    page = FakePage(400)
    assert tries(page, SlowedPasswords(page), *["10.0.0.1"] * 8) == [400] * 8
    assert pauses == [0, 0.5, 1, 2, 4, 8, 8, 8]


def test_a_right_password_ends_that_and_a_broken_call_does_not(pauses):
    page = FakePage(400)
    guard = SlowedPasswords(page)
    tries(page, guard, "10.0.0.1", "10.0.0.1")
    page.status = 422
    tries(page, guard, "10.0.0.1")
    page.status = 200
    tries(page, guard, "10.0.0.1", "10.0.0.1")
    assert pauses == [0, 0.5, 1, 1, 0]


def test_other_addresses_and_other_calls_do_not_wait(pauses):
    page = FakePage(400)
    guard = SlowedPasswords(page)
    tries(page, guard, "10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
    assert pauses == [0, 0, 0, 0.5, 0]  # of IPv6 a caller has a whole network
    tries(page, guard, "10.0.0.1", path="/gradio_api/queue/join")
    assert len(pauses) == 5


def test_many_at_once_take_turns_and_more_are_refused():
    page = FakePage(200)  # none of them is wrong: they only come at once
    guard = SlowedPasswords(page)

    async def work():
        calls = [called(guard, page, "/login", method="POST", client="10.0.0.1") for _ in range(6)]
        return [status for status, _ in await asyncio.gather(*calls)]

    assert sorted(asyncio.run(work())) == [200, 200, 200, 200, 429, 429]
