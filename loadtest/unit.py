"""The unit that every ratio is in: one Ed25519 check by PyNaCl, in CPU time, in the same run."""

import statistics
import time
from typing import Final

from nacl.signing import SigningKey

_SECONDS: Final = 0.2


class Unit:
    """Samples taken all through a run, so that a machine at work disturbs unit and subject alike."""

    def __init__(self) -> None:
        key = SigningKey(bytes(32))
        self._message = bytes(64)  # what Data Integrity signs: two SHA-256 digests
        self._signature = key.sign(self._message).signature
        self._public = key.verify_key
        self.samples: list[float] = []

    @property
    def microseconds(self) -> float:
        """The median of all samples so far."""
        return statistics.median(self.samples)

    def sample(self) -> None:
        """Take another sample, of a fifth of a second."""
        count, began = 0, time.process_time()
        while (spent := time.process_time() - began) < _SECONDS:
            for _ in range(100):
                self._public.verify(self._message, self._signature)
            count += 100
        self.samples.append(spent / count * 1e6)
