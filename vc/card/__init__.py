"""The passport card: a signed CWT small enough for a QR code that a cheap camera reads off paper.

    PC1:<base45 of an untagged COSE_Sign1>      protected header {1: algorithm, 4: key name}
    payload   {4: expires, 6: issued, 7: card id, -65537: {1: kind, 2: Khmer name, 3: Latin name,
               4: birth year, 5: status list, 6: index, 7: facts}}

docs/reference/formats.md has the whole table. A number derived from a register, a photo or its hash
is on no card: ``claims`` has no place for them, and the reader refuses what it does not know.
"""
