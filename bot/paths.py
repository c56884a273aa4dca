"""Where things are in this project."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOCOL = ROOT / "protocol"
MODELS = ROOT / "models"
DATA_DIR = ROOT / "var"
