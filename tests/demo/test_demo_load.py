"""Many visitors at once, one who leaves in the middle, and what is left when all are gone."""

import http.client
import json
import threading
import time
from urllib.parse import urlsplit

import pytest
from demo_site import CHECKOUT, running_demo
from gradio_client import Client, handle_file
from PIL import Image
from test_demo_app import asked_of_upscale

from waifu4x_tf.data.procedural import draw_rgb

pytestmark = pytest.mark.slow

VISITORS = 20
STICKER = CHECKOUT / "examples" / "sticker.png"


def test_of_twenty_at_once_none_is_lost_and_places_are_told(demo_address, tmp_path):
    Image.fromarray(draw_rgb(2, seed=8, width=64, height=48)).save(tmp_path / "small.png")
    clients = [
        # By default one of them gives up when an answer takes 5 seconds, which a busy computer may.
        Client(demo_address, verbose=False, download_files=False, httpx_kwargs={"timeout": 60})
        for _ in range(VISITORS)
    ]
    sizes, places = [], set()

    def visit(client):
        job = client.submit(handle_file(str(tmp_path / "small.png")), api_name="/upscale")
        while not job.done():
            places.add(job.status().rank)
            time.sleep(0.02)
        sizes.append(job.result()[1]["width"])

    threads = [threading.Thread(target=visit, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for client in clients:
        client.close()
    assert sizes == [256] * VISITORS
    assert max(place for place in places if place is not None) >= VISITORS // 2


def asked_and_left(address, path):
    """Ask for a picture as a stranger would, and hang up as soon as the work has begun."""
    host = urlsplit(address).netloc
    line = http.client.HTTPConnection(host)
    boundary = "gap"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="large.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    ).encode()
    body += path.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    line.request(
        "POST", "/gradio_api/upload", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    )
    uploaded = json.loads(line.getresponse().read())[0]
    data = asked_of_upscale({"path": uploaded, "meta": {"_type": "gradio.FileData"}})
    line.request(
        "POST",
        "/gradio_api/call/upscale",
        json.dumps({"data": data}),
        {"Content-Type": "application/json"},
    )
    event = json.loads(line.getresponse().read())["event_id"]
    line.close()
    line = http.client.HTTPConnection(host)
    line.request("GET", f"/gradio_api/call/upscale/{event}")
    answer = line.getresponse()
    while b"generating" not in answer.fp.readline():
        pass
    answer.close()
    line.close()


def test_who_leaves_in_the_middle_frees_the_place(demo_address, tmp_path):
    Image.fromarray(draw_rgb(1, seed=4, width=3600, height=3600)).save(tmp_path / "large.png")
    client = Client(demo_address, verbose=False, download_files=False)
    started = time.monotonic()
    client.predict(handle_file(str(STICKER)), api_name="/upscale")
    alone = time.monotonic() - started
    asked_and_left(demo_address, tmp_path / "large.png")
    started = time.monotonic()
    client.predict(handle_file(str(STICKER)), api_name="/upscale")
    # The large picture is two hundred times the sticker: who had to wait for it would wait far longer.
    assert time.monotonic() - started < 20 * alone
    client.close()


def test_nothing_is_left_behind(tmp_path):
    with running_demo(TMPDIR=str(tmp_path)) as address:
        client = Client(address, verbose=False, download_files=False)
        client.predict(handle_file(str(STICKER)), api_name="/upscale")
        client.close()
        assert list(tmp_path.glob("waifu4x-demo-*"))
    assert list(tmp_path.glob("waifu4x-demo-*")) == []
