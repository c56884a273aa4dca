"""What the gateway is told by whoever starts it: command line and environment, nothing clinical."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.paths import DATA_DIR
from bot.problem import Problem

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Settings:
    """Everything the gateway can be told. Durations are in seconds.

    limits: rate limits on; only tests and benchmarks on loopback run without.
    host_pages: origins (https://clinic.example) whose pages may embed the widget, beside those of clinic.yml.
    actions_url: Rasa's action server, to know whether it can answer; empty where the gateway is not told.
    rasa_timeout: how long an answer may take before the safety card; emergency_timeout: the same when the
        gateway's own screen saw an emergency.
    start_hold: how long a request waits while the product starts; start_grace: how long after the gateway's own
        start a missing Rasa counts as starting, not as failing.
    check_in_every: how often is looked for patients to be asked again.
    chat_url: address of the page with the chat, for mails; without it the clinic's website is named.
    broken_off_after: silence after which a conversation without a final answer goes on the clinic's list.
    """

    data_dir: Path = DATA_DIR
    host: str = "127.0.0.1"
    port: int = 8000
    rasa_url: str = "http://127.0.0.1:5005"
    actions_url: str = ""
    channel_key: str = ""
    limits: bool = True
    host_pages: tuple[str, ...] = ()
    rasa_timeout: float = 8.0
    emergency_timeout: float = 3.0
    start_hold: float = 5.0
    start_grace: float = 180.0
    retry_pause: float = 1.0
    max_attempts: int = 20
    token_days: int = 30
    broken_off_after: float = 1800.0
    housekeeping_every: float = 60.0
    check_in_every: float = 5.0
    chat_url: str = ""

    def __post_init__(self) -> None:
        if not self.limits and self.host not in LOOPBACK:
            raise Problem("--limits off is for tests on this machine only; use it with --host 127.0.0.1")


def from_environment(environment: Mapping[str, str], **given: object) -> Settings:
    """Return settings from AFTERCARE_… variables; what is given by name counts more."""
    found: dict[str, object] = {}
    for variable, name in VARIABLES.items():
        if environment.get(variable):
            found[name] = environment[variable]
    if "data_dir" in found:
        found["data_dir"] = Path(str(found["data_dir"]))
    if "host_pages" in found:
        found["host_pages"] = tuple(str(found["host_pages"]).split())
    return Settings(**{**found, **given})  # type: ignore[arg-type]


VARIABLES = {
    "AFTERCARE_DATA_DIR": "data_dir",
    "AFTERCARE_RASA_URL": "rasa_url",
    "AFTERCARE_ACTIONS_URL": "actions_url",
    "AFTERCARE_CHANNEL_KEY": "channel_key",
    "AFTERCARE_HOST_PAGES": "host_pages",
    "AFTERCARE_CHAT_URL": "chat_url",
}
