"""Decentralized identifiers and controlled identifier documents."""
