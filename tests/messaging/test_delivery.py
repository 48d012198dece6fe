"""Delivery: what arrives at a real mail server and at the provider of text messages, and what goes wrong in words."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.access.events import SecurityText
from app.core.kernel import kernel
from app.messaging.aliyun import canonical_query, signed_headers
from app.messaging.failures import WORDS, NotSent
from app.messaging.models import MessageState, Security
from app.messaging.sending_settings import outlets
from app.messaging.smtp import MailServer
from app.messaging.texts import KIND_LABELS, write_mail
from tests.messaging.conftest import (
    ADDRESS,
    LINK,
    PHONE,
    SENDER,
    mail,
    make_due,
    rows,
    send,
    set_sending,
    states,
    use_box,
    with_settings,
    write,
)
from tests.messaging.servers import PASSWORD, USER, Mailbox, SmsBox, mail_server, make_certificate

EVERY_KIND = [kind for kind in KIND_LABELS if kind != "test"]
FACTS = {"link": LINK, "code": "730164", "minutes": "60", "place": "Chrome · Windows · 10.0.0.8"}


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant", "en"])
def test_every_kind_can_be_written_in_every_language(app: Flask, kind: str, language: str) -> None:
    letter = write_mail(kind, ADDRESS, language, FACTS)

    assert "毛球宠物" in letter.subject
    assert "%(" not in letter.subject + letter.text
    wanted = {"invitation": LINK, "reset": LINK, "code": "730164", "new_sign_in": "10.0.0.8"}.get(kind, "")
    assert wanted in letter.text
    assert wanted in letter.html
    assert "<img" not in letter.html


def test_a_mail_arrives_with_its_heads_and_both_forms(app_on: Flask, box: Mailbox) -> None:
    use_box(box)
    write(mail())
    send()

    (arrived,), row = box.mails, rows()[0]
    assert row.state is MessageState.SENT
    assert box.recipients == [[ADDRESS]]
    assert arrived["To"] == ADDRESS
    assert arrived["From"].addresses[0].addr_spec == SENDER
    assert arrived["From"].addresses[0].display_name == "毛球宠物"
    assert "毛球宠物" in arrived["Subject"]
    assert arrived["Message-ID"] == f"<{row.id.hex}@maoqiu.example.com>" == row.reference
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Date"].datetime.utcoffset() is not None
    plain, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert LINK in plain.get_content()
    assert f'href="{LINK}"' in html.get_content()
    assert all(len(line) <= 998 and line.isascii() for line in box.raw[0].split(b"\r\n"))


def test_no_fact_becomes_a_head_of_the_mail_or_markup(app: Flask, box: Mailbox) -> None:
    use_box(box)
    hostile = "Shop\r\nBcc: thief@example.com\r\n\r\n<script>alert(1)</script>\u2028X-Evil: 1"
    write(mail("new_sign_in", facts={"shop": hostile, "place": hostile}))
    write(mail("reset", facts={"shop": '" <evil@example.com>', "link": "javascript:alert(1)"}))
    send()

    assert states() == [MessageState.SENT] * 2
    for arrived, recipients in zip(box.mails, box.recipients, strict=True):
        assert arrived["Bcc"] is None
        assert arrived["X-Evil"] is None
        assert recipients == [ADDRESS]
        assert arrived["From"].addresses[0].addr_spec == SENDER
        html = arrived.get_body(("html",))
        assert html is not None
        assert "<script" not in html.get_content()
        assert 'href="javascript' not in html.get_content()


REFUSALS = {
    ("550 5.1.1 <wang.xiaomei@example.com> unknown", "250 OK"): ("dead", "refused-recipient", "550 5.1.1"),
    ("451 4.7.1 later, wang.xiaomei@example.com", "250 OK"): ("failed", "greylisted", "451 4.7.1"),
    ("250 OK", "554 5.7.1 spam from shop@maoqiu.example.com"): ("dead", "refused-content", "554 5.7.1"),
    ("250 OK", "452 4.3.1 disk full"): ("failed", "greylisted", "452 4.3.1"),
}


@pytest.mark.parametrize("said", REFUSALS)
def test_a_refusal_ends_in_the_right_state_and_keeps_the_number_alone(
    app_on: Flask, box: Mailbox, said: tuple[str, str]
) -> None:
    use_box(box)
    box.at_recipient, box.at_data = said
    write(mail())
    send()

    assert [(row.state.value, row.error, row.answer) for row in rows()] == [REFUSALS[said]]


def test_what_was_greylisted_arrives_at_the_next_try(app_on: Flask, box: Mailbox) -> None:
    use_box(box)
    box.at_recipient = "451 4.7.1 later"
    write(mail())
    send()
    send()
    assert (states(), rows()[0].attempts) == ([MessageState.FAILED], 1), "the pause is kept"
    box.at_recipient = "250 OK"
    make_due()

    send()

    assert states() == [MessageState.SENT]
    assert len(box.mails) == 1


def test_starttls_and_a_password_and_what_happens_without_them(
    app: Flask, tmp_path: Path, monkeypatch: Any
) -> None:
    certificate = make_certificate(tmp_path)
    with mail_server(Mailbox(), certificate) as box:
        secured = {"smtp_security": Security.STARTTLS, "smtp_user": USER, "smtp_password": PASSWORD}
        use_box(box, **secured)
        write(mail())
        send()
        assert [(row.state, row.error) for row in rows()] == [(MessageState.FAILED, "bad-certificate")]

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        use_box(box, **(secured | {"smtp_password": "wrong"}))
        make_due()
        send()
        assert (rows()[0].state, rows()[0].error) == (MessageState.FAILED, "wrong-password")

        use_box(box, **secured)
        make_due()
        send()
        assert states() == [MessageState.SENT]
        assert len(box.mails) == 1


def test_tls_from_the_first_byte(app: Flask, tmp_path: Path, monkeypatch: Any) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(Mailbox(), certificate, from_the_start=True) as box:
        use_box(box, smtp_security=Security.TLS, smtp_user=USER, smtp_password=PASSWORD)
        write(mail())
        send()

        assert [(row.state, row.error) for row in rows()] == [(MessageState.SENT, "")]


def test_a_server_without_encryption_gets_nothing(app: Flask, box: Mailbox) -> None:
    use_box(box, smtp_security=Security.STARTTLS, smtp_user=USER, smtp_password=PASSWORD)
    write(mail())
    send()

    assert (rows()[0].state, rows()[0].error) == (MessageState.FAILED, "no-encryption")
    assert box.mails == []
    with pytest.raises(NotSent, match="no encryption"):
        MailServer("mail.example.com", 25, Security.NONE, SENDER).send(
            write_mail("test", ADDRESS, "en", {}), "<a@b>"
        )


@contextmanager
def silent_port() -> Iterator[int]:
    """Listen on a port and say nothing until the end, then close."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def closing_port() -> Iterator[int]:
    """Take each connection and close it at once."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def close_all() -> None:
            while True:
                try:
                    listening.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=close_all, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def test_a_server_that_is_silent_gone_or_hangs_up_is_tried_again(app: Flask, monkeypatch: Any) -> None:
    # Nobody waits fifteen seconds for a server of a test.
    monkeypatch.setattr(MailServer.__init__, "__defaults__", ("", "", 0.2))
    write(mail())
    found = []
    with silent_port() as silent, closing_port() as closing:
        with socket.create_server(("127.0.0.1", 0)) as once:
            gone = once.getsockname()[1]
        for port in (silent, closing, gone):
            set_sending(smtp_host="127.0.0.1", smtp_port=port, sender=SENDER, smtp_security=Security.NONE)
            make_due()
            send()
            found.append((rows()[0].state.value, rows()[0].error))

    assert found == [("failed", "timeout"), ("failed", "broken-off"), ("failed", "unreachable")]


def test_the_log_says_what_happened_and_nobody_s_address(
    app: Flask, box: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    use_box(box)
    write(mail())
    box.at_recipient = "550 5.1.1 wang.xiaomei@example.com unknown"
    send()
    write(mail("reset", facts={"link": LINK + "2"}))
    box.at_recipient = "250 OK"
    send()

    kebu = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("kebu"))
    assert "not sent: refused-recipient 550 5.1.1" in kebu
    assert re.search(r"message \S+ \(reset\), try 1: sent", kebu)
    ours = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("mail.log")
    )
    for secret in (ADDRESS, "xiaomei", LINK):
        assert secret not in ours


def test_the_program_s_own_setting_goes_before_the_page(app: Flask, box: Mailbox) -> None:
    use_box(box, smtp_port=1)
    before = app.config["KEBU_SETTINGS"]
    try:
        with_settings(app, smtp_url=f"smtp://127.0.0.1:{box.port}?from=env@shop.example.com&security=none")
        write(mail())
        send()
    finally:
        with_settings(app, smtp_url=before.smtp_url)

    assert states() == [MessageState.SENT]
    assert box.mails[0]["From"].addresses[0].addr_spec == "env@shop.example.com"


def test_the_kernel_knows_the_channels_there_are(app_on: Flask, box: Mailbox) -> None:
    assert kernel().channels == frozenset()

    use_box(box)

    assert kernel().channels == {"mail"}


# --- Text messages --------------------------------------------------------------------------------------

CODE = SecurityText(1, "code", "zh_Hans", PHONE, {"code": "730164", "minutes": "5"})


def test_the_signature_is_the_one_of_the_provider_s_documentation() -> None:
    query = canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    headers = signed_headers(
        "YourAccessKeyId",
        "YourAccessKeySecret",
        "ecs.cn-shanghai.aliyuncs.com",
        query,
        date="2023-10-26T10:22:32Z",
        nonce="3156853299f313e23d1673dc12e1703d",
        action="RunInstances",
        version="2014-05-26",
    )

    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_provider_gets_the_code_under_a_right_signature(app_on: Flask, sms_box: SmsBox) -> None:
    write(CODE)
    send()

    row = rows()[0]
    assert (row.state, row.answer) == (MessageState.SENT, "900619746936498440^0")
    assert sms_box.refused == 0
    assert sms_box.taken == [
        {
            "PhoneNumbers": PHONE,
            "SignName": "毛球宠物",
            "TemplateCode": "SMS_1",
            "TemplateParam": '{"code": "730164"}',
            "OutId": row.id.hex,
        }
    ]
    assert kernel().channels == {"sms"}


def test_a_wrong_secret_is_told_as_such(app_on: Flask, sms_box: SmsBox) -> None:
    set_sending(sms_secret="not the secret")
    write(CODE)
    send()

    assert sms_box.refused == 1
    assert [(row.state, row.error) for row in rows()] == [(MessageState.FAILED, "wrong-password")]


@pytest.mark.parametrize(
    ("code", "state", "error"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", "dead", "bad-address"),
        ("isv.BUSINESS_LIMIT_CONTROL", "failed", "too-many"),
        ("isv.SMS_TEMPLATE_ILLEGAL", "failed", "refused-template"),
        ("isv.AMOUNT_NOT_ENOUGH", "failed", "no-credit"),
        ("Throttling.User", "failed", "greylisted"),
        ("isv.SOMETHING_NEW", "failed", "refused"),
    ],
)
def test_the_provider_s_refusals_end_in_the_right_state(
    app: Flask, code: str, state: str, error: str, sms_on_sqlite: SmsBox
) -> None:
    sms_on_sqlite.answer = {"Code": code, "Message": f"{PHONE} is wrong"}
    write(CODE)
    send()

    assert [(row.state.value, row.error) for row in rows()] == [(state, error)]
    assert PHONE not in rows()[0].answer


def test_every_failure_has_words(app: Flask) -> None:
    assert all(str(words).endswith(".") for words in WORDS.values())
    assert "secret" not in repr(outlets())
