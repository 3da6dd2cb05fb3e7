"""Table of saved views."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, Json, id_column
from helpdesk.identifiers import new_id

NAME_LIMIT = 20


class SavedView(Base, kw_only=True):
    """A filter under a name; a shared one is offered to everybody, who sees in it what they may see anyway."""

    __tablename__ = "saved_view"

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    name: Mapped[str] = mapped_column(String(NAME_LIMIT))
    # As `filter.read_filter` reads it.
    filter: Mapped[Json] = mapped_column(default_factory=dict)
    is_shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
