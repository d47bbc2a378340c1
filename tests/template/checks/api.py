"""The HTTP API: the contract's routes, all to one alias, throttled, logged without user ids."""

from collections.abc import Iterator

from tests.template.checks.expect import at, expect
from tests.template.deployment import Deployment

ROUTES = {
    "/api/event/join": {"post"},
    "/api/events/{eventId}/join": {"post"},
    "/api/events/{eventId}": {"get"},
    "/api/events/{eventId}/entries/{userId}": {"get"},
    "$default": {"x-amazon-apigateway-any-method"},
}
ALIAS = "functions/${JoinFunctionAliaslive}/invocations"


def check(deployed: Deployment) -> Iterator[str]:
    """Check the API and its stage."""
    body = deployed.named("Api")["Body"]
    routes = {path: set(methods) for path, methods in body["paths"].items()}
    if routes != ROUTES:
        yield f"The API's routes are {routes}."
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            if not at(operation, "x-amazon-apigateway-integration.uri.Fn::Sub").endswith(ALIAS):
                yield f"{method} {path}: does not lead to the alias."
    cors = body.get("x-amazon-apigateway-cors")
    if at(cors, "Fn::If.0") != "HasCors" or at(cors, "Fn::If.2") != {"Ref": "AWS::NoValue"}:
        yield "CORS: is allowed without anybody asking for it."
    stage = deployed.named("ApiApiGatewayDefaultStage")
    yield from expect(
        "stage",
        stage,
        {
            "DefaultRouteSettings.ThrottlingRateLimit": {"Ref": "ThrottleRate"},
            "DefaultRouteSettings.ThrottlingBurstLimit": {"Ref": "ThrottleBurst"},
            "AccessLogSettings.DestinationArn": {"Fn::GetAtt": ["LogsStack", "Outputs.ApiLogsArn"]},
        },
    )
    logged = at(stage, "AccessLogSettings.Format") or ""
    if any(variable in logged for variable in ("$context.path", "sourceIp", "authorizer")):
        yield "stage: writes user ids or addresses into its log."
