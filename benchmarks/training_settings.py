"""What our training step and PyTorch's have in common."""

VGG_LAYER = "conv3_1"
STEP = "the whole step"
DISCRIMINATOR_WIDTH = 32
