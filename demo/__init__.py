"""The pages of the browser demo, one tab a folder; demo_app.py starts it."""
