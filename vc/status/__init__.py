"""Whether a credential is in force: status entries, signed lists, the notes beside them."""
