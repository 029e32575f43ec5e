"""Sign-in without a key: identity tokens of a trusted issuer are exchanged for access tokens."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from ..._values.guards import is_number
from ..arguments import check_mappings, check_optional_texts, check_texts
from ..errors import RegistryRefused

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Only signatures with a key pair: else a client could sign with the public key as a secret.
_ALGORITHMS = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "ES256K", "EdDSA"),
]
_MOST_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer of identity tokens (JWTs), which `/oidc/token` exchanges for access tokens.

    A token must be signed with the issuer's key, must not have expired, and must have a subject.

    Args:
        public_key: The public key that verifies signatures, as PEM.
        issuer: The required `iss` of a token; None: any.
        audience: The required `aud` of a token; None: the token must not have one.
        users: A mapping from subject to user; None: the subject is the user's name, and a new user
            is created.
        lifetime: How long an access token is valid, in seconds.

    Raises:
        RegistryRefused: The key is not a public key, or an argument has a wrong type.
    """

    public_key: str = field(repr=False)
    issuer: str | None = None
    audience: str | None = None
    users: Mapping[str, str] | None = None
    lifetime: float = 3600.0

    def __post_init__(self) -> None:
        check_texts(public_key=self.public_key)
        check_optional_texts(issuer=self.issuer, audience=self.audience)
        check_mappings(users=self.users)
        check_texts(**{f"users[{subject!r}]": user for subject, user in (self.users or {}).items()})
        if not is_number(self.lifetime):
            raise RegistryRefused(
                f"lifetime is {self.lifetime!r:.100}; it must be a number of seconds."
            )
        if not 0 < self.lifetime <= _MOST_SECONDS:
            raise RegistryRefused(
                f"lifetime is {self.lifetime!r}; it is 0 to {_MOST_SECONDS:.0f} s."
            )
        _check_public(self.public_key)

    def user_of(self, token: str) -> str:
        """The name of the user that a token is for.

        Raises:
            RegistryRefused: The token is not valid; the error says why.
        """
        import jwt

        try:
            claims: dict[str, object] = jwt.decode(
                token,
                self.public_key,
                algorithms=_ALGORITHMS,
                audience=self.audience,
                issuer=self.issuer,
                options={"require": ["exp", "sub"]},
            )
        # For a key of another kind than the header says, the libraries raise errors of their own.
        except (jwt.PyJWTError, TypeError, ValueError, AttributeError) as error:
            reason = (
                str(error) if isinstance(error, jwt.PyJWTError) else "its key is of another kind"
            )
            raise RegistryRefused(f"The identity token is refused: {reason}.") from None
        subject = str(claims["sub"])
        if self.users is None:
            return subject
        for known, user in self.users.items():
            if hmac.compare_digest(known.encode(), subject.encode()):
                return user
        raise RegistryRefused(f"The identity token is for {subject[:200]!r}, who is no user here.")


def checked_issuer(issuer: object) -> TrustedIssuer | None:
    """An issuer, or None.

    Raises:
        RegistryRefused: It is something else.
    """
    if not isinstance(issuer, TrustedIssuer | None):
        raise RegistryRefused(f"issuer is {issuer!r:.100}; it must be a TrustedIssuer, or None.")
    return issuer


def _check_public(key: str) -> None:
    try:
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        load_pem_public_key(key.encode())
    except ModuleNotFoundError as error:
        from ..._environment.extras import not_installed

        raise not_installed(error, "Signing in without a key", "local") from None
    except Exception:  # noqa: BLE001 -- of many kinds, whose messages may quote the key
        raise RegistryRefused(
            "public_key is no public key as PEM, which begins with -----BEGIN PUBLIC KEY-----."
        ) from None


def assertion_in(body: bytes) -> str:
    """The identity token in the form of an exchange.

    Raises:
        RegistryRefused: It is another form.
    """
    try:
        form = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=20)
    except (UnicodeDecodeError, ValueError):
        form = {}
    if form.get("grant_type") != [GRANT]:
        raise RegistryRefused(f"The grant_type of the form must be {GRANT}.")
    given = form.get("assertion", [])
    if len(given) != 1:
        raise RegistryRefused("The form must have one assertion, the identity token.")
    return given[0]


def token_reply(token: str, lifetime: float) -> bytes:
    """The body of a successful exchange."""
    # Whole seconds, as the official client requires; rounded down, so that it renews in time.
    reply = {"access_token": token, "token_type": "Bearer", "expires_in": int(lifetime)}
    return json.dumps(reply).encode()
