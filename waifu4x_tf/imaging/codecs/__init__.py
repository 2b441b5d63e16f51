"""The formats of picture files, as far as Pillow does not read or write all that travels in them."""
