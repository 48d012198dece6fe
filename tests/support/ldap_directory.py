"""A real LDAP directory on this machine, as small as it can be: binds, searches, StartTLS, over sockets in BER."""

from __future__ import annotations

import datetime
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ldap3.protocol import rfc4511
from pyasn1.codec.ber import decoder, encoder

BASE, SERVICE, SERVICE_PASSWORD = "ou=people,dc=shop", "cn=kebu,dc=shop", "what kebu says"
SUCCESS, PROTOCOL_ERROR, TOO_MANY, WRONG, REFUSED, BUSY = 0, 2, 4, 49, 50, 51


@dataclass
class Directory:
    """People by the names of their entries: user name and password. `binds` are all that anybody tried."""

    port: int = 0
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    binds: list[tuple[str, bytes]] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)
    busy: bool = False
    silent: bool = False
    tls: ssl.SSLContext | None = None
    tls_at_once: bool = False

    def add(self, user_name: str, password: str, entry: str = "") -> str:
        """Put somebody into the directory and return the entry's name."""
        entry = entry or f"uid={user_name},{BASE}"
        self.people[entry] = (user_name, password)
        return entry

    def bind(self, name: str, password: bytes) -> int:
        """Return how a bind ends; like RFC 4513's servers, one without a password succeeds, as nobody."""
        self.binds.append((name, password))
        if self.busy and name != SERVICE:
            return BUSY
        if not password:
            return SUCCESS
        known = SERVICE_PASSWORD if name == SERVICE else self.people.get(name, ("", ""))[1]
        return SUCCESS if known and known.encode() == password else WRONG

    def find(self, asked: Any) -> list[str]:
        """Return the entries that a filter meets."""
        kind = asked.getName()
        self.searches.append(kind)
        if kind == "equalityMatch":
            assert str(asked[kind]["attributeDesc"]) == "uid"
            wanted = bytes(asked[kind]["assertionValue"]).decode().lower()
            return [entry for entry, (name, _password) in self.people.items() if name.lower() == wanted]
        # What stars and brackets in a name would ask for, were they let through.
        return list(self.people)


class _Conversation(socketserver.BaseRequestHandler):
    directory: Directory

    def handle(self) -> None:
        """Answer one connection until it ends."""
        bound = ""
        try:
            if self.directory.tls_at_once:
                self._encrypt()
            while (message := self._read()) is not None:
                kind = message["protocolOp"].getName()
                asked = message["protocolOp"][kind]
                if kind == "bindRequest":
                    name, password = str(asked["name"]), bytes(asked["authentication"]["simple"])
                    code = self.directory.bind(name, password)
                    bound = name if code == SUCCESS and password else ""
                    self._send(message, "bindResponse", code)
                elif kind == "searchRequest":
                    self._search(message, asked, bound)
                elif kind == "extendedReq" and self.directory.tls is not None:
                    self._send(message, "extendedResp", SUCCESS)
                    self._encrypt()
                elif kind == "extendedReq":
                    self._send(message, "extendedResp", PROTOCOL_ERROR)
                else:
                    return
        except OSError:
            return

    def _encrypt(self) -> None:
        assert self.directory.tls is not None
        self.request = self.directory.tls.wrap_socket(self.request, server_side=True)

    def _search(self, message: Any, asked: Any, bound: str) -> None:
        found = self.directory.find(asked["filter"]) if bound == SERVICE else []
        limit = int(asked["sizeLimit"])
        for entry in found[:limit]:
            answer = rfc4511.SearchResultEntry()
            answer["object"], answer["attributes"] = entry, rfc4511.PartialAttributeList()
            self._write(message, "searchResEntry", answer)
        code = REFUSED if bound != SERVICE else TOO_MANY if len(found) > limit else SUCCESS
        self._send(message, "searchResDone", code)

    def _send(self, message: Any, kind: str, code: int) -> None:
        answer = rfc4511.ProtocolOp().componentType[kind].asn1Object.clone()
        answer["resultCode"], answer["matchedDN"], answer["diagnosticMessage"] = code, "", ""
        self._write(message, kind, answer)

    def _write(self, message: Any, kind: str, answer: Any) -> None:
        whole = rfc4511.LDAPMessage()
        whole["messageID"] = int(message["messageID"])
        whole["protocolOp"] = rfc4511.ProtocolOp().setComponentByName(kind, answer)
        self.request.sendall(encoder.encode(whole))

    def _read(self) -> Any:
        head = self._take(2)
        if head is None or self.directory.silent:
            return None if head is None else self._take(1 << 20)
        length = head[1]
        if length & 0x80:
            more = self._take(length & 0x7F) or b""
            head, length = head + more, int.from_bytes(more)
        body = self._take(length)
        if body is None:
            return None
        return decoder.decode(head + body, asn1Spec=rfc4511.LDAPMessage())[0]

    def _take(self, count: int) -> bytes | None:
        taken = b""
        while len(taken) < count:
            part = self.request.recv(count - len(taken))
            if not part:
                return None
            taken += part
        return taken


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that does not trust our certificate."""


@contextmanager
def running_directory() -> Iterator[Directory]:
    """Run an empty directory until the block ends."""
    directory = Directory()
    handler = type("Conversation", (_Conversation,), {"directory": directory})
    with _Server(("127.0.0.1", 0), handler) as server:
        directory.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield directory
        server.shutdown()
        thread.join()


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """Return what a server speaks TLS with under a name or an address, and the file that makes clients trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "trusted.pem", folder / "private.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted
