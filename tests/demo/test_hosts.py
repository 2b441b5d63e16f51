"""Under which names the demo answers, and to whose pages; 421 is of RFC 9110, 15.5.20."""

import socket

import pytest
from asgi_calls import FakePage, call

from demo.hosts import OwnHosts, is_loopback

LOOPBACK = [
    "127.0.0.1:7860",
    "localhost:7860",
    "LOCALHOST",
    "[::1]:7860",
    "127.0.0.1",
    "127.9.9.9",
    "localhost.",
]
FOREIGN = [
    *("evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example", "null"),
    *(
        "192.168.1.5:7860",
        "0.0.0.0:7860",
        "",
        " ",
        "127.0.0.1@evil.example",
        "evil.example, localhost",
        "[::1",
    ),
    *("localhost:port", "http://evil.example/127.0.0.1"),
]


def status(*headers, page=None, names=()):
    page = page or FakePage()
    found, answer = call(OwnHosts(page, names=names), page, headers=headers)
    assert (page.reached == 1) == (found == 200)
    assert found == 200 or answer["error"].count("Received: ") == 1
    return found


@pytest.mark.parametrize("host", LOOPBACK)
def test_this_computers_own_names_are_answered(host):
    assert status(("Host", host)) == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_is_misdirected(host):
    assert status(("Host", host)) == 421
    assert status(("Host", "localhost"), ("X-Forwarded-Host", host or "x.example")) == 421


def test_a_call_without_a_name_is_misdirected():
    assert status() == 421


@pytest.mark.parametrize(
    ("listened", "host", "expected"),
    [
        ("demo.example", "demo.example:7860", 200),
        ("demo.example", "localhost", 200),
        ("demo.example", "evil.example", 421),
        ("192.168.1.5", "192.168.1.5:7860", 200),
        ("192.168.1.5", "192.168.1.6", 421),
        ("0.0.0.0", "192.168.1.5:7860", 200),
        ("0.0.0.0", f"{socket.gethostname()}:7860", 200),
        ("0.0.0.0", "evil.example", 421),
        ("::", "[fe80::1]:7860", 200),
    ],
)
def test_what_it_listens_on_is_answered_too(listened, host, expected):
    assert status(("Host", host), page=FakePage(server_name=listened)) == expected


def test_a_given_name_and_a_shared_one_are_answered():
    assert status(("Host", "demo.example"), names=["Demo.example"]) == 200
    assert status(("Host", "abc.gradio.live"), page=FakePage(share_url="https://abc.gradio.live")) == 200
    proxied = ("Host", "127.0.0.1:7860"), ("Origin", "https://demo.example")
    assert status(*proxied, names=["demo.example"]) == 200
    assert status(*proxied) == 403


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost:7860", 200),
        ("http://127.0.0.1:7860", 200),
        ("http://evil.example", 403),
        ("http://localhost:3000", 403),
        ("https://localhost.evil.example:7860", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_only_the_own_page_may_call(origin, expected):
    assert status(("Host", "localhost:7860"), ("Origin", origin)) == expected


def test_what_is_loopback():
    assert all(is_loopback(name) for name in ("localhost", "127.0.0.1", "127.0.0.2", "::1"))
    assert not any(is_loopback(name) for name in ("0.0.0.0", "::", "192.168.1.5", "demo.example", ""))
