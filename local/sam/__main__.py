"""Say in one sentence what stands in the way of running containers: `python -m local.sam`."""

import sys

from local.sam.obstacle import require_docker
from local.servers import StackError

try:
    require_docker()
except StackError as obstacle:
    sys.exit(str(obstacle))
