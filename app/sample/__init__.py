"""Sample shops: believable, made by a fixed seed, belonging to nobody, and gone without a trace when told."""

from app.sample.errors import NotASample
from app.sample.seeding import accounts, clear, seed
from app.sample.staff import Account

__all__ = ["Account", "NotASample", "accounts", "clear", "seed"]
