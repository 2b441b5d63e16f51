FROM python:3.12-slim

RUN useradd --create-home --uid 1000 waifu4x
WORKDIR /home/waifu4x/app
COPY --chown=waifu4x:waifu4x pyproject.toml README.md LICENSE demo_app.py ./
COPY --chown=waifu4x:waifu4x waifu4x_tf ./waifu4x_tf
COPY --chown=waifu4x:waifu4x demo ./demo
COPY --chown=waifu4x:waifu4x examples ./examples
COPY --chown=waifu4x:waifu4x docs ./docs
RUN python -m pip install --no-cache-dir '.[demo]'

USER waifu4x
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=4)"]
CMD ["python", "demo_app.py", "--host", "0.0.0.0"]
