"""Why a DID or DID URL did not resolve, by the names of DID Core 1.0 section 7 and did:key 0.7."""

from enum import StrEnum

from vc.errors import ProtocolError


class ResolutionError(StrEnum):
    """Values of ``error`` in the metadata of a resolution.

    DID Resolution of 2025 writes URLs in their place; clients and test suites of did:key read these.
    """

    INVALID_DID = "invalidDid"
    INVALID_DID_URL = "invalidDidUrl"
    INVALID_OPTIONS = "invalidOptions"
    INVALID_PUBLIC_KEY = "invalidPublicKey"
    INVALID_PUBLIC_KEY_LENGTH = "invalidPublicKeyLength"
    INVALID_PUBLIC_KEY_TYPE = "invalidPublicKeyType"
    METHOD_NOT_SUPPORTED = "methodNotSupported"
    NOT_FOUND = "notFound"
    REPRESENTATION_NOT_SUPPORTED = "representationNotSupported"
    UNSUPPORTED_PUBLIC_KEY_TYPE = "unsupportedPublicKeyType"


class ResolutionFailed(ProtocolError):
    """A DID or DID URL does not resolve; ``error`` is the specifications' name for the reason."""

    def __init__(self, error: ResolutionError, detail: str) -> None:
        super().__init__(detail)
        self.error = error
