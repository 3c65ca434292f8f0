"""What Prometheus' own parser makes of a scrape on stdin, as JSON: each series, with its number."""

import json
import sys

from prometheus_client.parser import text_string_to_metric_families


def name(sample):
    labels = ",".join(f"{label}={value}" for label, value in sorted(sample.labels.items()))
    return f"{sample.name}{{{labels}}}"


families = text_string_to_metric_families(sys.stdin.read())
json.dump({name(sample): sample.value for family in families for sample in family.samples}, sys.stdout)
