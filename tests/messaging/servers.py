"""Servers on this machine that take what the program sends: mail, and text messages as Alibaba Cloud does."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "shop", "smtp secret words"
KEY, SECRET = "LTAItestkey", "sms secret words"


@dataclass
class Mailbox:
    """What a mail server took, and how it behaves; `before_answer` runs once a mail is taken, before that is told."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    at_recipient: str = "250 OK"
    at_data: str = "250 OK"
    before_answer: Callable[[], None] = lambda: None
    port: int = 0
    lock: Any = field(default_factory=threading.Lock)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(  # noqa: N802 - the library's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Take or refuse a mail."""
        if self.at_data.startswith("250"):
            with self.lock:
                self.raw.append(envelope.content)
                self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
                self.recipients.append(list(envelope.rcpt_tos))
            self.before_answer()
        return self.at_data

    @property
    def references(self) -> list[str]:
        """The Message-ID of each mail."""
        with self.lock:
            return [str(mail["Message-ID"]) for mail in self.mails]


class AnyPort(Controller):
    """The library's server on any free port; to see whether it listens, it connects to the port it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    # Not handled: the server itself says that it does not let somebody in.
    return AuthResult(
        handled=False, success=(data.login, data.password) == (USER.encode(), PASSWORD.encode())
    )


@contextmanager
def mail_server(
    box: Mailbox, certificate: Path | None = None, *, from_the_start: bool = False
) -> Iterator[Mailbox]:
    """Run a real SMTP server for the box; with a certificate it wants a password, and offers STARTTLS or wants TLS."""
    more: dict[str, Any] = {}
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        more = {"auth_required": True, "authenticator": _authenticate}
        if from_the_start:
            # The library does not count TLS from the start as such.
            more |= {"ssl_context": context, "auth_require_tls": False}
        else:
            more |= {"tls_context": context, "require_starttls": True}
    controller = AnyPort(box, hostname="127.0.0.1", port=0, **more)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop()


def make_certificate(folder: Path, host: str = "127.0.0.1") -> Path:
    """Return a file with a key and a certificate for an address of this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(host)), x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


# --- Text messages --------------------------------------------------------------------------------------


@dataclass
class SmsBox:
    """What the provider took, and what it answers; `refused` counts requests whose signature was wrong."""

    taken: list[dict[str, str]] = field(default_factory=list)
    refused: int = 0
    answer: dict[str, str] = field(default_factory=lambda: {"Code": "OK", "BizId": "900619746936498440^0"})
    endpoint: str = ""


def expected_signature(method: str, target: str, headers: Any, body: bytes) -> str:
    """Return the signature that a request must have, worked out anew from what arrived."""
    address = urlsplit(target)
    parameters = sorted(parse_qs(address.query, keep_blank_values=True).items())
    query = "&".join(f"{quote(name, safe='~')}={quote(values[0], safe='~')}" for name, values in parameters)
    names = [each for each in ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date",
                               "x-acs-signature-nonce", "x-acs-version") if headers[each]]  # fmt: skip
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    digest = hashlib.sha256(body).hexdigest()
    request = f"{method}\n{address.path or '/'}\n{query}\n{lines}\n{';'.join(names)}\n{digest}"
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.new(SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={KEY},SignedHeaders={';'.join(names)},Signature={signature}"


@contextmanager
def sms_server(box: SmsBox) -> Iterator[SmsBox]:
    """Run a server that takes text messages as the provider does, and checks the signature of each request."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            wanted = expected_signature("POST", self.path, self.headers, body)
            if self.headers["Authorization"] != wanted or self.headers["x-acs-action"] != "SendSms":
                box.refused += 1
                self._say(400, {"Code": "SignatureDoesNotMatch"})
                return
            if box.answer.get("Code") == "OK":
                asked = parse_qs(urlsplit(self.path).query)
                box.taken.append({name: values[0] for name, values in asked.items()})
            self._say(200, box.answer)

        def _say(self, status: int, answer: dict[str, str]) -> None:
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_parts: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    box.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
