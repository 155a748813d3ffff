"""Pictures as text for Typst, which takes data as JSON: an SVG that holds the picture whole."""

import base64
from io import BytesIO

from PIL import Image


def jpeg(content: bytes) -> str:
    """A JPEG inside an SVG of its own size."""
    return _svg(content, "image/jpeg")


def png(content: bytes) -> str:
    """A PNG inside an SVG of its own size."""
    return _svg(content, "image/png")


def _svg(content: bytes, media_type: str) -> str:
    with Image.open(BytesIO(content)) as image:
        width, height = image.size
    data = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><image width="{width}" height="{height}" '
        f'href="data:{media_type};base64,{data}"/></svg>'
    )
