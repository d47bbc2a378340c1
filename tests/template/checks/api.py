"""The HTTP API: the contract's routes, all to one alias, with or without tokens, throttled, logged without user ids."""

from collections.abc import Iterator

from tests.template.deployment import Deployment, at, expect, sized

ROUTES = {
    "/api/event/join": {"post"},
    "/api/events/{eventId}/join": {"post"},
    "/api/events/{eventId}": {"get"},
    "/api/events/{eventId}/entries/{userId}": {"get"},
    "$default": {"x-amazon-apigateway-any-method"},
}
# The routes of one user; all others are public.
AUTHORIZED = {"/api/event/join", "/api/events/{eventId}/join", "/api/events/{eventId}/entries/{userId}"}
SECURITY = {"Fn::If": ["HasTokens", [{"Token": []}], []]}
JWT = "components.Fn::If.1.securitySchemes.Token.x-amazon-apigateway-authorizer"
AUTHORIZER = {
    "components.Fn::If.0": "HasTokens",
    "components.Fn::If.2": {"Ref": "AWS::NoValue"},
    f"{JWT}.type": "jwt",
    # The header alone: a token in a query would be logged along the way.
    f"{JWT}.identitySource": "$request.header.Authorization",
    f"{JWT}.jwtConfiguration": {"issuer": {"Ref": "JwtIssuer"}, "audience": [{"Ref": "JwtAudience"}]},
}
ALIAS = "functions/${JoinFunctionAliaslive}/invocations"
# The handler refuses what has no claims, whatever the API does.
HANDLER = {"Environment.Variables.IDENTITY": {"Ref": "Identity"}}
TOKENS = {"Fn::Equals": [{"Ref": "Identity"}, "token"]}
STAGE = {
    "DefaultRouteSettings.ThrottlingRateLimit": sized("ThrottleRate"),
    "DefaultRouteSettings.ThrottlingBurstLimit": sized("ThrottleBurst"),
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
            if not (at(operation, "x-amazon-apigateway-integration.uri.Fn::Sub") or "").endswith(ALIAS):
                yield f"{method} {path}: does not invoke the alias."
            if operation.get("security") != (SECURITY if path in AUTHORIZED else None):
                yield f"{method} {path}: has the wrong authorizer."
    yield from expect("API", body, AUTHORIZER)
    yield from expect("JoinFunction", deployed.properties("JoinFunction"), HANDLER)
    yield from expect("HasTokens", deployed.root["Conditions"], {"HasTokens": TOKENS})
    cors = body.get("x-amazon-apigateway-cors")
    if at(cors, "Fn::If.0") != "HasCors" or at(cors, "Fn::If.2") != {"Ref": "AWS::NoValue"}:
        yield "CORS: is allowed by default."
    if "authorization" not in (at(cors, "Fn::If.1.allowHeaders") or ()):
        yield "CORS: a page cannot send a token."
    stage = deployed.properties("ApiApiGatewayDefaultStage")
    yield from expect("stage", stage, STAGE)
    logged = at(stage, "AccessLogSettings.Format") or ""
    if any(variable in logged for variable in ("$context.path", "sourceIp", "authorizer")):
        yield "stage: logs user ids or addresses."
