"""OpenID for Verifiable Presentations 1.0: what a verifier asks, and what a wallet answers."""
