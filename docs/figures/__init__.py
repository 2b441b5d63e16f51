"""The pictures of docs/method.md, each computed by the project from pictures that it draws."""
