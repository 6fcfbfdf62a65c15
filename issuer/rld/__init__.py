"""The Returnee Labour Database (RLD) as the issuer speaks to it: one port, two adapters.

``port`` says what is asked and told; ``remote`` asks over X-Road, ``local`` a register in the issuer's own
database. Nothing else in the issuer knows which of the two answers.
"""
