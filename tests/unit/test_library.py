"""The articles in service: loaded whole or not at all, and the last good version survives a broken edit."""

import os
from pathlib import Path

import pytest

from helpdesk.knowledge.library import LibraryError, LiveLibrary, load_library
from tests.factories import make_knowledge, write_article


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


def reasons(folder: Path) -> list[str]:
    with pytest.raises(LibraryError) as refused:
        load_library(folder)
    assert str(refused.value) == "\n".join(str(problem) for problem in refused.value.problems)
    return [problem.reason for problem in refused.value.problems]


def test_library_holds_every_article_with_its_lists(folder: Path):
    library = load_library(folder)

    assert set(library.articles) == {"repay_early", "overdue_fee", "pii_leak", "victim_stop", "old_offer"}
    assert library.topics["overdue"] == "逾期"
    assert library.groups["repay"] == "还款与结清"


def test_every_broken_article_is_named_at_once(folder: Path):
    write_article(folder, "first", short=None)
    write_article(folder, "second", handoff="maybe")

    assert len(reasons(folder)) == 2


def test_an_id_can_be_used_once(folder: Path):
    write_article(folder, "repay_early", group="overdue")

    assert reasons(folder) == [f"id: repay_early is also the id of {folder}/overdue/repay_early.md"]


def test_an_id_is_its_file_name(folder: Path):
    write_article(folder, "other", id="another")

    assert reasons(folder) == ["id: another is not the file's name"]


def test_a_topic_must_be_known(folder: Path):
    write_article(folder, "other", topic="weather")

    assert reasons(folder) == ["topic: weather is not in topics.yml"]


def test_a_group_must_be_known(folder: Path):
    write_article(folder, "other", group="weather")

    assert reasons(folder) == ["the folder weather is not in groups.yml"]


def test_related_articles_must_exist(folder: Path):
    write_article(folder, "other", related=["repay_early", "nowhere"])

    assert reasons(folder) == ["related: nowhere does not exist"]


@pytest.mark.parametrize("raw", [b"- a\n", b"a: [\n", b"\xff\xfe"], ids=["a list", "bad YAML", "not UTF-8"])
def test_a_broken_list_is_refused(folder: Path, raw: bytes):
    (folder / "topics.yml").write_bytes(raw)

    assert len(reasons(folder)) == 1


def test_an_edit_is_served_after_the_next_look(folder: Path):
    live = LiveLibrary(folder)
    write_article(folder, "repay_early", title="新的标题")

    changed = live.refresh()

    assert changed
    assert live.current.articles["repay_early"].title == "新的标题"


def test_nothing_is_loaded_again_without_an_edit(folder: Path):
    live = LiveLibrary(folder)
    before = live.current

    changed = live.refresh()

    assert not changed
    assert live.current is before


@pytest.mark.parametrize("day", ["2026-02-30", "[", "soon"], ids=["an impossible day", "bad YAML", "not a day"])
def test_the_last_good_version_stays_in_service_while_an_edit_is_broken(
    folder: Path, caplog: pytest.LogCaptureFixture, day: str
):
    live = LiveLibrary(folder)
    before = live.current
    path = folder / "repay" / "repay_early.md"
    good = path.read_text()
    path.write_text(good.replace("2027-03-31", day))

    changed = live.refresh()

    assert not changed
    assert live.current is before
    assert "repay_early.md" in caplog.text


def test_a_mended_edit_is_served(folder: Path):
    live = LiveLibrary(folder)
    path = folder / "repay" / "repay_early.md"
    good = path.read_text()
    path.write_text("broken")
    live.refresh()
    path.write_text(good.replace("提前还款怎么操作", "新的标题"))

    changed = live.refresh()

    assert changed
    assert live.current.articles["repay_early"].title == "新的标题"


def test_an_article_that_goes_takes_its_place_with_it(folder: Path):
    live = LiveLibrary(folder)
    (folder / "repay" / "old_offer.md").unlink()

    live.refresh()

    assert "old_offer" not in live.current.articles


def test_an_edit_within_the_same_moment_is_seen_by_its_size(folder: Path):
    live = LiveLibrary(folder)
    path = folder / "repay" / "repay_early.md"
    stamp = path.stat().st_mtime_ns
    path.write_text(path.read_text() + "再加一句。\n")
    os.utime(path, ns=(stamp, stamp))

    assert live.refresh()


def test_a_process_does_not_start_with_a_broken_library(folder: Path):
    write_article(folder, "other", handoff="maybe")

    with pytest.raises(LibraryError):
        LiveLibrary(folder)
