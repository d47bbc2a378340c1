"""Roles: one a function, each with what it needs and no more."""

from collections.abc import Iterator

from tests.template.deployment import Deployment, Json

# AWS knows no narrower resource for these: interfaces, networks and trace segments have no name of their own.
ANY_RESOURCE = {"Interfaces", "DenyFunctionCode", "Traces", "PollersNetwork"}
# Where an action reaches: the cluster itself, or the topic or group that is named.
PUBLISH = {
    "kafka-cluster:Connect",
    "kafka-cluster:WriteDataIdempotently",
    "kafka-cluster:DescribeTopic",
    "kafka-cluster:WriteData",
}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
SECRET = {"secretsmanager:GetSecretValue"}
TAIL = {"kafka-cluster:ReadData", "kafka-cluster:DescribeGroup"}
NEEDED = {
    "JoinRole": LOGS | PUBLISH,
    "PersistRole": LOGS
    | SECRET
    | TAIL
    | {
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcs",
        "kafka:DescribeCluster",
        "kafka:DescribeClusterV2",
        "kafka:GetBootstrapBrokers",
        "kafka-cluster:Connect",
        "kafka-cluster:DescribeClusterDynamicConfiguration",
        "kafka-cluster:WriteDataIdempotently",
        "kafka-cluster:DescribeTopic",
        "kafka-cluster:AlterGroup",
        "kafka-cluster:WriteData",
    },
    "ReconcileRole": LOGS | PUBLISH | SECRET | TAIL,
    "AdminRole": LOGS | PUBLISH | SECRET | TAIL,
    "MigrateRole": LOGS | SECRET | {"kafka:GetBootstrapBrokers"},
}


def check(deployed: Deployment) -> Iterator[str]:
    """Check every role, every statement, and who has which role."""
    roles = {key.split("/")[1]: role["Properties"] for key, role in deployed.typed("AWS::IAM::Role").items()}
    if roles.keys() != NEEDED.keys():
        yield f"The roles are {sorted(roles)}, not {sorted(NEEDED)}."
    for name, role in roles.items():
        yield from _role(name, role)
    for name, statement in _statements(deployed):
        yield from _statement(name, statement)
    for key, function in deployed.typed("AWS::Lambda::Function").items():
        own = key.split("/")[1].removesuffix("Function") + "Role"
        if function["Properties"]["Role"] != {"Fn::GetAtt": ["RolesStack", f"Outputs.{own}"]}:
            yield f"{key}: does not have a role of its own."


def _role(name: str, role: Json) -> Iterator[str]:
    needed = NEEDED.get(name, set())
    given = {action for statement in _inline(role) for action in _listed(statement["Action"])}
    if given != needed:
        yield f"{name}: may do {sorted(given - needed)} too much and {sorted(needed - given)} too little."
    if role["ManagedPolicyArns"] != [{"Ref": "Runtime"}]:
        yield f"{name}: carries a managed policy of unknown width."
    trusted = [statement["Principal"] for statement in role["AssumeRolePolicyDocument"]["Statement"]]
    if trusted != [{"Service": "lambda.amazonaws.com"}]:
        yield f"{name}: can be assumed by others than Lambda."


def _statement(name: str, statement: Json) -> Iterator[str]:
    for action in _listed(statement["Action"]):
        if "*" in action:
            yield f"{name}: {action} is a wildcard."
    if "*" in _listed(statement["Resource"]) and statement.get("Sid") not in ANY_RESOURCE:
        yield f"{name}: {statement.get('Sid')} reaches every resource."


def _statements(deployed: Deployment) -> Iterator[tuple[str, Json]]:
    for key, role in deployed.typed("AWS::IAM::Role").items():
        yield from ((key, statement) for statement in _inline(role["Properties"]))
    for key, policy in deployed.typed("AWS::IAM::ManagedPolicy").items():
        yield from ((key, statement) for statement in policy["Properties"]["PolicyDocument"]["Statement"])


def _inline(role: Json) -> list[Json]:
    return [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else [value]  # type: ignore[list-item]
