"""Letters to holders who confirmed no phone: printed by the centre, folded, and handed over."""

from issuer.letter.render import LetterView, render_letters

__all__ = ["LetterView", "render_letters"]
