"""The key sentences of the holder's pages that can be heard, and the recordings of them.

No speech tool that works without a network has a Khmer voice, so none is rendered here. A recording is a
file ``<data folder>/audio/<language>/<id>.mp3`` (or ``.ogg``); ``wallet_api.audio_texts`` lists what a
speaker reads. Where there is none, the phone reads the sentence itself if it has a voice for the language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request

from runtime.i18n import Translator, gettext_noop, languages_at
from runtime.service import context_of
from runtime.settings import Settings

SENTENCES: Final[Mapping[str, str]] = {
    "home": gettext_noop("This is your passport. It shows what you can do, signed by your centre."),
    "free": gettext_noop("This is free. Nobody may ask money for it."),
    "show": gettext_noop("Let the other person scan this, or type the code."),
    "save": gettext_noop("Save the picture on your phone. You can show it without internet."),
    "share": gettext_noop("Share only with people you choose. You can stop it at any time."),
    "looked": gettext_noop("Here you see who looked at your certificates."),
    "help": gettext_noop("Call us. The call is about you, and nobody else hears of it."),
    "pay": gettext_noop("Somebody asks for money or takes your passport away? Call at once."),
    "missing": gettext_noop("Choose where you want to work. You see what you have and what you still need."),
    "not-chosen": gettext_noop("Having these does not mean that you are selected."),
    "export": gettext_noop("Take everything with you. Others can check it without us."),
    "erase": gettext_noop("What you delete here is gone for ever. Nobody can bring it back."),
}
"""By identifier. None has a placeholder: what is recorded is the same for everybody."""

TYPES: Final[Mapping[str, str]] = {".mp3": "audio/mpeg", ".ogg": "audio/ogg"}
LANGUAGES: Final = languages_at("/wallet")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """One sentence in the reader's language; ``url`` of its recording, None where there is none."""

    text: str
    language: str
    url: str | None


class Sounds:
    """The sentences in one language, as templates ask for them."""

    def __init__(self, settings: Settings, translator: Translator, language: str) -> None:
        self._settings = settings
        self._translator = translator
        self._language = language

    def __getitem__(self, sound: str) -> Sound:
        is_there = recording_or_none(self._settings, self._language, sound) is not None
        return Sound(
            text=self._translator.gettext(self._language, SENTENCES[sound]),
            language=self._language,
            url=f"/wallet/audio/{self._language}/{sound}" if is_there else None,
        )


def recording_or_none(settings: Settings, language: str, sound: str) -> Path | None:
    """The file with this sentence; None where there is no recording, or no such sentence or language."""
    # The path is made of what is known here, never of what was asked for.
    if sound not in SENTENCES or language not in LANGUAGES:
        return None
    folder = settings.data_dir / "audio" / language
    return next((path for suffix in TYPES if (path := folder / f"{sound}{suffix}").is_file()), None)


def sounds_of(request: Request) -> Sounds:
    """The sentences in the language of who asks."""
    context = context_of(request)
    return Sounds(context.settings, context.pages.translator, context.pages.language(request))
