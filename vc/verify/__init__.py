"""Verification without I/O: rounds of "I need these documents" ending in a verification.

``step``, ``step_card``, ``step_sd_jwt_vc``, ``step_presentation``, ``step_token_status`` and
``step_trust`` are pure. The shell
(``runtime.verification``) fetches what a ``Need`` names and calls again with more evidence. The numbered
steps are in ``vc.verify.credential`` and ``vc.verify.card``.
"""

from vc.verify.card import step_card
from vc.verify.credential import step
from vc.verify.policy import Policy
from vc.verify.presentation import PresentationVerification, step_presentation
from vc.verify.presenter import Expectation
from vc.verify.sd_jwt_vc import step_sd_jwt_vc
from vc.verify.token_status import step_token_status
from vc.verify.trusted import Trust, step_trust

__all__ = [
    "Expectation",
    "Policy",
    "PresentationVerification",
    "Trust",
    "step",
    "step_card",
    "step_presentation",
    "step_sd_jwt_vc",
    "step_token_status",
    "step_trust",
]
