"""What is imported and read before :mod:`.forked` forks: the programs, and what botocore knows of S3 from its files."""

import arq.cli  # noqa: F401
import pmd_cli.get
import pmd_cli.login
import pmd_cli.mirror.command
import pmd_cli.push.command  # noqa: F401

import pmd_service.app
import pmd_service.jobs
import pmd_service.ops.cli  # noqa: F401
from pmd_service.vault.s3_client import _descriptions

for _name in ("service-2", "endpoint-rule-set-1"):
    _descriptions().load_service_model("s3", _name)
for _name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
    _descriptions().load_data(_name)
