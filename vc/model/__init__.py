"""Values of the core: documents as received, what is asked about them and what is answered."""
