"""A network with its card, rewritten files, calibration patches, and whether a folder changed."""

import hashlib
import json
from pathlib import Path

CARD = {"name": "tiny", "scale": 4, "receptive_radius": 6}


def save_with_card(model, folder: Path, **card: object) -> Path:
    """Write generator.keras and card.json as train.pretrain does; the path of the network."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "generator.keras")
    (folder / "card.json").write_text(json.dumps({**CARD, **card}))
    return folder / "generator.keras"


def contents_of(folder: Path) -> dict[str, str]:
    """sha256 of every file by its relative path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rewritten(content: bytes, *rewrites) -> bytes:
    """A .tflite parsed, changed by each of the rewrites, and packed again."""
    from export.tflite_graph import TfliteGraph

    graph = TfliteGraph(content)
    for rewrite in rewrites:
        rewrite(graph)
    return graph.packed()


def for_tiles(content: bytes, side_px: int) -> bytes:
    """A .tflite of dynamic size, for tiles of one size from now on."""
    from export.rewrite import fix_size

    return rewritten(content, lambda graph: fix_size(graph, side_px))


def drawn_patches(lr_size: int) -> list:
    """Eight calibration patches of four drawings, and the flat fields."""
    from export.tflite import calibration_patches
    from waifu4x_tf.data.procedural import draw_rgb

    drawings = [draw_rgb(index, seed=3, width=4 * lr_size, height=4 * lr_size) for index in range(4)]
    return calibration_patches(drawings, scale=4, count=8, lr_size=lr_size)
