"""Say whose AWS account the credentials here lead to, before anything is deployed into it."""

import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError


def main() -> int:
    """Print the account and the region, or one sentence about what is missing."""
    nobody = "AWS credentials are needed: `aws configure`, or AWS_PROFILE naming a profile that exists."
    try:
        session = boto3.Session()
        if session.region_name is None:
            return _missing("An AWS region is needed: AWS_REGION, or a region in the profile.")
        if session.get_credentials() is None:
            return _missing(nobody)
        account = session.client("sts").get_caller_identity()["Account"]
    except ClientError as error:
        return _missing(f"AWS refuses these credentials ({error.response['Error']['Code']}).")
    except BotoCoreError as error:
        return _missing(f"{nobody} ({' '.join(str(error).split())})")
    sys.stdout.write(f"Deploying into account {account}, {session.region_name}.\n")
    return 0


def _missing(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
