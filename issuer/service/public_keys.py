"""A centre's DID document: every key it ever had, so that old certificates stay verifiable."""

from typing import Any

from issuer import store
from issuer.service.desk import Desk
from vc.crypto.keys import PublicKey
from vc.did import did_web
from vc.did.documents import VerificationMethod
from vc.encoding.timestamps import parse_timestamp


async def did_document(desk: Desk, slug: str) -> dict[str, Any]:
    """The document to publish; a rotated key carries ``expires``. Raises ``NotFound``."""
    centre = await desk.context.database.read(store.get_centre, slug)
    methods = tuple(
        VerificationMethod(
            id=f"{centre.did}#{key.key_id}",
            controller=centre.did,
            public_key=PublicKey.from_multikey(key.public_key_multibase),
            expires=None if key.valid_until is None else parse_timestamp(key.valid_until),
            revoked=None,
        )
        for key in await desk.context.database.read(store.keys_of, slug)
    )
    relationships = {"assertionMethod": frozenset(method.id for method in methods)}
    return dict(did_web.build_document(centre.did, methods, relationships=relationships))
