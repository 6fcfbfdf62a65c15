"""A small client of the verifier for programs in Python: one call a check, answers with types.

    with VerifierClient("https://passport.example", api_key="spk_…") as verifier:
        answer = verifier.check_file(Path("certificate.pdf"))
        if answer.outcome is Outcome.ACCEPTED: …

It needs ``httpx2`` and nothing else of this product.
"""

from verifier.client.answers import CheckAnswer, Outcome, VerdictAnswer, read_answer
from verifier.client.http import VerifierClient, VerifierProblem

__all__ = [
    "CheckAnswer",
    "Outcome",
    "VerdictAnswer",
    "VerifierClient",
    "VerifierProblem",
    "read_answer",
]
