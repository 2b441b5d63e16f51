"""Every endpoint under attack: no string of a caller is a path, judged by what is on the disk afterwards."""

import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import pytest
from demo_site import CHECKOUT, end
from PIL import Image

API = "/gradio_api"
# The demo as it is, but for the folder that runs go into and the program that they start.
DEMO = """
import functools, sys
from pathlib import Path
import demo.train.tab
from demo.train.run import TrainingRun
demo.train.tab.what_is_missing = lambda: ""
demo.train.tab.RUNS = Path(sys.argv[1])
demo.train.tab.TrainingRun = functools.partial(TrainingRun, program=(sys.executable, "-c", "pass"))
import demo_app
sys.exit(demo_app.main(["--port", "0", "--pictures", sys.argv[2]]))
"""


def snapshot(base):
    """What is outside of the demo's temporary files: path to a hash of the content."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in base.rglob("*")
        if not path.is_relative_to(base / "tmp")
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A running demo between folders that it must leave alone."""
    base = tmp_path_factory.mktemp("attacked")
    for name in ("tmp", "victim", "offered", "cwd/inner", "checkout"):
        (base / name).mkdir(parents=True)
    (base / "victim" / "keep.txt").write_text("theirs")
    (base / "cwd" / "keep.txt").write_text("theirs")
    environment = {**os.environ, "TMPDIR": str(base / "tmp"), "PYTHONPATH": str(CHECKOUT)}
    log = tmp_path_factory.mktemp("log") / "stderr"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", DEMO, str(base / "checkout" / "runs"), str(base / "offered")],
            cwd=base / "cwd" / "inner",
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        address = process.stdout.readline().split()[2]
        (folder,) = (base / "tmp").glob("waifu4x-demo-*")
        bystander = folder / "visitors" / "0" / "upscale" / "result.png"
        bystander.parent.mkdir(parents=True)
        bystander.write_bytes(b"another visitor's")
        yield SimpleNamespace(
            host=urlsplit(address).netloc, base=base, folder=folder, bystander=bystander, log=log
        )
    finally:
        end(process)


def shapes(site):
    """Ten ways to name a folder that is none of the caller's business."""
    victim = site.base / "victim"
    return [
        str(victim),
        "..",
        "../..",
        ".",
        "",
        os.path.relpath(victim, site.base / "cwd" / "inner"),
        quote(str(victim), safe=""),
        f"..\\..\\{victim.name}",
        f"file://{victim}",
        f"~/\0{victim}",
    ]


def ask(site, method, path, body=None, *, headers=(), patience=60):
    """Status, headers and text of one answer; the path is sent as it is."""
    line = http.client.HTTPConnection(site.host, timeout=patience)
    try:
        sent = dict(headers)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        line.putrequest(method, path, skip_host="Host" in sent)
        for name, value in sent.items():
            line.putheader(name, value)
        if body is not None:
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", errors="replace")
    finally:
        line.close()


@pytest.fixture(scope="module")
def cookie(site):
    """What a browser sends that has loaded the page."""
    _, headers, _ = ask(site, "GET", "/")
    return {"Cookie": headers["set-cookie"].partition(";")[0]}


@pytest.fixture(scope="module")
def endpoints(site):
    """Number, name, whether programs may call it, and the values that the page begins with."""
    config = json.loads(ask(site, "GET", "/config")[2])
    # What a caller sends for a state is not looked at.
    values = {
        each["id"]: False if each["type"] == "state" else each["props"].get("value")
        for each in config["components"]
    }
    found = [
        (
            each["id"],
            each["api_name"],
            each["api_visibility"] == "public",
            [values[i] for i in each["inputs"]],
        )
        for each in config["dependencies"]
    ]
    assert {"upscale", "compare", "begin", "forget", "take", "run"} <= {name for _, name, *_ in found}
    return found


def outcome(site, session, headers):
    """What became of the one call of a session: the output of its last message."""
    _, _, text = ask(site, "GET", f"{API}/queue/data?session_hash={session}", headers=headers)
    messages = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    return next(each["output"] for each in messages if each["msg"] == "process_completed")


