"""The conformance profile: what outside test suites expect of an issuer and a verifier."""
