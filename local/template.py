"""Read template.yaml: its functions, their settings, and what invokes each of them.

Mirrored: Globals, HttpApi routes with their JWT authorizers, MSK mappings, schedules. Not mirrored: scopes, CORS, a
mapping's filters, retry limits and destinations, cron expressions, nested stacks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import cloudformation
from local.exceptions import TemplateError
from local.function import Function, JwtConfiguration, KafkaMapping, Route, Schedule

PATH = Path(__file__).parents[1] / "template.yaml"


@dataclass(frozen=True)
class Template:
    """The functions of a template by their logical names."""

    functions: Mapping[str, Function]

    def api(self) -> Function:
        """Return the function behind the HTTP API."""
        return self._only("HttpApi route", [one for one in self.functions.values() if one.routes])

    def consumer(self) -> Function:
        """Return the function behind the Kafka mapping."""
        return self._only("MSK event", [one for one in self.functions.values() if one.mappings])

    def scheduled(self) -> list[Function]:
        """Return the functions that have a schedule."""
        return [one for one in self.functions.values() if one.schedules]

    def topics(self) -> list[str]:
        """Return the topics of every Kafka mapping."""
        return sorted({name for one in self.functions.values() for mapping in one.mappings for name in mapping.topics})

    @staticmethod
    def _only(what: str, found: list[Function]) -> Function:
        if len(found) != 1:
            raise TemplateError(f"The template has {len(found)} functions with an {what}, where this machine runs one.")
        return found[0]


def load(path: Path = PATH, parameters: Mapping[str, str] | None = None) -> Template:
    """Read a template; `parameters` override its defaults. Raises TemplateError."""
    document = cloudformation.load(path, parameters or {})
    shared = document["Globals"].get("Function", {})
    resources = document["Resources"]
    apis = {name: api.get("Properties", {}) for name, api in resources.items() if api["Type"].endswith("::HttpApi")}
    functions = {
        name: _function(name, shared, resource.get("Properties", {}), apis)
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    return Template(functions)


def _function(name: str, shared: Mapping[str, Any], own: Mapping[str, Any], apis: Mapping[str, Any]) -> Function:
    properties = {**shared, **own}
    if "Handler" not in properties:
        raise TemplateError(f"{name} has no Handler.")
    events = [(event["Type"], event.get("Properties", {})) for event in own.get("Events", {}).values()]
    return Function(
        name=name,
        handler=properties["Handler"],
        environment=_variables(shared) | _variables(own),
        timeout_s=int(properties.get("Timeout", 3)),
        memory_mb=int(properties.get("MemorySize", 128)),
        routes=tuple(_route(event, apis) for kind, event in events if kind == "HttpApi"),
        mappings=tuple(_mapping(event) for kind, event in events if kind == "MSK" and event.get("Enabled", True)),
        schedules=tuple(_schedules(events)),
    )


def _variables(properties: Mapping[str, Any]) -> dict[str, str]:
    variables = properties.get("Environment", {}).get("Variables", {}).items()
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in variables}


def _route(event: Mapping[str, Any], apis: Mapping[str, Any]) -> Route:
    path, method = event.get("Path"), str(event.get("Method", "ANY")).upper()
    api = apis.get(event.get("ApiId", ""), {})
    if "Auth" in event or "Auth" in api:
        raise TemplateError("Auth of an API or a route does not run on this machine; security in DefinitionBody does.")
    definition = api.get("DefinitionBody", {})
    security = definition.get("paths", {}).get(path, {}).get(method.lower(), {}).get("security")
    return Route(method, None if path in {None, "$default"} else path, _jwt(definition, security) if security else None)


def _jwt(definition: Mapping[str, Any], security: list[Mapping[str, Any]]) -> JwtConfiguration:
    [name] = security[0]
    try:
        authorizer = definition["components"]["securitySchemes"][name]["x-amazon-apigateway-authorizer"]
        configuration = authorizer["jwtConfiguration"]
        return JwtConfiguration(configuration["issuer"], tuple(configuration["audience"]))
    except KeyError:
        raise TemplateError(f"{name} is no JWT authorizer, and no other kind runs on this machine.") from None


def _mapping(event: Mapping[str, Any]) -> KafkaMapping:
    return KafkaMapping(
        topics=tuple(event["Topics"]),
        group=event.get("ConsumerGroupId", "lambda"),
        stream_arn=event["Stream"],
        batch_size=int(event.get("BatchSize", 100)),
        window_s=float(event.get("MaximumBatchingWindowInSeconds", 0.5)),
        # Without provisioned pollers AWS starts with one and adds more within minutes.
        max_pollers=int(event.get("ProvisionedPollerConfig", {}).get("MaximumPollers", 1)),
        from_earliest=event["StartingPosition"] != "LATEST",
        reports_failures="ReportBatchItemFailures" in event.get("FunctionResponseTypes", []),
    )


def _schedules(events: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Schedule]:
    for kind, event in events:
        if kind == "Schedule" and event.get("Enabled", True):
            yield Schedule(event["Schedule"], "aws.events", event.get("Input"))
        if kind == "ScheduleV2" and event.get("State", "ENABLED") == "ENABLED":
            yield Schedule(event["ScheduleExpression"], "aws.scheduler", event.get("Input"))
