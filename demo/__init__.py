"""The pages of the browser demo, one tab a file; demo_app.py starts it."""
