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
Globals: {}
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      DefinitionBody:
        paths:
          /one: {post: {security: [{Jwt: []}]}, get: {security: []}}
        components:
          securitySchemes:
            Jwt: {x-amazon-apigateway-authorizer: {jwtConfiguration: {issuer: "https://i", audience: [a, b]}}}
            Other: {x-amazon-apigateway-authorizer: {authorizerUri: x}}
  Web:
    Type: AWS::Serverless::Function
    Properties:
      Handler: web.handler
      Events:
        One: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /one, Method: post}}
        Public: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /one, Method: get}}
        Two: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /two, Method: get}}
"""


def test_routes_have_their_authorizers(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(GUARDED)
    jwt = JwtConfiguration("https://i", ("a", "b"))
    assert [route.jwt for route in template.load(file).api().routes] == [jwt, None, None]


@pytest.mark.parametrize(
    ("written", "changed", "said"),
    [
        ("[{Jwt: []}]", "[{Other: []}]", "Other is no JWT authorizer"),
        ("[{Jwt: []}]", "[{Missing: []}]", "Missing is no JWT authorizer"),
        ("Path: /two,", "Path: /two, Auth: {Authorizer: Jwt},", "Auth of an API or a route does not run"),
        ("      DefinitionBody:", "      Auth: {DefaultAuthorizer: Jwt}\n      DefinitionBody:", "Auth of an API"),
    ],
)
def test_another_authorizer_is_no_open_door(tmp_path: Path, written: str, changed: str, said: str) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(GUARDED.replace(written, changed))
    with pytest.raises(TemplateError, match=said):
        template.load(file)
