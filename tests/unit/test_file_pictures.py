"""Pictures written anew: only the pixels survive, and nothing blows up."""

import asyncio
import io
import time

import pytest
from PIL import Image

from helpdesk.files.errors import FileDamagedError, PictureTooLargeError
from helpdesk.files.pictures import PictureWriter
from tests import samples


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/png")],
)
async def test_each_kind_is_written_anew(kind: str, media_type: str):
    sent = samples.picture(kind, size=(900, 600))

    picture = await PictureWriter().rewrite(sent)

    assert (picture.media_type, picture.width, picture.height) == (media_type, 900, 600)
    assert picture.content != sent
    assert opened(picture.content).size == (900, 600)
    assert opened(picture.thumbnail).size == (480, 320)
    assert opened(picture.thumbnail).format == "JPEG"


async def test_place_camera_comment_and_trailer_are_dropped_and_the_picture_stands_upright():
    sent = samples.photograph()
    assert samples.GPS_TAG in opened(sent).getexif()

    picture = await PictureWriter().rewrite(sent)

    shown = opened(picture.content)
    assert dict(shown.getexif()) == {}
    assert b"SECRET" in sent
    assert b"SECRET" not in picture.content + picture.thumbnail
    # Lying, its left half was red; standing, its upper half is.
    assert shown.size == (40, 60)
    upper, lower = shown.getpixel((20, 15)), shown.getpixel((20, 45))
    assert upper[1] < 60 < 200 < lower[1]


async def test_only_the_first_frame_of_an_animation_is_kept():
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    sent = samples.saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert opened(sent).n_frames == 2

    picture = await PictureWriter().rewrite(sent)

    assert getattr(opened(picture.content), "n_frames", 1) == 1
    assert opened(picture.content).convert("RGB").getpixel((20, 20)) == (255, 0, 0)


async def test_transparency_is_kept_in_png_and_lies_on_white_in_the_thumbnail():
    sent = samples.saved(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG")

    picture = await PictureWriter().rewrite(sent)

    assert opened(picture.content).mode == "RGBA"
    assert opened(picture.thumbnail).getpixel((25, 25)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
async def test_unusual_modes_become_something_that_browsers_show(mode: str):
    image = Image.new(mode, (30, 30))
    sent = samples.saved(image, "JPEG" if mode == "CMYK" else "PNG")

    picture = await PictureWriter().rewrite(sent)

    assert opened(picture.content).mode in {"RGB", "RGBA"}


async def test_bomb_is_refused_before_it_takes_memory():
    with pytest.raises(PictureTooLargeError) as refusal:
        await PictureWriter().rewrite(samples.bomb())

    assert refusal.value.fields == {"limit": 40}


@pytest.mark.parametrize(
    "content",
    [
        samples.picture("JPEG", size=(600, 600))[:900],
        samples.picture("PNG")[:60],
        b"\xff\xd8\xff" + b"\0" * 100,
        samples.bomb(100, 100),
        b"GIF89a",
    ],
    ids=["half a JPEG", "half a PNG", "only a signature", "too few pixels", "only a name"],
)
async def test_damaged_picture_is_refused(content: bytes):
    with pytest.raises(FileDamagedError):
        await PictureWriter().rewrite(content)


async def test_the_event_loop_goes_on_meanwhile():
    sent = samples.picture("PNG", size=(6000, 5000))
    latest, longest = time.monotonic(), 0.0
    work = asyncio.create_task(PictureWriter().rewrite(sent))
    while not work.done():
        await asyncio.sleep(0.001)
        now = time.monotonic()
        latest, longest = now, max(longest, now - latest)

    assert (await work).width == 6000
    # Decoding and writing here would take seconds; what is left is the machine's own noise.
    assert longest < 0.6
