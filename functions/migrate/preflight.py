"""The custom resources that need no network of ours: the account is checked first, and settings get a digest.

A digest that changes publishes a version of JoinFunction. SAM alone publishes one when the template changes, not when
only a parameter's value does: the alias would keep the old settings.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from migrate.account import problems
from migrate.custom_resource import Result, respond

logger = Logger()


@event_source(data_class=CloudFormationCustomResourceEvent)
def lambda_handler(event: CloudFormationCustomResourceEvent, _context: LambdaContext) -> None:
    """Check or digest the properties, and respond in any case."""
    result = Result("FAILED", "PreflightFunction failed; its log says why.")
    try:
        result = apply(event.request_type, event["ResourceType"], event.resource_properties)
    finally:
        respond(event, f"eventrush-{event.logical_resource_id}", result)


def apply(request_type: str, resource_type: str, properties: Mapping[str, Any]) -> Result:
    """Return the result for one resource."""
    if request_type == "Delete":
        return Result("SUCCESS", "There is nothing to delete.")
    if resource_type == "Custom::Settings":
        return Result("SUCCESS", "", {"Digest": digest(properties)})
    return _check(properties)


def digest(properties: Mapping[str, Any]) -> str:
    """Return a text that is the same for the same properties."""
    return hashlib.sha256(json.dumps(properties, sort_keys=True).encode()).hexdigest()


def _check(properties: Mapping[str, Any]) -> Result:
    try:
        found = list(problems(properties, os.environ["AWS_REGION"], boto3.client("ec2"), boto3.client("lambda")))
    except (BotoCoreError, ClientError) as error:
        logger.exception("the account cannot be checked")
        return Result("FAILED", f"The account cannot be checked: {error}")
    return Result("FAILED", " ".join(found)) if found else Result("SUCCESS", "The account has what is needed.")
