"""Securing mechanisms: Data Integrity proofs."""
