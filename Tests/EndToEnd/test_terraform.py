"""Terraform with the AWS provider drives cairn as it drives CloudTrail. Where this machine has neither, the tests say so."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

import node as nodes
from test_readers import first

OWN = "111122223333"
PROVIDER = "registry.terraform.io/hashicorp/aws"


def mirror():
    """A folder of provider packages on this machine: $CAIRN_TERRAFORM_PLUGINS, or one where machines keep them."""
    places = [os.environ.get("CAIRN_TERRAFORM_PLUGINS")] + [
        str(path) for root in ("/opt", "/usr/share/terraform", "/usr/local/share/terraform", pathlib.Path.home() / ".terraform.d")
        for path in [pathlib.Path(root) / "plugins", *pathlib.Path(root).glob("*")]]
    return next((place for place in places if place and (pathlib.Path(place) / PROVIDER).is_dir()), None)


pytestmark = pytest.mark.skipif(
    not shutil.which("terraform") or not mirror(),
    reason="this machine has no terraform, or no folder with its AWS provider (CAIRN_TERRAFORM_PLUGINS)")


@pytest.fixture
def node(tmp_path):
    made = nodes.Node(
        tmp_path / "node", "--cut-age", "200ms", "--log-level", "notice", "--regions", "us-east-1,eu-west-1")
    made.start("up")
    for kind, name in [
        ("bucket", "cairn-logs"), ("bucket", "other-logs"), ("topic", "cairn-deliveries"),
        ("log-group", f"arn:aws:logs:us-east-1:{OWN}:log-group:trail-logs:*"),
    ]:
        made.command("grants", "allow", kind, name, "--accounts", "all")
    yield made
    made.stop(signal.SIGKILL)


class Terraform:
    def __init__(self, node, folder):
        self.node, self.folder = node, folder
        folder.mkdir()
        self.run("init", f"-plugin-dir={mirror()}", configuration="")

    def run(self, *arguments, configuration=None, codes=(0,)):
        if configuration is not None:
            keys = first(self.node)
            url = f"http://127.0.0.1:{self.node.port}"
            (self.folder / "main.tf").write_text(f"""
                terraform {{
                  required_providers {{
                    aws = {{ source = "hashicorp/aws" }}
                  }}
                }}
                provider "aws" {{
                  region = "us-east-1"
                  access_key = "{keys[0]}"
                  secret_key = "{keys[1]}"
                  max_retries = 2
                  endpoints {{
                    cloudtrail = "{url}"
                    sts = "{url}"
                  }}
                }}
                {configuration}""")
        environment = {**os.environ, "TF_IN_AUTOMATION": "1", "AWS_EC2_METADATA_DISABLED": "true", "CHECKPOINT_DISABLE": "1"}
        environment.pop("TF_CLI_CONFIG_FILE", None)
        done = subprocess.run(
            ["terraform", f"-chdir={self.folder}", *arguments, "-no-color"], capture_output=True, text=True, timeout=300,
            env=environment)
        assert done.returncode in codes, done.stdout + done.stderr
        return done

    def apply(self, configuration):
        self.run("apply", "-auto-approve", "-input=false", configuration=configuration)
        # What was applied is what there is: nothing is left to do.
        plan = self.run("plan", "-detailed-exitcode", "-input=false", codes=(0, 2))
        assert plan.returncode == 0, plan.stdout

    def state(self):
        shown = json.loads(self.run("show", "-json").stdout)
        return {r["address"]: r["values"] for r in shown["values"]["root_module"]["resources"]}


FIRST = f"""
resource "aws_cloudtrail" "all" {{
  name                          = "all-of-it"
  s3_bucket_name                = "cairn-logs"
  s3_key_prefix                 = "prod/audit"
  sns_topic_name                = "cairn-deliveries"
  is_multi_region_trail         = true
  include_global_service_events = true
  enable_log_file_validation    = true
  enable_logging                = true
  kms_key_id                    = "KEY"
  cloud_watch_logs_group_arn    = "arn:aws:logs:us-east-1:{OWN}:log-group:trail-logs:*"
  cloud_watch_logs_role_arn     = "arn:aws:iam::{OWN}:role/logs"
  event_selector {{
    read_write_type                  = "WriteOnly"
    include_management_events        = true
    exclude_management_event_sources = ["kms.amazonaws.com"]
    data_resource {{
      type   = "AWS::S3::Object"
      values = ["arn:aws:s3:::amzn-s3-demo-bucket/secret/"]
    }}
  }}
  insight_selector {{
    insight_type = "ApiCallRateInsight"
  }}
  tags = {{ team = "audit", stage = "test" }}
}}
resource "aws_cloudtrail" "advanced" {{
  name           = "advanced"
  s3_bucket_name = "cairn-logs"
  advanced_event_selector {{
    name = "writes to two buckets"
    field_selector {{
      field  = "eventCategory"
      equals = ["Data"]
    }}
    field_selector {{
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }}
    field_selector {{
      field       = "resources.ARN"
      starts_with = ["arn:aws:s3:::bucket-b/", "arn:aws:s3:::bucket-a/"]
    }}
    field_selector {{
      field  = "readOnly"
      equals = ["false"]
    }}
  }}
}}
"""

SECOND = """
resource "aws_cloudtrail" "all" {
  name                          = "all-of-it"
  s3_bucket_name                = "other-logs"
  include_global_service_events = false
  enable_logging                = false
  tags                          = { team = "security" }
}
resource "aws_cloudtrail" "advanced" {
  name                       = "advanced"
  s3_bucket_name             = "cairn-logs"
  enable_log_file_validation = true
  advanced_event_selector {
    name = "all management events but those of keys"
    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
    field_selector {
      field      = "eventSource"
      not_equals = ["kms.amazonaws.com"]
    }
  }
}
"""


def test_apply_change_import_destroy(node, tmp_path):
    key = json.loads(node.command("keys", "list", "--format", "json").stdout)
    arn = next(k["arn"] for k in (key["keys"] if isinstance(key, dict) else key))
    terraform = Terraform(node, tmp_path / "terraform")
    terraform.apply(FIRST.replace("KEY", arn))
    made = terraform.state()["aws_cloudtrail.all"]
    assert made["arn"] == f"arn:aws:cloudtrail:us-east-1:{OWN}:trail/all-of-it" and made["home_region"] == "us-east-1"
    assert made["tags"] == {"team": "audit", "stage": "test"} and made["kms_key_id"] == arn
    terraform.apply(SECOND)
    changed = terraform.state()["aws_cloudtrail.all"]
    assert changed["arn"] == made["arn"] and not changed["is_multi_region_trail"] and changed["kms_key_id"] == ""
    assert changed["tags"] == {"team": "security"} and changed["insight_selector"] == []
    # Somebody who has lost the state takes the trail in again, and finds nothing to do.
    terraform.run("state", "rm", "aws_cloudtrail.all")
    terraform.run("import", "-input=false", "aws_cloudtrail.all", made["arn"])
    assert terraform.run("plan", "-detailed-exitcode", "-input=false", codes=(0, 2)).returncode == 0
    terraform.run("destroy", "-auto-approve", "-input=false")
    assert "all-of-it" not in node.command("trails", "list").stdout.decode()
