"""The skills passport on A4: all certificates of a person, each with its code, and the cards to cut out."""

from issuer.paper_passport.handover import HandoverLine, HandoverView, render_handovers
from issuer.paper_passport.render import Attached, render_passport, render_passports
from issuer.paper_passport.view import CertificateLine, PassportView

__all__ = [
    "Attached",
    "CertificateLine",
    "HandoverLine",
    "HandoverView",
    "PassportView",
    "render_handovers",
    "render_passport",
    "render_passports",
]
