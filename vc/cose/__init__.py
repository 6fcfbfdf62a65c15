"""COSE_Sign1 (RFC 9052) and credentials secured with it (VC-JOSE-COSE 1.0)."""
