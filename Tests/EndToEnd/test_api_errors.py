"""Each error of CloudTrail's API that one node can answer, by boto3; `pytest -s` prints the table of operations and codes."""

import collections
import signal

import botocore.client
import botocore.exceptions
import boto3
import pytest

import node as nodes
from test_api import BUCKET, OTHER, OWN, client
from test_readers import first, principal

REGIONS = "us-east-1,us-east-2,eu-west-1"
HOME = f"arn:aws:cloudtrail:us-east-2:{OWN}"
TRAIL, ELSEWHERE = f"{HOME}:trail/one", f"arn:aws:cloudtrail:us-east-2:{OTHER}:trail/one"
CHANNEL, STORE = f"{HOME}:channel/EXAMPLE8-0558-4f7e-a06a-43969EXAMPLE", f"{HOME}:eventdatastore/EXAMPLE8-0558-4f7e-a06a-43969EXAMPLE"
CHANNEL, STORE = (arn.replace("EXAMPLE8", "12345678").replace("43969EXAMPLE", "439691234567") for arn in (CHANNEL, STORE))
NAME = {"Name": "one", "S3BucketName": BUCKET}
GROUP = f"arn:aws:logs:us-east-2:{OWN}:log-group:audit:*"
ROLE = f"arn:aws:iam::{OWN}:role/deliver"
BASIC = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
FIELD = {"Field": "eventCategory", "Equals": ["Management"]}
PLACE = [{"Type": "EVENT_DATA_STORE", "Location": STORE}]
LOG = "LOG"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"cloudtrail-data:PutAuditEvents","Resource":"*"}]}'

# Who calls, the operation, arguments, the code.
IN_AN_ORGANIZATION = [
    ("theirs", "create_trail", {**NAME, "Name": "all", "IsOrganizationTrail": True}, "NotOrganizationMasterAccountException"),
    ("theirs", "register_organization_delegated_admin", {"MemberAccountId": OTHER}, "NotOrganizationManagementAccountException"),
    ("ours", "register_organization_delegated_admin", {"MemberAccountId": "999988887777"}, "AccountNotFoundException"),
    ("ours", "register_organization_delegated_admin", {"MemberAccountId": OWN}, "CannotDelegateManagementAccountException"),
    ("ours", "deregister_organization_delegated_admin", {"DelegatedAdminAccountId": OTHER}, "AccountNotRegisteredException"),
    ("theirs", "stop_logging", {"Name": f"{HOME}:trail/everyone"}, "AccessDeniedException"),
    ("theirs", "update_trail", {"Name": f"{HOME}:trail/everyone"}, "AccessDeniedException"),
    ("theirs", "delete_trail", {"Name": f"{HOME}:trail/everyone"}, "AccessDeniedException"),
    ("theirs", "get_trail_status", {"Name": "everyone"}, "TrailNotFoundException"),
    ("auditor", "create_trail", {**NAME, "Name": "new"}, "AccessDeniedException"),
    ("auditor", "add_tags", {"ResourceId": TRAIL, "TagsList": [{"Key": "k"}]}, "AccessDeniedException"),
    ("auditor", "put_event_selectors", {"TrailName": "one", "EventSelectors": BASIC}, "AccessDeniedException"),
    ("producer", "lookup_events", {}, "AccessDeniedException"),
    ("nobody", "list_trails", {}, "UnrecognizedClientException"),
]

