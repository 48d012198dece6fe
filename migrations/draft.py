"""Writes a draft of the next migration from the difference between the models and all earlier migrations.

    python migrations/draft.py "Pets have a chip number"

A draft is to be read and corrected by hand: a renamed column looks like one dropped and one added.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from alembic import command  # noqa: E402 - the path comes first, as this is run by hand
from alembic.config import Config  # noqa: E402
from alembic.script import ScriptDirectory  # noqa: E402
from app.core.database import writing  # noqa: E402
from app.core.schema import SCRIPTS, plain_engine, upgrade  # noqa: E402


def main(message: str) -> Path:
    """Write the draft and return its path."""
    heads = ScriptDirectory(str(SCRIPTS)).get_revisions("heads")
    number = 1 + max((int(head.revision) for head in heads if head), default=0)
    with tempfile.TemporaryDirectory() as folder:
        engine = plain_engine(f"sqlite:///{folder}/draft.db")
        if heads:
            upgrade(engine)
        configuration = Config()
        configuration.set_main_option("script_location", str(SCRIPTS))
        configuration.set_main_option("path_separator", "os")
        configuration.set_main_option("file_template", f"{number:04}_" + re.sub(r"\W+", "_", message.lower()))
        writing.set(True)
        with engine.connect() as connection:
            configuration.attributes["connection"] = connection
            script = command.revision(configuration, message, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()
    return Path(script.path)  # type: ignore[union-attr]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(main(sys.argv[1]))
