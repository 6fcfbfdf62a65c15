"""JSON Web Signatures and what is secured with them (VC-JOSE-COSE 1.0, JOSE)."""
