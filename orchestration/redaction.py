"""Removing secrets from texts: the error of a library may quote a key, an address with a password, a webhook.

Every exception text is redacted before it reaches output, a log, Dagster's records, a defect report or an alert.
Secrets are the values of variables with a secret name (`*_KEY`, `*_PASSWORD`, …) and the login in any address.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus, unquote, urlsplit

SECRET = re.compile(r"(KEY|PASSWORD|SECRET|TOKEN|WEBHOOK|POSTGRES_URL)$", re.IGNORECASE)
"""Names of variables whose values are secret."""
ADDRESS = re.compile(r"(URL|PROXY|WAREHOUSE_LAKE)$", re.IGNORECASE)
"""Names of variables whose values may hold a login."""
SHORTEST_SECRET = 4
SHORTEST_PIECE = 6
"""Of a value with blanks or line breaks: a library may quote one line of it."""
STRUCK_OUT = "[struck out]"


def strike_out(text: str, environment: Mapping[str, str]) -> str:
    """The text without any secret of the environment, in whatever encoding it is written."""
    written = {form for secret in _secrets(environment) for form in spellings(secret)}
    for form in sorted(written, key=len, reverse=True):
        text = text.replace(form, STRUCK_OUT)
    return text


def spellings(secret: str) -> set[str]:
    """The forms in which a secret may occur in a text: as it is, escaped, percent-encoded, in base64, in pieces."""
    whole = {secret, secret.strip()}
    pieces = {piece for piece in secret.split() if len(piece) >= SHORTEST_PIECE}
    forms: set[str] = set()
    for value in whole | pieces:
        encoded = value.encode("utf-8", "surrogateescape")
        forms |= {value, repr(value)[1:-1], json.dumps(value)[1:-1], repr(encoded)[2:-1]}
        forms |= {quote(encoded, safe=""), quote(encoded), quote_plus(encoded)}
        forms |= {
            base64.b64encode(encoded).decode().rstrip("="),
            base64.urlsafe_b64encode(encoded).decode().rstrip("="),
        }
    return {form for form in forms if len(form) >= SHORTEST_SECRET}


def _secrets(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        if SECRET.search(name):
            yield value
        if ADDRESS.search(name):
            yield from _login(value)


def _login(address: str) -> Iterator[str]:
    """Name and password in an address, alone and together."""
    try:
        netloc = urlsplit(address.strip()).netloc
    except ValueError:
        netloc = address
    login, found, _ = netloc.rpartition("@")
    if found:
        _, _, password = login.partition(":")
        yield login
        yield password
        # As a driver that was given the parts would quote it.
        yield unquote(password)
