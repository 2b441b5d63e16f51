"""Programs that train networks. Keras is imported here, in silence: TensorFlow reports every missing card."""

import os

from waifu4x_tf.cli.process import native_log_hidden

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with native_log_hidden():
    import keras  # noqa: F401
