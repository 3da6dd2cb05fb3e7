"""What is refused with teams."""

from helpdesk.errors import HelpdeskError


class TeamNotFoundError(HelpdeskError):
    """No such team."""

    code = "team_not_found"


class TeamNameTakenError(HelpdeskError):
    """Another team has this name."""

    code = "team_name_taken"


class SkillUnknownError(HelpdeskError):
    """A skill that does not exist."""

    code = "skill_unknown"


class CapacityInvalidError(HelpdeskError):
    """An agent serves between `low` and `high` conversations at a time."""

    code = "capacity_invalid"
