"""Byte-level encodings: strict JSON, JCS, RDFC-1.0, multibase, base64url, timestamps."""
