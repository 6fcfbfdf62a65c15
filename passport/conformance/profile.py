"""What the doors of the conformance profile share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from passport.conformance.keys import ConformanceKeys
from passport.conformance.statuses import Statuses
from runtime.clock import Clock
from vc.encoding.strict_json import JsonValue
from vc.errors import MalformedValue
from vc.model.credential import KNOWN_RESOURCE_DIGESTS, check_credential_shape, check_related_resources
from vc.model.legacy import check_credential_shape_1_1, is_vcdm_1_1


@dataclass(frozen=True, kw_only=True, slots=True)
class ConformanceProfile:
    """Keys, clock and status lists of one running profile."""

    keys: ConformanceKeys
    clock: Clock
    statuses: Statuses


def profile_of(request: Request) -> ConformanceProfile:
    """The profile of the application that answers."""
    profile: Any = request.app.state.profile
    if not isinstance(profile, ConformanceProfile):
        raise TypeError("the application is not that of the conformance profile")
    return profile


def require_shape(credential: Mapping[str, JsonValue]) -> None:
    """Raise MalformedValue with every finding unless the credential follows its data model."""
    if is_vcdm_1_1(credential):
        findings = check_credential_shape_1_1(credential)
    else:
        findings = (
            *check_credential_shape(credential),
            *check_related_resources(credential, KNOWN_RESOURCE_DIGESTS),
        )
    if findings:
        raise MalformedValue("The credential does not follow the data model.", findings=findings)
