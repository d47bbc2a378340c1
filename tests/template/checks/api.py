"""The HTTP API: the contract's routes, all to one alias, throttled, logged without user ids."""

from collections.abc import Iterator

from tests.template.deployment import Deployment, at, expect

ROUTES = {
    "/api/event/join": {"post"},
    "/api/events/{eventId}/join": {"post"},
    "/api/events/{eventId}": {"get"},
    "/api/events/{eventId}/entries/{userId}": {"get"},
    "$default": {"x-amazon-apigateway-any-method"},
}
ALIAS = "functions/${JoinFunctionAliaslive}/invocations"
STAGE = {
    "DefaultRouteSettings.ThrottlingRateLimit": {"Ref": "ThrottleRate"},
    "DefaultRouteSettings.ThrottlingBurstLimit": {"Ref": "ThrottleBurst"},
    "AccessLogSettings.DestinationArn": {"Fn::GetAtt": ["LogsStack", "Outputs.ApiLogsArn"]},
}


def check(deployed: Deployment) -> Iterator[str]:
    """Check the API and its stage."""
    body = deployed.properties("Api")["Body"]
    routes = {path: set(methods) for path, methods in body["paths"].items()}
    if routes != ROUTES:
        yield f"The API's routes are {routes}."
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            if not at(operation, "x-amazon-apigateway-integration.uri.Fn::Sub").endswith(ALIAS):
                yield f"{method} {path}: does not invoke the alias."
    cors = body.get("x-amazon-apigateway-cors")
    if at(cors, "Fn::If.0") != "HasCors" or at(cors, "Fn::If.2") != {"Ref": "AWS::NoValue"}:
        yield "CORS: is allowed by default."
    stage = deployed.properties("ApiApiGatewayDefaultStage")
    yield from expect("stage", stage, STAGE)
    logged = at(stage, "AccessLogSettings.Format") or ""
    if any(variable in logged for variable in ("$context.path", "sourceIp", "authorizer")):
        yield "stage: logs user ids or addresses."