@pytest.fixture
def unharmed(site):
    """Nothing beside the demo's own files changes, nobody's are gone, and nothing is said of the inside."""
    before, told = snapshot(site.base), []
    yield told
    time.sleep(0.3)  # a visitor who hung up is forgotten a moment later
    assert snapshot(site.base) == before
    assert site.bystander.read_bytes() == b"another visitor's"
    assert {each.name for each in site.folder.iterdir()} <= {
        "gradio",
        "visitors",
        "favicon.png",
        "train",
    }
    for text in told:
        for word in ("Traceback", "pydantic", "site-packages", str(CHECKOUT), str(site.folder)):
            assert word not in text, text
    assert "Traceback" not in site.log.read_text()


def test_no_session_of_a_caller_is_a_path(site, endpoints, cookie, unharmed):
    for number, name, _, data in endpoints:
        for shape in shapes(site):
            for path, by_number in (("queue/join", True), (f"run/{name}", False), (f"call/{name}", False)):
                body = {"data": data, "session_hash": shape, "event_id": shape}
                body |= {"fn_index": number} if by_number else {}
                status, _, text = ask(site, "POST", f"{API}/{path}", body, headers=cookie)
                assert (status, "A session is" in text) == (400, True), (name, shape, text)
                unharmed.append(text)


def test_private_endpoints_are_for_pages_that_the_demo_has_sent(site, endpoints, unharmed):
    private = [each for each in endpoints if not each[2]]
    forged = {"Cookie": "waifu4x_page_00000000=0.0; other=1"}
    for number, name, _, data in private:
        for headers in ({}, forged):
            for path in ("queue/join", "run/predict", f"run/{name}", f"api/{name}", f"call/{name}"):
                body = {"data": data, "fn_index": number, "session_hash": "good"}
                status, _, text = ask(site, "POST", f"{API}/{path}", body, headers=headers)
                assert status in (403, 404), (name, path, text)
                unharmed.append(text)


def test_the_page_calls_what_needs_no_queue_by_its_number(site, endpoints, cookie, unharmed):
    ((number, *_),) = [each for each in endpoints if each[1] == "models"]
    body = {"data": [], "fn_index": number, "session_hash": "good"}
    status, _, text = ask(site, "POST", f"{API}/run/predict", body, headers=cookie)
    assert (status, json.loads(text)["data"]) == (200, [["compact", "large"]])


def test_nobody_calls_what_happens_when_a_visitor_leaves(site, endpoints, cookie, unharmed):
    ((number, *_),) = [each for each in endpoints if each[1] == "forget"]
    for path in ("queue/join", "run/forget", "call/forget"):
        body = {"data": [], "fn_index": number, "session_hash": "good"}
        assert ask(site, "POST", f"{API}/{path}", body, headers=cookie)[0] == 403


def test_no_string_among_the_values_is_a_path(site, endpoints, cookie, unharmed):
    """As the page itself calls, one value after the other; the rest is what the page begins with."""
    calls = []
    for number, name, _, data in endpoints:
        if name in ("forget", "go_on"):
            continue
        for index, value in enumerate(data):
            for shape in shapes(site) if value is None or isinstance(value, str) else ():
                # This starts a training in a folder of the demo's own choice, as it should.
                if not name.startswith("begin") or shape:
                    calls.append((number, [*data[:index], shape, *data[index + 1 :]]))

    def call(number, data):
        session = f"values-{threading.get_ident()}"  # a new one costs far more than a call
        body = {"data": data, "fn_index": number, "session_hash": session}
        status, _, text = ask(site, "POST", f"{API}/queue/join", body, headers=cookie)
        assert status == 200, text
        return json.dumps(outcome(site, session, cookie))

    with ThreadPoolExecutor(16) as pool:
        unharmed += pool.map(call, *zip(*calls, strict=True))
    assert len(unharmed) > 400


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Pictures are drawn ones, or those of a folder that is shown"), ("zh", "请选择显示的其中一项")],
)
def test_pictures_to_train_on_are_named_from_a_list_and_never_by_a_path(
    site, endpoints, cookie, unharmed, language, told
):
    ((number, _, _, data),) = [each for each in endpoints if each[1] == "begin"]
    headers = {**cookie, "Accept-Language": language}
    offered = site.base / "offered"
    for name in filter(
        None, [*shapes(site), str(offered), "offered/", "./offered", "offered/../victim", "OFFERED"]
    ):
        body = {"data": [*data[:2], name, *data[3:]], "fn_index": number, "session_hash": "pictures"}
        assert ask(site, "POST", f"{API}/queue/join", body, headers=headers)[0] == 200
        found = outcome(site, "pictures", headers)
        assert told in json.dumps(found, ensure_ascii=False), (name, found)
        unharmed.append(json.dumps(found))


