"""SD-JWT (RFC 9901): selective disclosure of claims."""
