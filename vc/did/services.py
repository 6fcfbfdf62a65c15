"""Services of a DID document. None is used here, but a document with a wrong one is wrong as a whole."""

from collections.abc import Mapping, Sequence
from typing import Any

from vc.did.syntax import absolute, is_uri
from vc.encoding import json_pointer
from vc.errors import MalformedValue


def check_services(identifier: str, services: Sequence[Any]) -> None:
    """Raise MalformedValue unless ``services`` have the shape of Controlled Identifiers 1.0 section 2.1.4.

    ``identifier`` is the document's own, for ids relative to it.
    """
    seen: set[str] = set()
    for index, service in enumerate(services):
        pointer = json_pointer.join("", "service", index)
        if not isinstance(service, dict):
            raise MalformedValue("A service is not an object.", pointer=pointer)
        if "id" in service:
            service_id = _parse_id(identifier, service["id"], pointer + "/id")
            if service_id in seen:
                raise MalformedValue("Two services have one id.", pointer=pointer + "/id")
            seen.add(service_id)
        _check_type(service, pointer + "/type")
        _check_endpoint(service, pointer + "/serviceEndpoint")


def _parse_id(identifier: str, value: Any, pointer: str) -> str:
    service_id = absolute(identifier, value) if isinstance(value, str) else ""
    if not is_uri(service_id):
        raise MalformedValue("The id of a service is not a URL.", pointer=pointer)
    return service_id


def _check_type(service: Mapping[str, Any], pointer: str) -> None:
    value = service.get("type")
    types = value if isinstance(value, list) else [value]
    if not types or not all(isinstance(name, str) and name for name in types):
        raise MalformedValue("The type of a service is not a string or a set of strings.", pointer=pointer)


def _check_endpoint(service: Mapping[str, Any], pointer: str) -> None:
    value = service.get("serviceEndpoint")
    endpoints = value if isinstance(value, list) else [value]
    if not endpoints or not all(_is_endpoint(endpoint) for endpoint in endpoints):
        raise MalformedValue("An endpoint of a service is neither a URL nor an object.", pointer=pointer)


def _is_endpoint(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, str) and is_uri(value))
