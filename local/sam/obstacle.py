"""Find out what stands in the way of running containers."""

from local.sam.command import lambda_image
from local.servers import StackError
from local.servers.compose import why_not
from local.servers.compose.docker import docker

_PULL_S = 600


def require_docker() -> None:
    """Return when Docker runs and has every image, pulled where it was missing; StackError otherwise."""
    hindered = why_not(_PULL_S)
    if hindered:
        raise StackError(f"A Docker engine with Compose and the images is needed here: {hindered}.")
    image = lambda_image()
    try:
        docker("image", "inspect", image)
    except StackError:
        _pull(image)


def _pull(image: str) -> None:
    try:
        docker("pull", "--quiet", image, timeout_s=_PULL_S)
    except StackError as error:
        raise StackError(f"The image {image} is missing and cannot be pulled.") from error
