"""Takes the options of train.pretrain and behaves as the recipe is named, without TensorFlow.

quick: two epochs. endless: one, then nothing more. deaf: the same, and only SIGKILL ends it. refused: the
trainer's error. broken: a traceback.
"""

import argparse
import json
import signal
import sys
import time
from pathlib import Path

HEADER = "epoch,step,loss,learning_rate,seconds,val_psnr,val_ssim\n"
ROWS = ["1,10,0.5,1e-3,1.0,,\n", "2,20,0.25,1e-3,1.0,21.5,0.7\n"]
STEPS = 20


def main() -> None:
    """Be the trainer."""
    parser = argparse.ArgumentParser()
    for name in ("recipe", "out", "data", "init"):
        parser.add_argument(f"--{name}")
    arguments = parser.parse_args()
    if arguments.recipe == "refused":
        sys.exit("train.pretrain: error: A rule. Received: <this>. A way out.")
    if arguments.recipe == "broken":
        raise MemoryError("too large")
    if arguments.recipe == "deaf":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    work(Path(arguments.out), endless=arguments.recipe != "quick")


def work(out: Path, *, endless: bool) -> None:
    """Write what a run leaves behind."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "recipe.json").write_text(json.dumps({"training": {"steps": STEPS}}) + "\nhash\n")
    (out / "log.csv").write_text(HEADER + ROWS[0])
    if endless:
        time.sleep(300)
    (out / "log.csv").write_text(HEADER + "".join(ROWS))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped. The same command goes on from the last checkpoint.")
