"""The audit trail: who did what at the desk, and who read personal data. Append-only and hash-chained."""

from helpdesk.audit.model import AuditEntry, AuditHead
from helpdesk.audit.trail import record

__all__ = ["AuditEntry", "AuditHead", "record"]
