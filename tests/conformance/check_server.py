"""Runs scim2-tester and prints what it found as JSON: check_server.py <endpoint URL>, the token in SCIM_TOKEN.

A User has an e-mail address here: one of `emails`, or else a `userName` that is an address. No schema can say that, so
the names that the suite makes up are made addresses. Everything else is as the suite has it, with nothing left out.
"""

import importlib.metadata
import json
import os
import random
import sys
import uuid

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server, filling, get_all_available_tags

example_value = filling.get_random_example_value


def example_value_or_address(path):
    return f"{uuid.uuid4()}@example.com" if str(path).endswith("userName") else example_value(path)


def told(result):
    return {
        "name": " ".join(filter(None, [result.resource_type, result.title])),
        "status": result.status.name,
        "says": " ".join(filter(None, [result.reason, evidence(result)])),
        "tags": sorted(result.tags),
    }


def evidence(result):
    return str(result.data)[:1000] if result.status.name in ("DEVIATION", "ERROR", "CRITICAL") else None


filling.get_random_example_value = example_value_or_address
# What is drawn by lot is the same in every run.
random.seed(7644)
client = SyncSCIMClient(
    httpx2.Client(
        base_url=sys.argv[1],
        headers={"authorization": f"Bearer {os.environ['SCIM_TOKEN']}"},
        timeout=60,
        # A proxy is not for 127.0.0.1.
        trust_env=False,
    )
)
results = check_server(client)
report = {
    "version": importlib.metadata.version("scim2-tester"),
    "tags": get_all_available_tags(),
    "resource_types": [resource_type.name for resource_type in client.provider.resource_types],
    "results": [told(result) for result in results],
}
json.dump(report, sys.stdout)
