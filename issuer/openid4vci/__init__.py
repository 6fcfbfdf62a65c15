"""Certificates go to wallets: the issuer and authorization server of OpenID4VCI 1.0.

Nothing here is kept about a person but a blind index and which certificates are meant; what is given is made
by ``issuer.service.copies``.
"""
