"""Bodies of the registry's API, as received and as answered. Unknown members are refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from revocation.values import Pool, Reason

MAX_INTENTS = 1_000
MAX_NOTE = 1_000

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[!-~]+$")]
Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$")
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class IntentBody(_Body):
    """One credential about to be issued that needs a status entry; ``copy_of`` as in ``Intent``."""

    intent_id: _Name
    credential_id: Identifier
    issuer: Identifier
    cryptosuite: Literal[
        "eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "vc+jwt", "dc+sd-jwt"
    ]
    copy_of: Identifier | None = None
    pool: Annotated[Pool, Field(strict=False)] = Pool.GENERAL


class EntriesBody(_Body):
    """A batch of intents; each is answered in its place."""

    intents: Annotated[list[IntentBody], Field(min_length=1, max_length=MAX_INTENTS)]


class RevocationBody(_Body):
    """One credential to be revoked. ``successor`` goes with SUPERSEDED only."""

    credential_id: Identifier
    # Strict mode would want the enum itself, which JSON cannot hold.
    reason: Annotated[Reason, Field(strict=False)]
    note: Annotated[str, StringConstraints(max_length=MAX_NOTE)] | None = None
    successor: Identifier | None = None
