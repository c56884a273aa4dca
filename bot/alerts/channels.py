"""Carrying a message: by mail, by a signed webhook, by anything apprise offers."""

import hashlib
import hmac
import json
import smtplib
import ssl
import time
from email.message import EmailMessage
from email.utils import formatdate

import apprise
import httpx

from bot.alerts.message import Message
from bot.alerts.settings import AlertSettings, Channel, Smtp

TIMEOUT_S = 15
SIGNATURE = "X-Aftercare-Signature"


class NotSent(RuntimeError):
    """A message could not be handed over; the text says why and holds no secret."""


def send(channel: Channel, message: Message, settings: AlertSettings) -> None:
    """Hand a message over. Returns when the other side has taken it; raises NotSent otherwise."""
    if channel.kind == "email":
        assert settings.smtp is not None
        send_mail(settings.smtp, channel.target, message)
    elif channel.kind == "webhook":
        send_webhook(channel, message)
    else:
        send_apprise(channel, message)


def send_mail(smtp: Smtp, recipient: str, message: Message) -> None:
    """Send a mail. Its Message-ID stays the same on every attempt: mail programs show it once."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = smtp.sender, recipient, message.subject
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = message_id(message.key, smtp.sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    try:
        with _connect(smtp) as server:
            if smtp.user:
                server.login(smtp.user, smtp.password)
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"mail to {smtp.host}:{smtp.port}: {type(error).__name__}: {error}") from error


def message_id(key: str, sender: str) -> str:
    """Return the Message-ID that belongs to an alert and a sender."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def send_webhook(channel: Channel, message: Message, client: httpx.Client | None = None) -> None:
    """Post a message as JSON, signed; any answer from 200 to 299 means taken."""
    body = json.dumps(message.as_dict(), separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message.key,
        SIGNATURE: signature(channel.secret, body, int(time.time())),
    }
    try:
        with client or httpx.Client(timeout=TIMEOUT_S) as session:
            answer = session.post(channel.target, content=body, headers=headers)
    except httpx.HTTPError as error:
        raise NotSent(f"webhook: {type(error).__name__}") from error
    if not answer.is_success:
        raise NotSent(f"webhook: the other side answered {answer.status_code}")


def signature(secret: str, body: bytes, at: int) -> str:
    """Return what proves that a body came from here: "t=<seconds>,v1=<HMAC-SHA256 of `t.body` in hex>"."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def send_apprise(channel: Channel, message: Message) -> None:
    """Send by the service that an apprise address names."""
    service = apprise.Apprise()
    if not service.add(channel.target):
        raise NotSent("apprise does not know this kind of address")
    if not service.notify(title=message.subject, body=message.text):
        raise NotSent("apprise: the service did not take the message")


def _connect(smtp: Smtp) -> smtplib.SMTP:
    if smtp.security == "tls":
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=TIMEOUT_S, context=ssl.create_default_context())
    server = smtplib.SMTP(smtp.host, smtp.port, timeout=TIMEOUT_S)
    if smtp.security == "starttls":
        server.starttls(context=ssl.create_default_context())
    return server
