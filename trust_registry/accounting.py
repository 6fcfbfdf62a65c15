"""The entry of the audit log that each act at the registry's desks leaves, in the act's own transaction."""

from runtime.audit_log import Entry, record
from trust_registry.life import Act
from trust_registry.store import Connection


def account_for(connection: Connection, name: str, concerned: str, act: Act) -> None:
    """Write that ``act`` did ``name`` ("noun.verb") to ``concerned``, an id. Last in its transaction."""
    entry = Entry(
        actor=act.actor, act=name, object=concerned, reason=act.reason or None, approver=act.approver
    )
    record(connection, entry, now=act.at)
