"""What a picture file is: reading, writing, alpha and plain interpolation, with Pillow and NumPy only."""
