"""Mail by SMTP: one connection a message, encrypted except on this machine, and what went wrong as a code."""

from __future__ import annotations

import email.utils
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from app.messaging.failures import NotSent
from app.messaging.letters import Letter
from app.messaging.models import Security

TIMEOUT_SECONDS = 15.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Letters beyond ASCII travel encoded: not every server on the way takes them as they are.
_POLICY = SMTP.clone(cte_type="7bit")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and in whose name."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = TIMEOUT_SECONDS

    def new_reference(self, name: str) -> str:
        """Return the Message-ID of the message of this name: the same in every copy of it."""
        return f"<{name}@{self.sender.rpartition('@')[2]}>"

    def send(self, letter: Letter, reference: str) -> str:
        """Hand the letter over and return '', as SMTP gives no number of its own; raise `NotSent`."""
        mail = compose(letter, self.sender, reference)
        with _told_as_codes(), self._connected() as server:
            server.send_message(mail, self.sender, [letter.to])
        return ""

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        if self.security is Security.NONE and self.host not in LOOPBACK:
            raise NotSent("no-encryption")
        server = self._open()
        try:
            if self.security is Security.STARTTLS:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            yield server
        finally:
            # The server has taken the message or has not; how the goodbye goes changes nothing of it.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _open(self) -> smtplib.SMTP:
        name = self.sender.rpartition("@")[2]
        if self.security is Security.TLS:
            return smtplib.SMTP_SSL(
                self.host, self.port, name, timeout=self.timeout, context=ssl.create_default_context()
            )
        return smtplib.SMTP(self.host, self.port, name, timeout=self.timeout)


def compose(letter: Letter, sender: str, reference: str) -> EmailMessage:
    """Return the letter as a mail; raise `NotSent` when its recipient can be no mail's."""
    mail = EmailMessage(policy=_POLICY)
    try:
        mail["From"] = Address(letter.shop, addr_spec=sender)
        mail["To"] = Address(addr_spec=letter.to)
        mail["Subject"] = letter.subject
        mail["Date"] = email.utils.localtime()
        mail["Message-ID"] = reference
    except (ValueError, IndexError):
        raise NotSent("bad-address") from None
    # RFC 3834: nobody's holiday notice shall answer this.
    mail["Auto-Submitted"] = "auto-generated"
    if letter.language:
        mail["Content-Language"] = letter.language.replace("_", "-")
    mail.set_content(letter.text)
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
    return mail


@contextmanager
def _told_as_codes() -> Iterator[None]:
    """Turn what the library raises, whose words quote addresses, into codes."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as refusal:
        raise _by_number(next(iter(refusal.recipients.values())), "refused-recipient") from None
    except smtplib.SMTPSenderRefused as refusal:
        raise _by_number((refusal.smtp_code, refusal.smtp_error), "refused-sender") from None
    except smtplib.SMTPAuthenticationError as refusal:
        raise _by_number((refusal.smtp_code, refusal.smtp_error), "wrong-password") from None
    except smtplib.SMTPDataError as refusal:
        raise _by_number((refusal.smtp_code, refusal.smtp_error), "refused-content") from None
    except smtplib.SMTPNotSupportedError:
        raise NotSent("no-encryption") from None
    except smtplib.SMTPServerDisconnected as end:
        # The library says so of a silent server too.
        raise NotSent("timeout" if isinstance(end.__context__, TimeoutError) else "broken-off") from None
    except smtplib.SMTPResponseException as refusal:
        raise _by_number((refusal.smtp_code, refusal.smtp_error), "unreachable") from None
    except (smtplib.SMTPException, ssl.SSLCertVerificationError) as error:
        raise NotSent("bad-certificate" if isinstance(error, ssl.SSLError) else "wrong-password") from None
    except TimeoutError:
        raise NotSent("timeout") from None
    except UnicodeError:
        raise NotSent("bad-address") from None
    except OSError:
        raise NotSent("unreachable") from None


def _by_number(answer: tuple[int, bytes | str], code: str) -> NotSent:
    """Return the failure for an SMTP answer: the numbers from 400 to 499 mean later (RFC 5321, 4.2.1)."""
    number, said = answer
    text = said.decode("latin-1") if isinstance(said, bytes) else str(said)
    enhanced = _ENHANCED.match(text)
    told = f"{number} {enhanced[0]}" if enhanced else str(number)
    return NotSent("greylisted" if 400 <= number < 500 else code, told)
