"""What the work on cases refuses."""

from helpdesk.errors import HelpdeskError
from helpdesk.texts import titles


class CaseMoveNotAllowedError(HelpdeskError):
    """A case of this type has no such move from where it stands."""

    code = "case_move_not_allowed"


class CaseFieldInvalidError(HelpdeskError):
    """A field that this case type does not have, or a value that it cannot hold; `field` names it, `label` in words."""

    code = "case_field_invalid"

    def __init__(self, **fields: object) -> None:
        """Add the title that people know the field by."""
        name = str(fields.get("field", ""))
        labels = titles("case_fields") | titles("scam_fields")
        super().__init__(**{**fields, "label": labels.get(name, name)})


class CaseClosedError(HelpdeskError):
    """The case is closed; it has to be reopened first."""

    code = "case_closed"


class CaseTypeOpenError(HelpdeskError):
    """The conversation has another open case of this type."""

    code = "case_type_open"


class CaseOwnerInvalidError(HelpdeskError):
    """Whoever is to own the case does not serve customers."""

    code = "case_owner_invalid"


class LastConversationError(HelpdeskError):
    """A case keeps at least one conversation."""

    code = "case_last_conversation"


class OtherCustomerError(HelpdeskError):
    """The conversation or the case belongs to another customer."""

    code = "case_other_customer"


class MergeNotAllowedError(HelpdeskError):
    """These two cases cannot become one: the same one, different types, closed or merged already."""

    code = "case_merge_not_allowed"


class CaseChangedError(HelpdeskError):
    """Something was added to a case since it was looked at."""

    code = "case_changed"


class MergeNotUndoableError(HelpdeskError):
    """There is no merge to undo, or something was added since."""

    code = "case_merge_not_undoable"


class VerificationRequiredError(HelpdeskError):
    """Only customers whom the host app has signed in may see this."""

    code = "verification_required"
