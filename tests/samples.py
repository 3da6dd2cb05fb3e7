"""Files as people send them, made here: pictures with and without secrets in them, and what is not accepted."""

import io
import struct
import zlib

from PIL import Image

# A place in Beijing, as a telephone writes it.
GPS = {1: "N", 2: (39.0, 54.0, 26.0), 3: "E", 4: (116.0, 23.0, 29.0)}
ORIENTATION, CAMERA, GPS_TAG = 0x0112, 0x0110, 0x8825
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
AMR = b"#!AMR\n" + b"\x3c\x91\x17\x16\xbe\x66\x79\xe1\xe0\x01\xe7\xaf\xf0\x00\x00\x00" * 8
MP3 = b"\xff\xfb\x90\x64" + b"\0" * 413
M4A = b"\0\0\0\x20ftypM4A \0\0\0\0M4A mp42isom\0\0\0\0" + b"\0" * 64
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(
    kind: str = "PNG", *, size: tuple[int, int] = (320, 200), colour: str = "steelblue", **options: object
) -> bytes:
    """Return a picture of one colour."""
    mode = "RGB" if kind != "GIF" else "P"
    image = Image.new("RGB", size, colour).convert(mode)
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]  # passed through
    return buffer.getvalue()


def photograph() -> bytes:
    """Return a JPEG that lies on its side and says where and with what it was taken."""
    image = Image.new("RGB", (60, 40), "white")
    image.paste("red", (0, 0, 30, 40))
    exif = Image.Exif()
    # To be turned by a quarter to the right.
    exif[ORIENTATION], exif[CAMERA] = 6, "SECRET-CAMERA"
    exif.get_ifd(GPS_TAG).update(GPS)
    return saved(image, "JPEG", exif=exif, comment=b"SECRET-COMMENT", quality=95) + b"SECRET-TRAILER"


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a PNG of a few hundred bytes that says it has 900 million pixels."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", zlib.crc32(kind + content))
