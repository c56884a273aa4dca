"""The measuring room: how well the assistant understands and decides, and how fast it answers."""

from bot.paths import DATA_DIR, ROOT

RESULTS = ROOT / "bench" / "results"
SHORT_RESULTS = DATA_DIR / "bench" / "short"
