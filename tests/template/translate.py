"""Write the translated template.yaml, for tools that read CloudFormation: `python -m tests.template.translate FILE`."""

import os
import sys
from pathlib import Path

from tests.template.deployment import as_text, deployment, sources


def main(file: Path) -> None:
    """Translate with the default parameters; the translator needs a region, any region."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(as_text(deployment(sources()).root))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
