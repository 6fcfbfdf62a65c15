"""The printed certificate: one A4 page in Khmer and English that carries its own credential."""

from issuer.certificate.render import render_certificate
from issuer.certificate.view import CertificateKind, CertificateView, FactLine, UnitLine

__all__ = ["CertificateKind", "CertificateView", "FactLine", "UnitLine", "render_certificate"]
