"""The passport card on paper: 85.6 × 54 mm with its offline code, alone or as a sheet with cut marks."""

from issuer.passport_card.render import render_card, render_sheet
from issuer.passport_card.view import CardView, FactLine, PrintedPhoto

__all__ = ["CardView", "FactLine", "PrintedPhoto", "render_card", "render_sheet"]
