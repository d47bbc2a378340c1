"""Roles: one per function, with exactly the permissions that it needs."""

from collections.abc import Iterator

from tests.template.deployment import Deployment, Json

# AWS supports no narrower resource here: network interfaces, networks and trace segments have no ARN in advance.
ANY_RESOURCE = {"Account", "Interfaces", "DenyFunctionCode", "Traces", "PollersNetwork"}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
SECRET = {"secretsmanager:GetSecretValue"}
PUBLISH = {
    "kafka-cluster:Connect",
    "kafka-cluster:WriteDataIdempotently",
    "kafka-cluster:DescribeTopic",
    "kafka-cluster:WriteData",
}
READ = {"kafka-cluster:ReadData", "kafka-cluster:DescribeGroup"}
POLL = {
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcs",
    "kafka:DescribeCluster",
    "kafka:DescribeClusterV2",
    "kafka:GetBootstrapBrokers",
    "kafka-cluster:DescribeClusterDynamicConfiguration",
    "kafka-cluster:AlterGroup",
}
NEEDED = {
    "JoinRole": LOGS | PUBLISH,
    # Event pollers use this role; they also publish to the dead-letter topic.
    "PersistRole": LOGS | PUBLISH | SECRET | READ | POLL,
    "ReconcileRole": LOGS | PUBLISH | SECRET | READ,
    "AdminRole": LOGS | PUBLISH | SECRET | READ | {"scheduler:CreateSchedule", "iam:PassRole"},
    # EventBridge Scheduler's, which AdminFunction passes on.
    "WarmingRole": {"lambda:DeleteProvisionedConcurrencyConfig", "lambda:PutProvisionedConcurrencyConfig"},
    "PreflightRole": LOGS
    | {
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpointServices",
        "lambda:GetAccountSettings",
        "lambda:GetFunctionConcurrency",
    },
    "MigrateRole": LOGS | SECRET | {"kafka:GetBootstrapBrokers"},
}


def check(deployed: Deployment) -> Iterator[str]:
    """Check each role, each statement, and the role of each function."""
    roles = {name: role["Properties"] for name, role in deployed.of_type("AWS::IAM::Role").items()}
    # SAM creates it for CodeDeploy, which moves the alias.
    code_deploy = roles.pop("CodeDeployServiceRole", {})
    if code_deploy.get("ManagedPolicyArns") != ["arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"]:
        yield f"CodeDeployServiceRole: has {code_deploy.get('ManagedPolicyArns')}."
    if roles.keys() != NEEDED.keys():
        yield f"The roles are {sorted(roles)}, not {sorted(NEEDED)}."
    for name, role in roles.items():
        yield from _role(name, role)
    for name, policy in deployed.of_type("AWS::IAM::ManagedPolicy").items():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            yield from _statement(name, statement)
    for name, function in deployed.functions().items():
        role_name = name.removesuffix("Function") + "Role"
        in_root = role_name in deployed.root["Resources"]
        own = [role_name, "Arn"] if in_root else ["RolesStack", f"Outputs.{role_name}"]
        if function["Role"] != {"Fn::GetAtt": own}:
            yield f"{name}: does not have its own role."


def _role(name: str, role: Json) -> Iterator[str]:
    statements = [statement for policy in role["Policies"] for statement in policy["PolicyDocument"]["Statement"]]
    needed = NEEDED.get(name, set())
    given = {action for statement in statements for action in _listed(statement["Action"])}
    if given != needed:
        yield f"{name}: has {sorted(given - needed)} too much and {sorted(needed - given)} too little."
    # PreflightFunction runs in no VPC and is not traced.
    if role.get("ManagedPolicyArns") != (None if name in {"PreflightRole", "WarmingRole"} else [{"Ref": "Runtime"}]):
        yield f"{name}: has an unknown managed policy."
    trusted = [statement["Principal"] for statement in role["AssumeRolePolicyDocument"]["Statement"]]
    service = "scheduler" if name == "WarmingRole" else "lambda"
    if trusted != [{"Service": f"{service}.amazonaws.com"}]:
        yield f"{name}: can be assumed by others than its service."
    for statement in statements:
        yield from _statement(name, statement)


def _statement(name: str, statement: Json) -> Iterator[str]:
    for action in _listed(statement["Action"]):
        if "*" in action:
            yield f"{name}: {action} is a wildcard."
    if "*" in _listed(statement["Resource"]) and statement.get("Sid") not in ANY_RESOURCE:
        yield f"{name}: {statement.get('Sid')} applies to every resource."


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else [value]  # type: ignore[list-item]
