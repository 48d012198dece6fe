"""Writes a draft of the next migration from the difference between the models and all earlier migrations.

    python migrations/draft.py "Pets have a chip number"

A draft is to be read and corrected by hand: a renamed column looks like one dropped and one added.
"""

from __future__ import annotations

import re
import subprocess
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
    path = Path(script.path)  # type: ignore[union-attr]
    path.write_text(tidied(path.read_text(encoding="utf-8")), encoding="utf-8")
    for tidy in (["check", "--fix", "--select", "I"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, "--quiet", str(path)], check=False)  # noqa: S603
    return path


def tidied(text: str) -> str:
    """Return a draft with one word for the table options and without indexes dropped just before their table."""
    options = re.compile(r"(?:    (?:mariadb|mysql)_(?:charset|collate|engine)='\w+',?\n){6}")
    text, count = options.subn("    **TABLE_OPTIONS\n", text)
    text = re.sub(r"    # ### .*\n", "", text)
    for table in re.findall(r"op\.drop_table\('(\w+)'\)", text):
        # MariaDB refuses to drop an index that a foreign key still leans on; it goes with its table.
        opening = rf"    with op\.batch_alter_table\('{table}', schema=None\) as batch_op:\n"
        text = re.sub(opening + r"(?:        batch_op\.drop_index.*\n)+\n?", "", text)
    if count:
        text = text.replace(
            "from alembic import op\n",
            "from alembic import op\nfrom app.core.database import TABLE_OPTIONS\n",
        )
    return _sorted_imports(text)


def _sorted_imports(text: str) -> str:
    lines = text.split("\n")
    own = sorted({line for line in lines if line.startswith("from app.core.")})
    rest = [line for line in lines if line not in own]
    place = rest.index("from alembic import op") + 1
    # The two of `database` become one line, as the linter wants it.
    names = sorted(
        line.rpartition(" ")[2] for line in own if line.startswith("from app.core.database import ")
    )
    others = [line for line in own if not line.startswith("from app.core.database import ")]
    if names:
        others.append(
            "from app.core.database import " + ", ".join(sorted(names, key=str.isupper, reverse=True))
        )
    return "\n".join([*rest[:place], *sorted(others), "", *rest[place:]])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print(main(sys.argv[1]))
