"""The hosted wallet towards others: takes offers (OpenID4VCI 1.0), answers verifiers (OpenID4VP 1.0)."""
