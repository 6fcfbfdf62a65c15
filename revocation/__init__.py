"""The status registry: what is revoked, for ever, published for everybody."""
