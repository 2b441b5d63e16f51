"""Many pictures in one run: what is read, what is planned, what is done, and what came of it."""
