"""Issuing: prepare, lint with a throwaway key, then one use of the permission to sign.

The two laws this package keeps (docs/architecture.md, "The life of one credential"):

* what is signed was linted first with a throwaway key, and equals what was linted;
* a permission to sign works once.

Recording the intent between ``prepare`` and ``complete`` is the caller's part.
"""

from vc.issue.assemble import CredentialDataset, IssuanceParameters, assemble
from vc.issue.prepare import (
    PreparedCredential,
    SecuredCredential,
    UncheckedCredential,
    check_signed,
    complete,
    prepare,
    resume,
    sign_prepared,
)

__all__ = [
    "CredentialDataset",
    "IssuanceParameters",
    "PreparedCredential",
    "SecuredCredential",
    "UncheckedCredential",
    "assemble",
    "check_signed",
    "complete",
    "prepare",
    "resume",
    "sign_prepared",
]
