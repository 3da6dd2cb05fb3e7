"""A small assistant, really trained: importer, every component, model file and parse."""

from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pytest
import rasa.model_training
import yaml
from rasa.shared.utils.io import read_config_file

from bot.engine.model import NluModel, NoModelError
from tests.nlu.test_importer import write

ROOT = Path(__file__).resolve().parents[2]
FLOWS = {
    "greet": ["你好", "您好", "在吗"],
    "request_human": ["转人工", "人工客服", "找真人"],
    "report_scam": ["我被骗了", "钱被骗走了", "被诈骗了"],
    "crisis": ["不想活了", "活不下去了", "想死"],
    "out_of_scope": ["今天天气怎么样", "推荐部电影", "怎么做菜"],
}
QUESTIONS = {
    "repay_early": ["提前还款怎么操作", "能提前结清吗", "想一次还清"],
    "card_unbind": ["怎么解绑银行卡", "换一张卡", "银行卡解除绑定"],
    "credit_fix": ["征信有错怎么改", "征信异议怎么提", "信用报告错了"],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three articles and five flows, with the repository's pipeline and lexicon."""
    folder = tmp_path_factory.mktemp("project")
    for name, questions in QUESTIONS.items():
        listed = "\n".join(f"  - {question}" for question in questions)
        write(folder / "knowledge", name, questions=listed)
    config = read_config_file(str(ROOT / "config.yml"))
    config["importers"][1]["knowledge"] = str(folder / "knowledge")
    for component in config["pipeline"]:
        for name in {"dictionary", "thesaurus", "cues", "amounts", "details"} & component.keys():
            copy = folder / Path(component[name]).name
            shutil.copy(ROOT / component[name], copy)
            component[name] = str(copy)
    (folder / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    nlu = [{"intent": name, "examples": "".join(f"- {text}\n" for text in texts)} for name, texts in FLOWS.items()]
    rules = [{"rule": name, "steps": [{"intent": name}, {"action": f"utter_{name}"}]} for name in FLOWS]
    domain = {
        "version": "3.1",
        "intents": [*FLOWS, "nlu_fallback", "clarify", "repeated_miss", "inform"],
        "entities": ["amount", "when", "bank", "account_tail", "phone", "url", "app", "meeting_id", "scam_state"],
        "responses": {f"utter_{name}": [{"text": name}] for name in FLOWS},
    }
    (folder / "data").mkdir()
    (folder / "data" / "nlu.yml").write_text(
        yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True), encoding="utf-8"
    )
    (folder / "data" / "rules.yml").write_text(yaml.safe_dump({"version": "3.1", "rules": rules}), encoding="utf-8")
    (folder / "domain.yml").write_text(yaml.safe_dump(domain), encoding="utf-8")
    return folder


def train(project: Path) -> Path:
    result = rasa.model_training.train(
        domain=str(project / "domain.yml"),
        config=str(project / "config.yml"),
        training_files=[str(project / "data")],
        output=str(project / "models"),
        force_training=False,
    )
    assert result.code == 0
    return Path(result.model)


@pytest.fixture(scope="module")
def model_file(project: Path) -> Path:
    return train(project)


@pytest.fixture(scope="module")
def model(model_file: Path) -> NluModel:
    return NluModel(str(model_file))


def test_a_question_finds_its_article_and_the_response_to_say(model: NluModel) -> None:
    parsed = model.parse("提前還款怎麼操作")

    assert parsed["intent"]["name"] == "faq"
    assert parsed["article"] == "repay_early"
    assert parsed["response_selector"]["faq"]["response"]["utter_action"] == "utter_faq/repay_early"
    assert parsed["decision"] == "answer"


def test_the_best_articles_come_with_topic_title_and_score(model: NluModel) -> None:
    candidates = model.parse("银行卡怎么换")["candidates"]

    assert candidates[0]["article"] == "card_unbind"
    assert candidates[0]["title"] == "标题card_unbind"
    assert [c["score"] for c in candidates] == sorted((c["score"] for c in candidates), reverse=True)


def test_a_victim_is_heard_whatever_the_classifier_says(model: NluModel) -> None:
    parsed = model.parse("刷单垫了五千块 现在提不出来了")

    assert parsed["intent"]["name"] == "report_scam"
    assert (parsed["scam"]["level"], parsed["scam"]["amount"]) == ("P0", 500_000)
    assert parsed["decision"] == "triage"


def test_danger_comes_before_a_scam(model: NluModel) -> None:
    assert model.parse("钱被骗光了 我不想活了")["intent"]["name"] == "crisis"


def test_spans_count_in_what_was_typed(model: NluModel) -> None:
    text = "😭 我 被 騙 了 轉了5000塊給騙子"

    spans = model.parse(text)["scam"]["spans"]

    assert "5000塊" in {text[span["start"] : span["end"]] for span in spans}


@pytest.mark.parametrize("text", ["", " ", "😀😀", "？？？", "\x00", "𠀀", "x" * 10_000], ids=repr)
def test_nothing_to_go_by_is_a_miss_and_no_crash(model: NluModel, text: str) -> None:
    assert model.parse(text)["decision"] in {"fallback", "clarify"}


@pytest.mark.parametrize("text", ["/request_human", '/request_human{"x":1}', "／crisis", " /restart"])
def test_typed_commands_are_text(model: NluModel, text: str) -> None:
    assert model.parse(text)["intent"]["name"] not in {"request_human", "crisis", "restart"}


def test_everything_published_is_json(model: NluModel) -> None:
    parsed = model.parse("我被骗了两万 刚转的")
    parsed.pop("text_tokens", None)

    assert json.loads(json.dumps(parsed)) == parsed


def test_the_model_file_holds_no_pickle(model_file: Path) -> None:
    with tarfile.open(model_file) as archive:
        suffixes = {Path(member.name).suffix for member in archive.getmembers() if member.isfile()}

    assert suffixes <= {"", ".json", ".npz", ".txt", ".yml"}


def test_an_edited_dictionary_reaches_the_next_model(project: Path, model_file: Path) -> None:
    dictionary = project / "jieba.txt"
    dictionary.write_text(dictionary.read_text(encoding="utf-8") + "新词新词 2000\n", encoding="utf-8")

    with tarfile.open(train(project)) as archive:
        name = next(name for name in archive.getnames() if name.endswith("dictionary.txt"))
        member = archive.extractfile(name)
        assert member is not None
        kept = member.read().decode()

    # Rasa would take the old dictionary from its cache if the fingerprint did not cover the file.
    assert kept.endswith("新词新词 2000\n")


def test_no_model_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="make train"):
        NluModel.newest(tmp_path)