@pytest.mark.parametrize("way", ["path", "files"])
def test_no_file_of_a_call_is_one_that_was_not_uploaded(site, endpoints, cookie, unharmed, way):
    secret = (site.base / "victim" / "keep.txt").read_text()
    for number, name, public, data in endpoints:
        if not (public and data) or name == "models":
            continue
        for shape in [*shapes(site), str(site.bystander), str(site.folder), str(site.folder / "gradio")]:
            file = {"path": shape, "meta": {"_type": "gradio.FileData"}, "orig_name": shape, "url": shape}
            first = file if way == "path" else [file, {"path": shape}]
            body = {"data": [first, *data[1:]], "fn_index": number, "session_hash": "files"}
            assert ask(site, "POST", f"{API}/queue/join", body)[0] == 200
            found = outcome(site, "files", {})
            assert isinstance(found["error"], str), found
            assert secret not in json.dumps(found)
            unharmed.append(json.dumps(found))


def test_no_address_and_no_header_is_a_path(site, cookie, unharmed):
    for shape in shapes(site):
        header = shape.replace("\0", "")
        for written in {quote(shape, safe=""), quote(shape.replace("\0", "%00"), safe="/%.\\")} - {""}:
            for path in ("file=", "file/", "queue/data?session_hash=", "call/upscale/", "stream/"):
                status, _, text = ask(site, "GET", f"{API}/{path}{written}", headers=cookie)
                # An event that nobody knows is told as one, in the stream of what becomes of it.
                assert status >= 400 or "not_found" in text or "event: error" in text, (path, written)
                assert "theirs" not in text
            for path in ("deep_link?session_hash=", "proxy=", "custom_component/a/client/b/", "dev/reload?"):
                assert ask(site, "GET", f"{API}/{path}{written}")[0] in (400, 404)
            line = http.client.HTTPConnection(site.host, timeout=60)
            line.putrequest("GET", f"{API}/heartbeat/{written}")
            for name in ("session_hash", "X-Session-Hash", "Referer"):
                line.putheader(name, header)
            line.putheader("Cookie", f"{cookie['Cookie']}; waifu4x_language={quote(header)}")
            line.endheaders()
            assert line.getresponse().status in (400, 404)
            line.close()


def test_what_another_visitor_has_is_not_served(site, cookie, unharmed):
    for name in (site.bystander, "visitors/0/upscale/result.png", site.folder / "favicon.png"):
        assert ask(site, "GET", f"{API}/file={name}", headers=cookie)[0] == 403


def test_who_hangs_up_deletes_nothing_of_others(site, unharmed):
    for session in ("upscale", "0", "visitors"):
        line = http.client.HTTPConnection(site.host, timeout=60)
        line.request("GET", f"{API}/heartbeat/{session}")
        assert line.getresponse().status == 200
        line.close()


@pytest.mark.parametrize("route", ["component_server", "component_server/", "process_recording", "vibe-edit"])
def test_what_the_page_has_no_use_for_is_not_there(site, cookie, unharmed, route):
    for shape in shapes(site):
        body = {"data": shape, "component_id": 0, "fn_name": shape, "session_hash": shape}
        assert ask(site, "POST", f"{API}/{route}", body, headers=cookie)[0] == 404


