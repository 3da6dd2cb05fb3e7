"""What a file is called: never a path, never a claim."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.files.model import NAME_LIMIT
from helpdesk.files.names import clean_name
from helpdesk.files.sniffing import SUFFIXES

CASES = {
    "plain": ("聊天截图.png", "image/png", "聊天截图.png"),
    "another ending of the type": ("a.JPEG", "image/jpeg", "a.jpeg"),
    "a lie": ("合同.pdf", "image/png", "合同.png"),
    "a program's ending": ("照片.jpg.exe", "image/jpeg", "照片.jpg"),
    "no ending": ("IMG_0001", "image/jpeg", "IMG_0001.jpg"),
    "a date is no ending": ("记录 2026.11.22", "text/plain", "记录 2026.11.22.txt"),
    "a path": ("../../etc/passwd", "text/plain", "passwd.txt"),
    "a Windows path": (r"C:\Users\x\证据.txt", "text/plain", "证据.txt"),
    "nothing": ("", "image/png", "file.png"),
    "only dots": ("...", "image/png", "file.png"),
    "line breaks": ("a\r\nSet-Cookie: x.png", "image/png", "a Set-Cookie_ x.png"),
    "writing backwards": ("gnp.\u202eexe.png", "image/png", "gnp. exe.png"),
    "a card number": ("6222021234567890128.png", "image/png", "[银行卡尾号0128].png"),
}


@pytest.mark.parametrize("name", list(CASES))
def test_names_end_as_their_content_does(name: str):
    given_name, media_type, wanted = CASES[name]

    assert clean_name(given_name, media_type) == wanted


@given(st.text(max_size=300), st.sampled_from(sorted(SUFFIXES)))
def test_any_name_becomes_one_short_visible_line(name: str, media_type: str):
    cleaned = clean_name(name, media_type)

    assert 0 < len(cleaned) <= NAME_LIMIT
    assert cleaned.isprintable()
    assert not set(cleaned) & set('\\/:*?"<>|%;')
    assert cleaned.rpartition(".")[2] in SUFFIXES[media_type]
    assert not cleaned.startswith(".")
