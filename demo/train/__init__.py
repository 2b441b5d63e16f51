"""The Train tab: a training run from its start to the network taken."""