# The operation, arguments, the code.
ERRORS = [
    ("create_trail", {**NAME}, "TrailAlreadyExistsException"),
    ("create_trail", {**NAME, "Name": "a"}, "InvalidTrailNameException"),
    ("create_trail", {**NAME, "Name": "-bad-"}, "InvalidTrailNameException"),
    ("create_trail", {**NAME, "Name": "new", "S3BucketName": "Not_A_Bucket"}, "InvalidS3BucketNameException"),
    ("create_trail", {**NAME, "Name": "new", "S3BucketName": "nowhere"}, "S3BucketDoesNotExistException"),
    ("create_trail", {**NAME, "Name": "new", "S3BucketName": "theirs"}, "InsufficientS3BucketPolicyException"),
    ("create_trail", {**NAME, "Name": "new", "S3KeyPrefix": "a/AWSLogs/b"}, "InvalidS3PrefixException"),
    ("create_trail", {**NAME, "Name": "new", "SnsTopicName": "no topic!"}, "InvalidSnsTopicNameException"),
    ("create_trail", {**NAME, "Name": "new", "SnsTopicName": "not-granted"}, "InsufficientSnsTopicPolicyException"),
    ("create_trail", {**NAME, "Name": "new", "KmsKeyId": "alias/none"}, "InsufficientEncryptionPolicyException"),
    ("create_trail", {**NAME, "Name": "new", "KmsKeyId": "nonsense"}, "KmsKeyNotFoundException"),
    ("create_trail", {**NAME, "Name": "new", "KmsKeyId": "DISABLED"}, "KmsException"),
    ("create_trail", {**NAME, "Name": "new", "CloudWatchLogsLogGroupArn": "group", "CloudWatchLogsRoleArn": ROLE}, "InvalidCloudWatchLogsLogGroupArnException"),
    ("create_trail", {**NAME, "Name": "new", "CloudWatchLogsLogGroupArn": GROUP}, "InvalidCloudWatchLogsRoleArnException"),
    ("create_trail", {**NAME, "Name": "new", "IsMultiRegionTrail": True, "IncludeGlobalServiceEvents": False}, "InvalidParameterCombinationException"),
    ("create_trail", {**NAME, "Name": "new", "IsOrganizationTrail": True}, "OrganizationsNotInUseException"),
    ("create_trail", {**NAME, "Name": "sixth"}, "MaximumNumberOfTrailsExceededException"),
    ("create_trail", {**NAME, "Name": "new", "TagsList": [{"Key": f"k{i}"} for i in range(51)]}, "TagsLimitExceededException"),
    ("create_trail", {**NAME, "Name": "new", "TagsList": [{"Key": "aws:x"}]}, "InvalidTagParameterException"),
    ("update_trail", {"Name": "nothing"}, "TrailNotFoundException"),
    ("update_trail", {"Name": "arn:aws:s3:::x"}, "CloudTrailARNInvalidException"),
    ("update_trail", {"Name": ELSEWHERE}, "TrailNotFoundException"),
    ("update_trail", {"Name": "abroad"}, "InvalidHomeRegionException"),
    ("update_trail", {"Name": "one", "S3BucketName": "theirs"}, "InsufficientS3BucketPolicyException"),
    ("update_trail", {"Name": "one", "KmsKeyId": "alias/none"}, "InsufficientEncryptionPolicyException"),
    ("delete_trail", {"Name": "nothing"}, "TrailNotFoundException"),
    ("delete_trail", {"Name": "abroad"}, "InvalidHomeRegionException"),
    ("get_trail", {"Name": "nothing"}, "TrailNotFoundException"),
    ("get_trail", {"Name": "a"}, "InvalidTrailNameException"),
    ("get_trail", {"Name": "arn:aws:cloudtrail:us-east-2:1:trail/x"}, "CloudTrailARNInvalidException"),
    ("describe_trails", {"trailNameList": ["!"]}, "InvalidTrailNameException"),
    ("describe_trails", {"trailNameList": ["arn:nonsense"]}, "CloudTrailARNInvalidException"),
    ("list_trails", {"NextToken": "nonsense"}, "InvalidNextTokenException"),
    ("get_trail_status", {"Name": "nothing"}, "TrailNotFoundException"),
    ("start_logging", {"Name": "nothing"}, "TrailNotFoundException"),
    ("start_logging", {"Name": "abroad"}, "InvalidHomeRegionException"),
    ("stop_logging", {"Name": "abroad"}, "InvalidHomeRegionException"),
    ("stop_logging", {"Name": "nothing"}, "TrailNotFoundException"),
    ("put_event_selectors", {"TrailName": "nothing", "EventSelectors": BASIC}, "TrailNotFoundException"),
    ("put_event_selectors", {"TrailName": "one"}, "InvalidEventSelectorsException"),
    ("put_event_selectors", {"TrailName": "one", "EventSelectors": BASIC * 6}, "InvalidEventSelectorsException"),
    ("put_event_selectors", {"TrailName": "one", "AdvancedEventSelectors": [{"FieldSelectors": [{**FIELD, "Equals": ["Nonsense"]}]}]}, "InvalidEventSelectorsException"),
    ("put_event_selectors", {"TrailName": "abroad", "EventSelectors": BASIC}, "InvalidHomeRegionException"),
    ("get_event_selectors", {"TrailName": "nothing"}, "TrailNotFoundException"),
    ("put_insight_selectors", {"TrailName": "nothing", "InsightSelectors": []}, "TrailNotFoundException"),
    ("put_insight_selectors", {"TrailName": "one", "InsightSelectors": [{"InsightType": "ApiCallRateInsight"}] * 3}, "InvalidInsightSelectorsException"),
    ("get_insight_selectors", {"TrailName": "one"}, "InsightNotEnabledException"),
    ("get_insight_selectors", {"TrailName": "nothing"}, "TrailNotFoundException"),
    ("add_tags", {"ResourceId": f"{HOME}:trail/nothing", "TagsList": [{"Key": "k"}]}, "ResourceNotFoundException"),
    ("add_tags", {"ResourceId": "nonsense", "TagsList": [{"Key": "k"}]}, "CloudTrailARNInvalidException"),
    ("add_tags", {"ResourceId": TRAIL, "TagsList": [{"Key": "k"}, {"Key": "k"}]}, "InvalidTagParameterException"),
    ("add_tags", {"ResourceId": TRAIL, "TagsList": [{"Key": f"k{i}"} for i in range(51)]}, "TagsLimitExceededException"),
    ("remove_tags", {"ResourceId": f"{HOME}:trail/nothing", "TagsList": [{"Key": "k"}]}, "ResourceNotFoundException"),
    ("list_tags", {"ResourceIdList": [f"{HOME}:trail/nothing"]}, "ResourceNotFoundException"),
    ("list_tags", {"ResourceIdList": ["nonsense"]}, "CloudTrailARNInvalidException"),
    ("list_public_keys", {"StartTime": 1_700_000_001, "EndTime": 1_700_000_000}, "InvalidTimeRangeException"),
    ("lookup_events", {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "x" * 2_001}]}, "InvalidLookupAttributesException"),
    ("lookup_events", {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "x"}] * 2}, "InvalidLookupAttributesException"),
    ("lookup_events", {"StartTime": 1_700_000_001, "EndTime": 1_700_000_000}, "InvalidTimeRangeException"),
    ("lookup_events", {"NextToken": "nonsense"}, "InvalidNextTokenException"),
    ("lookup_events", {"EventCategory": "nonsense"}, "InvalidEventCategoryException"),
    ("lookup_events", {"MaxResults": 51}, "InvalidMaxResultsException"),
    ("create_channel", {"Name": "shop", "Source": "Custom", "Destinations": PLACE}, "EventDataStoreNotFoundException"),
    ("create_channel", {"Name": "taken", "Source": "Custom", "Destinations": LOG}, "ChannelAlreadyExistsException"),
    ("create_channel", {"Name": "default", "Source": "GitHub", "Destinations": LOG}, "ChannelAlreadyExistsException"),
    ("create_channel", {"Name": "shop", "Source": "GitHub", "Destinations": [{"Type": "AWS_SERVICE", "Location": "service"}]}, "OperationNotPermittedException"),
    ("delete_channel", {"Channel": "DEFAULT"}, "OperationNotPermittedException"),
    ("put_resource_policy", {"ResourceArn": "TAKEN", "ResourcePolicy": "{"}, "ResourcePolicyNotValidException"),
    ("get_resource_policy", {"ResourceArn": "TAKEN"}, "ResourcePolicyNotFoundException"),
    ("delete_resource_policy", {"ResourceArn": "TAKEN"}, "ResourcePolicyNotFoundException"),
    ("get_insight_selectors", {}, "InvalidParameterException"),
    ("create_channel", {"Name": "shop", "Source": "Nobody", "Destinations": PLACE}, "InvalidSourceException"),
    ("get_channel", {"Channel": CHANNEL}, "ChannelNotFoundException"),
    ("get_channel", {"Channel": "arn:aws:s3:::x"}, "ChannelARNInvalidException"),
    ("update_channel", {"Channel": CHANNEL, "Name": "new"}, "ChannelNotFoundException"),
    ("delete_channel", {"Channel": CHANNEL}, "ChannelNotFoundException"),
    ("delete_channel", {"Channel": "arn:aws:s3:::x"}, "ChannelARNInvalidException"),
    ("list_channels", {"NextToken": "nonsense"}, "InvalidNextTokenException"),
    ("get_resource_policy", {"ResourceArn": "arn:aws:s3:::x"}, "ResourceARNNotValidException"),
    ("get_resource_policy", {"ResourceArn": TRAIL}, "ResourceTypeNotSupportedException"),
    ("put_resource_policy", {"ResourceArn": TRAIL, "ResourcePolicy": POLICY}, "ResourceTypeNotSupportedException"),
    ("delete_resource_policy", {"ResourceArn": TRAIL}, "ResourceTypeNotSupportedException"),
    ("register_organization_delegated_admin", {"MemberAccountId": OTHER}, "OrganizationsNotInUseException"),
    ("deregister_organization_delegated_admin", {"DelegatedAdminAccountId": OTHER}, "OrganizationsNotInUseException"),
    # What a later cairn brings says that it is not here, after its request was checked.
    ("list_event_data_stores", {}, "UnsupportedOperationException"),
    ("start_query", {"QueryStatement": "SELECT 1"}, "UnsupportedOperationException"),
    ("list_imports", {}, "UnsupportedOperationException"),
    ("list_dashboards", {}, "UnsupportedOperationException"),
]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    made = nodes.Node(
        tmp_path_factory.mktemp("errors"), "--cut-age", "200ms", "--log-level", "notice", "--regions", REGIONS)
    made.start("up")
    made.command("accounts", "add", OTHER, "--no-trail")
    made.command("grants", "allow", "bucket", BUCKET, "--accounts", "all")
    made.command("grants", "allow", "bucket", "theirs", "--accounts", OTHER)
    disabled = made.command("keys", "create").stdout.decode().split()[0]
    made.command("keys", "disable", disabled)
    made.command("grants", "allow", "key", disabled, "--accounts", "all")
    api = client(made)
    default = api.list_channels()["Channels"][0]["ChannelArn"]
    log = api.get_channel(Channel=default)["Destinations"]
    taken = api.create_channel(Name="taken", Source="Custom", Destinations=log)["ChannelArn"]
    made.known = {"DISABLED": disabled, "DEFAULT": default, "TAKEN": taken, "LOG": log}
    api.create_trail(**NAME)
    client(made, region="eu-west-1").create_trail(Name="abroad", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    # With 'main' and 'abroad' that is five in us-east-2.
    for name in ("two", "three"):
        api.create_trail(Name=name, S3BucketName=BUCKET)
    yield made
    made.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def organization(node):
    """Keys of those who call, once there is an organization."""
    keys = {
        "theirs": principal(node, "theirs", "admin", OTHER), "auditor": principal(node, "auditor", "auditor", OWN),
        "producer": principal(node, "producer", "producer", OWN), "ours": first(node), "nobody": ("AKIAIOSFODNN7EXAMPLE", "0" * 40)}
    node.command("organization", "create")
    node.command("organization", "add", OTHER)
    api = client(node)
    api.delete_trail(Name="three")
    api.create_trail(Name="everyone", S3BucketName=BUCKET, IsOrganizationTrail=True)
    return keys


def answer(node, operation, arguments, keys):
    """The code that a call is answered with; boto3 checks nothing itself."""
    arguments = {name: node.known.get(value, value) if isinstance(value, str) else value for name, value in arguments.items()}
    api = boto3.client(
        "cloudtrail", endpoint_url=f"http://127.0.0.1:{node.port}", region_name="us-east-2", aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1], config=botocore.client.Config(parameter_validation=False, retries={"max_attempts": 0}))
    try:
        getattr(api, operation)(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    return "no error", ""


@pytest.mark.parametrize("operation, arguments, code", ERRORS, ids=[f"{o}-{c}-{i}" for i, (o, _, c) in enumerate(ERRORS)])
def test_an_error_has_its_code_and_says_why(node, operation, arguments, code):
    found, message = answer(node, operation, arguments, first(node))
    assert found == code, message
    assert message


def test_none_of_them_changed_anything(node):
    assert {t["Name"] for t in client(node).list_trails()["Trails"]} == {"main", "one", "two", "three", "abroad"}


@pytest.mark.parametrize(
    "who, operation, arguments, code", IN_AN_ORGANIZATION, ids=[f"{w}-{o}-{c}" for w, o, _, c in IN_AN_ORGANIZATION])
def test_an_error_tells_what_somebody_may_not(node, organization, who, operation, arguments, code):
    found, message = answer(node, operation, arguments, organization[who])
    assert found == code and message


def test_the_table_of_operations_and_codes():
    table = collections.defaultdict(set)
    for operation, _, code in ERRORS + [row[1:] for row in IN_AN_ORGANIZATION]:
        table[operation].add(code)
    for operation in sorted(table):
        print(f"{operation:42} {', '.join(sorted(table[operation]))}")
    codes = set().union(*table.values())
    print(f"{len(ERRORS) + len(IN_AN_ORGANIZATION)} calls, {len(table)} operations, {len(codes)} codes")
    assert len(codes) >= 48
