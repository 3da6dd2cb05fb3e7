"""What a file is: by its content, whatever it is called."""

import pytest

from helpdesk.files.errors import FileEmptyError, FileTypeRefusedError
from helpdesk.files.sniffing import TEXT_MOST_BYTES, FileType, sniff
from tests import samples

ACCEPTED = {
    FileType.JPEG: samples.picture("JPEG"),
    FileType.PNG: samples.picture("PNG"),
    FileType.WEBP: samples.picture("WEBP"),
    FileType.GIF: samples.picture("GIF"),
    FileType.PDF: samples.PDF,
    FileType.TEXT: "对方：先交保证金\n我：好的\n".encode(),
    FileType.AMR: samples.AMR,
    FileType.MP3: samples.MP3,
    FileType.M4A: samples.M4A,
}
REFUSED = {
    "svg": (samples.SVG, "markup"),
    "svg without a head": (b"<svg onload=alert(1)>", "markup"),
    "html": (b"<!DOCTYPE html><p>", "markup"),
    "html behind words": ("你好 <script>alert(1)</script>".encode(), "markup"),
    "html with a byte order mark": (b"\xef\xbb\xbf  <html>", "markup"),
    "html in GBK": ("您好<iframe src=x>".encode("gb18030"), "markup"),
    "docx": (b"PK\x03\x04" + b"\0" * 40, "archive"),
    "doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 40, "archive"),
    "rar": (b"Rar!\x1a\x07\x00", "archive"),
    "exe": (b"MZ\x90\x00" + b"\0" * 60, "program"),
    "elf": (b"\x7fELF\x02\x01", "program"),
    "script": (b"#!/bin/sh\nrm -rf x\n", "program"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
    "bytes": (bytes(range(256)), "unknown"),
    "tiff": (b"II*\x00\x08\x00\x00\x00" + b"\0" * 40, "unknown"),
    "more text than a chat": ("字".encode() * (TEXT_MOST_BYTES // 3 + 1), "unknown"),
}


@pytest.mark.parametrize("wanted", list(ACCEPTED), ids=lambda wanted: wanted.name)
def test_accepted_types_are_known_by_their_content(wanted: FileType):
    assert sniff(ACCEPTED[wanted]) is wanted


@pytest.mark.parametrize("name", list(REFUSED))
def test_everything_else_is_refused_with_what_it_looks_like(name: str):
    content, kind = REFUSED[name]

    with pytest.raises(FileTypeRefusedError) as refusal:
        sniff(content)

    assert refusal.value.fields == {"kind": kind}


def test_nothing_is_refused():
    with pytest.raises(FileEmptyError):
        sniff(b"")


def test_text_of_older_programs_is_read():
    assert sniff("转账记录".encode("gb18030")) is FileType.TEXT
