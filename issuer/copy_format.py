"""What a bound copy is made as."""

from enum import StrEnum

from issuer.key_use import KeyUse


class CopyFormat(StrEnum):
    """By the names of OpenID4VCI 1.0, Appendix A.

    That specification's ``jwt_vc_json`` speaks of VC Data Model 1.1 and leaves the token open; here it is a
    ``vc+jwt`` of VC Data Model 2.0, which is what our verifier reads.
    """

    SD_JWT = "dc+sd-jwt"
    JWT = "jwt_vc_json"
    LDP = "ldp_vc"

    @property
    def key_use(self) -> KeyUse:
        """Which of the centre's keys signs it."""
        return KeyUse.DOCUMENTS if self is CopyFormat.LDP else KeyUse.TOKENS
