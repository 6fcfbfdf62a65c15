"""Stand-ins for systems of the government that this product cannot reach, loud about it."""
