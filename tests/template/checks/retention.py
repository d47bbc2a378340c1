"""Logs: each function has its own, as JSON, kept for a while and then gone."""

from collections.abc import Iterator

from tests.template.checks.expect import expect
from tests.template.deployment import Deployment


def check(deployed: Deployment) -> Iterator[str]:
    """Check every log group and every function's logging."""
    for level in sorted(set(deployed.root["Parameters"]["LogLevel"]["AllowedValues"]) - {"DEBUG", "INFO"}):
        yield f"LogLevel: at {level} Lambda drops the metrics' lines, which name no level."
    for key, group in deployed.typed("AWS::Logs::LogGroup").items():
        if "Ref" not in group["Properties"].get("RetentionInDays", {}):
            yield f"{key}: is kept for ever, or for a time no parameter sets."
    for key, function in deployed.typed("AWS::Lambda::Function").items():
        logical_id = key.split("/")[1]
        name = logical_id.removesuffix("Function")
        wanted = {
            "FunctionName": {"Fn::Sub": f"${{AWS::StackName}}-{name.lower()}"},
            "LoggingConfig.LogFormat": "JSON",
            # Without it Lambda drops what is below INFO, and Powertools goes by Lambda's level, not by LOG_LEVEL.
            "LoggingConfig.ApplicationLogLevel": {"Ref": "LogLevel"},
            "Environment.Variables.LOG_LEVEL": {"Ref": "LogLevel"},
            "LoggingConfig.LogGroup": {"Fn::GetAtt": ["LogsStack", f"Outputs.{name}Logs"]},
        }
        yield from expect(logical_id, function["Properties"], wanted)
        group = deployed.nested["logs"]["Resources"].get(f"{name}Logs")
        yield from expect(
            name, group, {"Properties.LogGroupName": {"Fn::Sub": f"/aws/lambda/${{Name}}-{name.lower()}"}}
        )
