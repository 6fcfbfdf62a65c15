"""DID resolution and DID URL dereferencing (DID Core 1.0 section 7).

Only of DIDs that contain their document: nothing is fetched. Nothing is raised either: what does not
resolve is a result with an ``error``.
"""

from dataclasses import dataclass, field

from vc.did.generated_documents import ResolutionOptions, generate_document
from vc.did.public_key_formats import context_of
from vc.did.resolution_errors import ResolutionError, ResolutionFailed
from vc.did.syntax import is_did, parse_did_url
from vc.encoding.strict_json import JsonObject
from vc.errors import MalformedValue

RESULT_CONTEXT = "https://w3id.org/did-resolution/v1"
DOCUMENT_TYPE = "application/did+ld+json"
_CONTENT_TYPE = "application/ld+json"
_DEFAULT_OPTIONS = ResolutionOptions()


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolutionResult:
    """What came of resolving a DID; ``did_document`` is empty where it failed.

    Metadata of success holds ``contentType``, of failure ``error`` (a ``ResolutionError``) and
    ``errorMessage``, a sentence.
    """

    did_document: JsonObject = field(default_factory=dict)
    did_resolution_metadata: JsonObject
    did_document_metadata: JsonObject = field(default_factory=dict)

    @property
    def resource(self) -> JsonObject:
        """What was asked for, without metadata."""
        return self.did_document

    @property
    def error(self) -> ResolutionError | None:
        """Why it failed, None where it did not."""
        return _error_in(self.did_resolution_metadata)

    def to_json(self) -> JsonObject:
        """The result as the HTTP binding of DID Resolution writes it."""
        return {
            "@context": RESULT_CONTEXT,
            "didDocument": self.did_document,
            "didDocumentMetadata": self.did_document_metadata,
            "didResolutionMetadata": self.did_resolution_metadata,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class DereferencingResult:
    """What came of dereferencing a DID URL; ``content`` is empty where it failed.

    The metadata is as in ``ResolutionResult``.
    """

    content: JsonObject = field(default_factory=dict)
    dereferencing_metadata: JsonObject
    content_metadata: JsonObject = field(default_factory=dict)

    @property
    def resource(self) -> JsonObject:
        """What was asked for, without metadata."""
        return self.content

    @property
    def error(self) -> ResolutionError | None:
        """Why it failed, None where it did not."""
        return _error_in(self.dereferencing_metadata)

    def to_json(self) -> JsonObject:
        """The result under the names that clients of did:key read, and under those of DID Core."""
        return {
            "@context": RESULT_CONTEXT,
            "didDocument": self.content,
            "didDocumentMetadata": self.content_metadata,
            "didDereferencingMetadata": self.dereferencing_metadata,
            "content": self.content,
            "contentMetadata": self.content_metadata,
            "dereferencingMetadata": self.dereferencing_metadata,
        }


def resolve_did(
    did_url: str, options: ResolutionOptions = _DEFAULT_OPTIONS
) -> ResolutionResult | DereferencingResult:
    """Resolve a DID, or dereference a DID URL: what has a path, a query or a fragment."""
    try:
        if is_did_url(did_url):
            content = _dereference(did_url, options)
            return DereferencingResult(content=content, dereferencing_metadata={"contentType": _CONTENT_TYPE})
        return ResolutionResult(
            did_document=_resolve(did_url, options),
            did_resolution_metadata={"contentType": DOCUMENT_TYPE},
        )
    except ResolutionFailed as failure:
        return failed(did_url, failure)


def failed(did_url: str, failure: ResolutionFailed) -> ResolutionResult | DereferencingResult:
    """Return the result that tells of ``failure``; it does not repeat ``did_url``."""
    metadata: JsonObject = {"error": failure.error.value, "errorMessage": str(failure)}
    if is_did_url(did_url):
        return DereferencingResult(dereferencing_metadata=metadata)
    return ResolutionResult(did_resolution_metadata=metadata)


def is_did_url(text: str) -> bool:
    """Say whether ``text`` claims to be more than a DID."""
    return any(mark in text for mark in "/?#")


def _error_in(metadata: JsonObject) -> ResolutionError | None:
    return ResolutionError(str(metadata["error"])) if "error" in metadata else None


def _resolve(did: str, options: ResolutionOptions) -> JsonObject:
    if not is_did(did):
        raise ResolutionFailed(ResolutionError.INVALID_DID, "The identifier is not a DID.")
    document = generate_document(did, options)
    _require_type(_methods(document)[0], options)
    return document


def _dereference(did_url: str, options: ResolutionOptions) -> JsonObject:
    try:
        parts = parse_did_url(did_url)
    except MalformedValue as error:
        raise ResolutionFailed(ResolutionError.INVALID_DID_URL, str(error)) from None
    document = generate_document(parts.did, options)
    # Neither DID method gives a meaning to a path or a query, so only a fragment can name something.
    for method in _methods(document):
        if method["id"] == did_url:
            _require_type(method, options)
            return {"@context": context_of(str(method["type"]))} | method
    raise ResolutionFailed(ResolutionError.NOT_FOUND, "The DID document has nothing of this name.")


def _methods(document: JsonObject) -> list[JsonObject]:
    methods = document["verificationMethod"]
    return [method for method in methods if isinstance(method, dict)] if isinstance(methods, list) else []


def _require_type(method: JsonObject, options: ResolutionOptions) -> None:
    if options.public_key_format not in (None, method["type"]):
        raise ResolutionFailed(
            ResolutionError.INVALID_PUBLIC_KEY_TYPE, "Keys of this kind are not written in that format."
        )
