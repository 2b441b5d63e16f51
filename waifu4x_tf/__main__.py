"""``python -m waifu4x_tf`` is the same as ``waifu4x``."""

import sys

from waifu4x_tf.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
