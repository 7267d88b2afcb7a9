"""Secrets in contexts and arguments: encrypted wherever they are stored, hidden wherever they are shown.

The key comes from SECRET_KEY; what older keys in SECRET_KEY_FALLBACKS have encrypted can still be revealed.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from domains.base.revealed import HIDDEN, remember
from domains.orchestration.exceptions import ContextLost

PURPOSE = b"vault.orchestration.secret"


class Secret:
    """A text that is stored encrypted and shown as "[hidden]"; `reveal` gives it to the code that needs it."""

    __slots__ = ("_text", "_token")

    def __init__(self, text: str) -> None:
        self._text: str | None = text
        self._token = ""

    @classmethod
    def of_token(cls, token: str) -> Secret:
        """The secret that was stored as this token; it is decrypted when it is revealed."""
        secret = cls("")
        secret._text, secret._token = None, token
        return secret

    @property
    def token(self) -> str:
        """The encrypted text, as it is stored."""
        if not self._token:
            self._token = _cipher().encrypt(self.reveal().encode()).decode()
        return self._token

    def reveal(self) -> str:
        """The text. Raises ContextLost when no key of today decrypts it."""
        if self._text is None:
            try:
                self._text = _cipher().decrypt(self._token).decode()
            except InvalidToken as error:
                advice = "Put the key it was stored under into SECRET_KEY_FALLBACKS."
                raise ContextLost(f"A stored secret cannot be decrypted with SECRET_KEY. {advice}") from error
        remember(self._text)
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __reduce__(self) -> str:
        raise TypeError("A secret is not pickled: it would be readable.")


def _cipher() -> MultiFernet:
    return _cipher_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    return urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode()))
