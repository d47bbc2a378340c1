"""Say whose AWS account the credentials here lead to, and whether it can take a deployment, before anything is made.

`python -m local.account dev` says it on stderr; stdout is for sam: what else `sam deploy` must be told.
"""

import sys
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local import deployment
from local.errors import TemplateError

# Lambda keeps these for functions that reserve nothing, and refuses to reserve more than the rest.
UNRESERVABLE: Final = 100


def main(environment: str) -> int:
    """Tell the account and the region, or one sentence about what is missing."""
    nobody = "AWS credentials are needed: `aws configure`, or AWS_PROFILE naming a profile that exists."
    try:
        session = boto3.Session()
        if session.region_name is None:
            return _missing("An AWS region is needed: AWS_REGION, or a region in the profile.")
        if session.get_credentials() is None:
            return _missing(nobody)
        account = session.client("sts").get_caller_identity()["Account"]
        wanted = deployment.read(environment)
        state = deployment.state(session.client("cloudformation"), wanted.stack)
        limit = session.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    except TemplateError as error:
        return _missing(str(error))
    except ClientError as error:
        return _missing(f"AWS refuses these credentials ({error.response['Error']['Code']}, {error.operation_name}).")
    except BotoCoreError as error:
        return _missing(f"{nobody} ({' '.join(str(error).split())})")
    # Once its functions are made, what they have reserved is no longer among what is left.
    if state.new and limit < wanted.reserved + UNRESERVABLE:
        return _missing(
            f"Account {account} may run {limit} Lambda functions at once in {session.region_name}; {wanted.stack} needs"
            f" {wanted.reserved + UNRESERVABLE}: ask Service Quotas for more of Lambda's “Concurrent executions”."
        )
    sys.stderr.write(f"Deploying into account {account}, {session.region_name}.\n")
    if not state.whole:
        # There is nothing to roll back to: what is made stays, and the next deployment goes on from there.
        sys.stdout.write("--disable-rollback\n")
    return 0


def _missing(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
