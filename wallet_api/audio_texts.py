"""``python -m wallet_api.audio_texts``: what a speaker reads for the recordings, a line a sentence.

Columns by tabs: language, identifier (the file is ``<identifier>.mp3``), text.
"""

import sys
from collections.abc import Iterator

from runtime.i18n import SOURCE_LANGUAGE, Translator
from wallet_api.sound import LANGUAGES, SENTENCES


def lines() -> Iterator[str]:
    """The sentences in every language of the holder's pages but English."""
    translator = Translator()
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            for sound, msgid in SENTENCES.items():
                yield f"{language}\t{sound}\t{translator.gettext(language, msgid)}"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.writelines(f"{line}\n" for line in lines())
