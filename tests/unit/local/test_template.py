"""The template gives the local way everything it runs."""

from pathlib import Path

import pytest

from local import template
from local.exceptions import TemplateError
from local.function import JwtConfiguration, KafkaMapping, Route, Schedule

TEMPLATE = """
Globals:
  Function:
    Timeout: 7
    Environment:
      Variables: {SHARED: global, OWN: global}
Resources:
  Api: {Type: AWS::Serverless::HttpApi}
  Web:
    Type: AWS::Serverless::Function
    Properties:
      Handler: web.handler
      MemorySize: 512
      Environment:
        Variables: {OWN: own, NUMBER: 5, FLAG: true}
      Events:
        One: {Type: HttpApi, Properties: {Path: "/a/{b}", Method: post}}
        All: {Type: HttpApi}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Handler: reader.handler
      Timeout: 60
      Events:
        Kafka:
          Type: MSK
          Properties:
            Stream: arn:stream
            Topics: [t]
            ConsumerGroupId: g
            StartingPosition: TRIM_HORIZON
            BatchSize: 1000
            MaximumBatchingWindowInSeconds: 1
            FunctionResponseTypes: [ReportBatchItemFailures]
            ProvisionedPollerConfig: {MinimumPollers: 1, MaximumPollers: 12}
        Off:
          Type: MSK
          Properties: {Stream: s, Topics: [u], StartingPosition: LATEST, Enabled: false}
        Often: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute), Input: '{"a": 1}'}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    return file


def test_functions(path: Path) -> None:
    web = template.load(path).api()
    assert (web.name, web.handler, web.timeout_s, web.memory_mb) == ("Web", "web.handler", 7, 512)
    assert web.environment == {"SHARED": "global", "OWN": "own", "NUMBER": "5", "FLAG": "true"}
    assert web.routes == (Route("POST", "/a/{b}"), Route("ANY", None))
    assert [route.key for route in web.routes] == ["POST /a/{b}", "$default"]


def test_mapping(path: Path) -> None:
    reader = template.load(path).consumer()
    assert reader.timeout_s == 60
    assert reader.mappings == (
        KafkaMapping(
            topics=("t",),
            group="g",
            stream_arn="arn:stream",
            batch_size=1000,
            window_s=1,
            max_pollers=12,
            from_earliest=True,
            reports_failures=True,
        ),
    )


def test_schedules(path: Path) -> None:
    [reader] = template.load(path).scheduled()
    assert reader.schedules == (Schedule("rate(1 minute)", "aws.scheduler", '{"a": 1}'),)


def test_a_template_without_an_api_is_refused(path: Path) -> None:
    path.write_text(TEMPLATE.replace("Type: HttpApi", "Type: Sns"))
    with pytest.raises(TemplateError, match="has 0 functions with an HttpApi route"):
        template.load(path).api()


def test_a_function_without_a_handler_is_refused(path: Path) -> None:
    path.write_text(TEMPLATE.replace("Handler: web.handler", "Description: x"))
    with pytest.raises(TemplateError, match="Web has no Handler"):
        template.load(path)


def test_the_project_s_own_template_has_what_the_local_way_needs() -> None:
    own = template.load()
    assert own.api().handler == "join.entrypoint.lambda_handler"
    assert Route("POST", "/api/event/join") in own.api().routes
    [mapping] = own.consumer().mappings
    assert mapping.from_earliest
    assert [function.handler for function in own.scheduled()] == ["reconcile.entrypoint.lambda_handler"]


GUARDED = """
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        Authorizers:
          Jwt: {JwtConfiguration: {issuer: "https://i", audience: [a, b]}}
          Other: {FunctionArn: x}
  Web:
    Type: AWS::Serverless::Function
    Properties:
      Handler: web.handler
      Events:
        One: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /one, Method: post, Auth: {Authorizer: AUTHORIZER}}}
        Two: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /two, Method: get}}
"""


@pytest.mark.parametrize(
    ("name", "default", "guarded"),
    [("Jwt", None, [True, False]), ("NONE", "Jwt", [False, True]), ("NONE", None, [False, False])],
)
def test_routes_have_their_authorizers(tmp_path: Path, name: str, default: str | None, guarded: list[bool]) -> None:
    file = tmp_path / "template.yaml"
    text = "Globals: {}" + GUARDED.replace("AUTHORIZER", name)
    file.write_text(text.replace("Auth:\n", f"Auth:\n        DefaultAuthorizer: {default}\n") if default else text)
    jwt = JwtConfiguration("https://i", ("a", "b"))
    assert [route.jwt for route in template.load(file).api().routes] == [jwt if one else None for one in guarded]


@pytest.mark.parametrize("name", ["Other", "Missing"])
def test_another_kind_of_authorizer_is_no_open_door(tmp_path: Path, name: str) -> None:
    file = tmp_path / "template.yaml"
    file.write_text("Globals: {}" + GUARDED.replace("AUTHORIZER", name))
    with pytest.raises(TemplateError, match=f"{name} is no JWT authorizer"):
        template.load(file)
