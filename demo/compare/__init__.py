"""The Compare tab: every method on one crop."""
