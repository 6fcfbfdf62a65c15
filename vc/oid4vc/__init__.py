"""OpenID for Verifiable Credentials: how verifiers ask (OpenID4VP 1.0), how issuers give (OpenID4VCI 1.0)."""
