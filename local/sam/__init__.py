"""The application in SAM's containers, beside the containers of a plain `docker compose up`."""

from local.sam.build import build
from local.sam.containers import Containers, containers
from local.sam.obstacle import require_docker
from local.sam.service import SamService, require_port

__all__ = ["Containers", "SamService", "build", "containers", "require_docker", "require_port"]
