"""The risk notices: one for each type, about the offer and not about the customer, with nothing to click."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpdesk.gray import service
from helpdesk.gray.model import AppealOutcome, FlagRole, FlagState
from helpdesk.gray.notice import Notice, notices
from helpdesk.texts import titles
from tests.factories import ROOT

LONGEST = 130
TYPES = set(yaml.safe_load((ROOT / "data/lexicon/cues.yml").read_text(encoding="utf-8"))["gray"])
FORBIDDEN: list[dict[str, Any]] = yaml.safe_load((ROOT / "knowledge/forbidden.yml").read_text(encoding="utf-8"))[
    "promises"
]
PHONES = set(yaml.safe_load((ROOT / "knowledge/phones.yml").read_text(encoding="utf-8"))["phones"])
LINK = re.compile(r"https?:|www\.|[a-z0-9-]+\.(?:cn|com|net|org)|//|二维码|点击|链接", re.IGNORECASE)
# Said to somebody rather than of an offer, or threatening.
ACCUSING = re.compile(
    r"您(?:涉嫌|参与|正在|已被|被(?:标记|列入|认定)|的行为|从事|违法|犯罪)|我们(?:发现|怀疑|监测)|系统(?:发现|识别|监测)"
    r"|疑似|嫌疑|黑名单|将(?:被|会)?(?:起诉|追究|冻结|封)|移交|后果自负|否则"
)
EACH = pytest.mark.parametrize("notice", notices().values(), ids=lambda notice: notice.template)


def broken_rules(text: str) -> list[str]:
    """Return what a notice may not say."""
    found = [rule["why"] for rule in FORBIDDEN if re.search(rule["pattern"], text)]
    return found + [name for name, rule in [("link", LINK), ("accusation", ACCUSING)] if rule.search(text)]


def test_every_type_that_the_bot_notices_has_a_notice():
    assert set(notices()) == TYPES


@EACH
def test_notice_breaks_no_rule(notice: Notice):
    assert broken_rules(notice.text) == []
    assert notice.text.startswith("风险提示：")
    assert len(notice.text) <= LONGEST
    assert notice.version >= 1


@EACH
def test_notice_names_official_ways_only(notice: Notice):
    numbers = set(re.findall(r"\d{3,}", notice.text))

    assert "110" in numbers
    assert numbers <= PHONES


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("您涉嫌参与跑分", "accusation"),
        ("我们发现您在咨询征信修复", "accusation"),
        ("请立即停止，否则移交公安", "accusation"),
        ("详情见 https://example.org", "link"),
        ("点击查看", "link"),
    ],
)
def test_accusations_and_links_would_be_noticed(text: str, rule: str):
    assert rule in broken_rules(text)


def test_everything_that_the_desk_shows_of_a_flag_has_a_name():
    source = Path(service.__file__).read_text(encoding="utf-8")
    kinds = set(re.findall(r'_note\(\s*session, flag, "(\w+)"', source))
    kinds |= {f"appeal_{outcome.value}" for outcome in AppealOutcome}
    wanted = {f"type_{name}" for name in TYPES} | {f"event_{kind}" for kind in kinds}
    wanted |= {f"state_{state.value}" for state in FlagState} | {f"role_{role.value}" for role in FlagRole}

    assert "raised" in kinds
    assert set(titles("gray")) == wanted
