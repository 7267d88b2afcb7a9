"""What httpx raises, in the words of the house."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from domains.base.outbound.errors import NoAnswer, Unusable


@contextmanager
def in_words(host: str, connect_s: float, read_s: float) -> Iterator[None]:
    """Turns httpx's exceptions into NoAnswer and Unusable."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise NoAnswer(f"{host} could not be reached within {connect_s:,.3g} s.") from error
    except httpx.ConnectError as error:
        if reason := _certificate_fault(error):
            raise Unusable(f"{host} did not prove who it is: {reason}. Mend its certificate.") from error
        raise NoAnswer(f"{host} could not be reached: no connection.", detail=str(error)) from error
    except httpx.TimeoutException as error:
        raise NoAnswer(f"{host} did not answer within {read_s:,.3g} s.") from error
    except httpx.RemoteProtocolError as error:
        raise NoAnswer(f"{host} broke off in the middle of its answer.", detail=str(error)) from error
    except httpx.TransportError as error:
        raise NoAnswer(f"The connection to {host} broke.", detail=str(error)) from error


def _certificate_fault(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message or "its certificate is not valid"
        error = error.__cause__ or error.__context__
    return ""