def test_the_name_of_an_upload_leads_nowhere(site, unharmed):
    for shape in shapes(site):
        disposition = f'form-data; name="files"; filename="{shape}"'.replace("\0", "")
        body = f"--gap\r\nContent-Disposition: {disposition}\r\n\r\ncontent\r\n--gap--\r\n".encode()
        headers = {
            "Content-Type": "multipart/form-data; boundary=gap",
            "session_hash": shape.replace("\0", ""),
        }
        status, _, text = ask(site, "POST", f"{API}/upload?upload_id={quote(shape)}", body, headers=headers)
        assert status in (200, 400), text
        if status == 200:
            for path in json.loads(text):
                assert Path(path).resolve().is_relative_to(site.folder / "gradio")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"[" * 100_000,
        {},
        {"data": 1, "fn_index": 0},
        {"data": [], "fn_index": "0", "session_hash": "a"},
        {"data": [], "fn_index": True, "session_hash": "a"},
        {"data": [], "fn_index": 10**30, "session_hash": "a"},
        {"data": [], "fn_index": -1, "session_hash": "a"},
        {"data": [], "session_hash": ["a"]},
    ],
)
def test_a_forged_call_gets_one_sentence(site, unharmed, body):
    headers = {"Content-Type": "application/json"}
    for path in ("queue/join", "call/upscale", "run/upscale", "cancel", "reset", "call/v2/upscale"):
        status, _, text = ask(site, "POST", f"{API}/{path}", body, headers=headers)
        if status != 200:
            assert "Received" in text or "function index" in text, (path, text)
        unharmed.append(text)


def test_forged_values_get_one_sentence(site, endpoints, unharmed):
    for number, name, public, data in endpoints:
        if not public:
            continue
        for turn, bad in enumerate(([], {}, "x", 1e300, {"path": 1}, [[]], True)):
            body = {
                "data": [bad] * len(data),
                "fn_index": number,
                "session_hash": "forged",
                "batched": turn == 0,
            }
            status, _, text = ask(site, "POST", f"{API}/queue/join", body)
            assert status == 200, text
            found = outcome(site, "forged", {})
            if data:
                assert found["error"].count("\n") == 0, found
                assert "Received" in found["error"], (name, bad, found)
            unharmed.append(json.dumps(found))


def test_a_session_that_nobody_has_is_told_without_a_trace(site, unharmed):
    _, _, text = ask(site, "GET", f"{API}/queue/data?session_hash=nobody")
    unharmed.append(text)


@pytest.mark.parametrize("path", ["/", "/config", f"{API}/queue/join", f"{API}/file=/etc/passwd"])
def test_a_foreign_name_and_a_foreign_page_get_nothing(site, cookie, path):
    for method, body in (("GET", None), ("POST", {"data": [], "fn_index": 0, "session_hash": "a"})):
        foreign = {"Host": "evil.example", **cookie}
        assert ask(site, method, path, body, headers=foreign)[0] == 421
        foreign = {"Origin": "http://evil.example", **cookie}
        assert ask(site, method, path, body, headers=foreign)[0] == 403


def test_who_leaves_takes_the_own_results_away_and_nobody_elses(site, endpoints, cookie, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "small.png")
    body = b'--gap\r\nContent-Disposition: form-data; name="files"; filename="small.png"\r\n\r\n'
    body += (tmp_path / "small.png").read_bytes() + b"\r\n--gap--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=gap", **cookie}
    (uploaded,) = json.loads(ask(site, "POST", f"{API}/upload", body, headers=headers)[2])
    file = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
    numbers = {}
    for number, name, _, data in reversed(endpoints):
        numbers[name] = number, data
    before = set((site.folder / "visitors").iterdir())
    for name, first in (("take", [[file]]), ("run", [])):
        number, data = numbers[name]
        call = {"data": [*first, *data[len(first) :]], "fn_index": number, "session_hash": "leaver"}
        assert ask(site, "POST", f"{API}/queue/join", call, headers=cookie)[0] == 200
        outcome(site, "leaver", cookie)
    (own,) = set((site.folder / "visitors").iterdir()) - before
    assert re.fullmatch("[0-9a-f]{32}", own.name)
    assert [path.name for path in own.glob("upscale-*/*.png")] == ["small_4x.png"]
    for headers, is_there in (({}, True), (cookie, False)):
        line = http.client.HTTPConnection(site.host, timeout=60)
        line.request("GET", f"{API}/heartbeat/leaver", headers=headers)
        line.getresponse()
        line.sock.close()
        line.close()
        until = time.monotonic() + 10
        while own.exists() != is_there and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5 if is_there else 0)
        assert own.exists() == is_there
    assert site.bystander.is_file()
