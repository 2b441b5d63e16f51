"""Values of TOML and JSON as the types that are annotated for them."""

from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest

from waifu4x_tf.config import Rule, build, parse_json, read_toml, shown
from waifu4x_tf.errors import ConfigError, ReceiptError


@dataclass(frozen=True)
class _Inner:
    edge_px: Annotated[int, Rule("above 0", lambda value: value > 0)] = 1


@dataclass(frozen=True)
class _Outer:
    name: str
    ratio: float = 1.0
    pair: tuple[int, float] = (1, 1.0)
    levels: tuple[int, ...] = ()
    inner: _Inner = field(default_factory=_Inner)
    weights: dict[str, float] = field(default_factory=dict)
    anything: Any = None


def test_each_value_becomes_what_is_annotated():
    table = {
        "name": "x",
        "ratio": 2,
        "pair": [3, 4],
        "levels": [1, 2, 3],
        "inner": {"edge_px": 5},
        "weights": {"a": 1},
        "anything": [None],
    }
    made = build(_Outer, table, "x.toml")
    assert made == _Outer("x", 2.0, (3, 4.0), (1, 2, 3), _Inner(5), {"a": 1.0}, [None])
    assert type(made.ratio) is type(made.pair[1]) is type(made.weights["a"]) is float


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": 1}, "x.toml: name is of type str. Received: 1."),
        ({"ratio": True}, "x.toml: ratio is of type float. Received: True."),
        ({"ratio": 10**400}, "x.toml: ratio is of type float. Received: 1000"),
        ({"pair": [1]}, "x.toml: pair is of type tuple[int, float]. Received: [1]."),
        ({"pair": [1.5, 2]}, "x.toml: pair is of type int. Received: 1.5."),
        ({"levels": [1, "2"]}, "x.toml: levels is of type int. Received: '2'."),
        ({"inner": {"edge_px": 0}}, "x.toml: inner: edge_px is above 0. Received: 0."),
        ({"inner": {"edge": 0}}, "The keys of x.toml: inner are edge_px. Received: edge."),
        ({"inner": 3}, "x.toml: inner is of type _Inner. Received: 3."),
        ({"weights": {"a\nb": "c"}}, r"x.toml: weights.'a\nb' is of type float. Received: 'c'."),
        ({"a\x1b": 1}, r"Received: 'a\x1b'."),
    ],
)
def test_what_does_not_fit_is_named_by_file_and_key(values, told):
    with pytest.raises(ConfigError) as caught:
        build(_Outer, {"name": "x", **values}, "x.toml")
    assert told in str(caught.value)


def test_unknown_keys_are_left_out_only_where_that_is_asked_for():
    table = {"name": "x", "more": 1, "inner": {"edge_px": 2, "more": 1}}
    with pytest.raises(ReceiptError, match="Received: more"):
        build(_Outer, table, "x", error=ReceiptError)
    assert build(_Outer, table, "x", is_open=True) == _Outer("x", inner=_Inner(2))


def test_json_is_read_by_the_rules_of_its_standard():
    assert parse_json(b'\xef\xbb\xbf{"a": [1, 2.5, null, true, "\xc3\xa4"]}', "x") == {
        "a": [1, 2.5, None, True, "ä"]
    }
    for text in ("NaN", "[1e999]", '{"a": 1, "a": 1}', "[1,]", "'a'", "01", "[" * 10**5):
        with pytest.raises(ConfigError, match=r"well-formed\. Received: x: "):
            parse_json(text, "x")


def test_a_file_of_toml_that_is_none_is_named(tmp_path):
    path = tmp_path / "x.toml"
    for content in (b"a = ", b"\xff", b"a = " + b"[" * 10**5, b"a = " + b"9" * 10**4):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=r"TOML file\. Received: .*x\.toml"):
            read_toml(path)


def test_what_is_shown_of_a_value_is_short_and_safe():
    assert shown("a\x1b[2J") == r"'a\x1b[2J'"
    assert len(shown("a" * 10**6)) < 70
    assert shown(10 ** (5 * 10**3)) == "int"
