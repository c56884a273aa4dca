"""Tokens: each opens one conversation, until it expires, and says so by a signature."""

from datetime import datetime, timedelta
from pathlib import Path

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from bot.gateway.problems import ApiProblem
from bot.records import keys

KEY_FILE = "tokens.key"


class Tokens:
    """Issues tokens and checks them."""

    def __init__(self, data_dir: Path, lifetime: timedelta) -> None:
        """Use the key file of a data directory, making it at the first start."""
        key = keys.load_or_create(data_dir / KEY_FILE)
        self._signer = URLSafeTimedSerializer(key, salt="conversation")
        self.lifetime = lifetime

    def issue(self, conversation_id: str, now: datetime) -> tuple[str, datetime]:
        """Return a token for a conversation and when it expires."""
        return str(self._signer.dumps(conversation_id)), now + self.lifetime

    def check(self, authorization: str | None, conversation_id: str) -> None:
        """Let a request pass that may open a conversation.

        Raises ApiProblem 401 for a token that is missing, forged or expired, 403 for one of another conversation.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ApiProblem(401, "This request needs the token of its conversation.")
        try:
            opened = self._signer.loads(token.strip(), max_age=int(self.lifetime.total_seconds()))
        except SignatureExpired:
            raise ApiProblem(401, key="ended") from None
        except BadSignature:
            raise ApiProblem(401, "This token is not valid.") from None
        if opened != conversation_id:
            raise ApiProblem(403, "This token is for another conversation.")
