"""A process of its own that writes one picture anew: a hostile picture can exhaust or crash this, and nothing else.

Run by `pictures.py`: the picture on the standard input; on the standard output a line of JSON with the lengths of what
follows, the picture and its thumbnail. Nothing of the original survives but its pixels: no EXIF with its place and
time, no comments, no profiles, no bytes after the end, no further frames.
"""

import io
import json
import resource
import sys
import warnings
from typing import Any

from PIL import Image, ImageOps

MOST_PIXELS = 40_000_000
THUMBNAIL_SIDE = 480
# Exit codes by which the parent knows why there is no answer.
DAMAGED = 3
TOO_LARGE = 4

_MEMORY_BYTES = 2 * 1024**3
_CPU_SECONDS = 30
_JPEG_QUALITY = 90
_WEBP_QUALITY = 90
_THUMBNAIL_QUALITY = 80
# Screenshots compress well at the fastest level too; the best one takes many seconds for 40 million pixels.
_PNG_LEVEL = 3
_FORMATS = {"JPEG": "JPEG", "MPO": "JPEG", "PNG": "PNG", "GIF": "PNG", "WEBP": "WEBP"}
_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def rewrite(content: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """Return the description, the picture and the thumbnail.

    Raises:
        Image.DecompressionBombError: More than `MOST_PIXELS`.
        OSError, ValueError, SyntaxError, EOFError: The picture is damaged.
    """
    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "GIF", "WEBP"]) as opened:
        # Known from its head, before a single pixel takes memory.
        if opened.width * opened.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        target = _FORMATS[opened.format or ""]
        opened.load()
        picture = _pixels(ImageOps.exif_transpose(opened), is_jpeg=target == "JPEG")
    options: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": _JPEG_QUALITY},
        "PNG": {"compress_level": _PNG_LEVEL},
        "WEBP": {"quality": _WEBP_QUALITY, "method": 2},
    }
    described = {"type": _MEDIA_TYPES[target], "width": picture.width, "height": picture.height}
    thumbnail = _saved(_flat(_small(picture)), "JPEG", quality=_THUMBNAIL_QUALITY)
    return described, _saved(picture, target, **options[target]), thumbnail


def _pixels(image: Image.Image, *, is_jpeg: bool) -> Image.Image:
    """Return the pixels alone, in a mode that every browser shows."""
    has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    plain = _flat(image) if is_jpeg or not has_alpha else image.convert("RGBA")
    plain.info = {}
    return plain


def _small(picture: Image.Image) -> Image.Image:
    """Return a picture that fits the thumbnail's square; a small one as it is."""
    share = min(1.0, THUMBNAIL_SIDE / picture.width, THUMBNAIL_SIDE / picture.height)
    size = max(1, round(picture.width * share)), max(1, round(picture.height * share))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _flat(image: Image.Image) -> Image.Image:
    """Return a picture without transparency, which lies on white."""
    if image.mode == "RGBA" or "transparency" in image.info or image.mode in {"LA", "PA"}:
        layered = image.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    if image.mode.startswith("I;16"):
        # Sixteen bits of grey: a plain conversion would cut them off instead of scaling them.
        image = image.point(lambda value: value / 256).convert("L")
    return image.convert("RGB")


def _saved(image: Image.Image, target: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, target, **options)
    return buffer.getvalue()


def main() -> int:
    """Answer on the standard output; return the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    # Nothing may be written to a file from here.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    try:
        described, picture, thumbnail = rewrite(sys.stdin.buffer.read())
    except (Image.DecompressionBombError, MemoryError):
        return TOO_LARGE
    except Exception:  # whatever a decoder raises on hostile bytes, the picture cannot be read
        return DAMAGED
    head = json.dumps({**described, "size": len(picture), "thumbnail_size": len(thumbnail)}).encode()
    sys.stdout.buffer.write(head + b"\n" + picture + thumbnail)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
