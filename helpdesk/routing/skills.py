"""Which skill a conversation asks for, from the table of skills.yml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from helpdesk.cases.model import CaseType
from helpdesk.teams.model import Skill

_FILE = Path(__file__).resolve().parent / "skills.yml"


@dataclass(frozen=True, kw_only=True)
class SkillsAsked:
    """The table: skills by the reason of a handoff and by the type of a case."""

    by_reason: Mapping[str, Skill]
    by_case_type: Mapping[CaseType, Skill]

    def of(self, reason: str, case_type: CaseType | None) -> Skill:
        """Return the skill that a waiting conversation asks for."""
        if reason in self.by_reason:
            return self.by_reason[reason]
        if case_type is not None and case_type in self.by_case_type:
            return self.by_case_type[case_type]
        return Skill.GENERAL


def read_skills(loaded: Mapping[str, Any]) -> SkillsAsked:
    """Build the table from its parsed YAML.

    Raises:
        KeyError: A part is missing.
        ValueError: A skill or a case type does not exist.
    """
    return SkillsAsked(
        by_reason={str(reason): Skill(skill) for reason, skill in loaded["reasons"].items()},
        by_case_type={CaseType(case_type): Skill(skill) for case_type, skill in loaded["case_types"].items()},
    )


@cache
def skills_asked() -> SkillsAsked:
    """Return the table of skills.yml."""
    return read_skills(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
