"""Strict schemas: Kubernetes' own, and of custom resources the parts that are used here.

The latter follow the references of the Prometheus operator's API (monitoring.coreos.com/v1) and of
KEDA's (keda.sh/v1alpha1); what they know and is not here must be added before it is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema
import kubernetes_validate

RELEASE = "1.37"
"""Of Kubernetes."""

_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}
_LABELS = {
    "type": "object",
    "properties": {"matchLabels": _TEXTS},
    "additionalProperties": False,
}
_DURATION = {"type": "string", "pattern": "^([0-9]+(ms|s|m|h|d))+$"}


def _closed(required: str = "", **properties: object) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _list(of: object) -> dict[str, Any]:
    return {"type": "array", "items": of}


def _count(least: int = 0) -> dict[str, Any]:
    return {"type": "integer", "minimum": least}


_ALERT = _closed(
    "alert expr labels annotations",
    alert=_TEXT,
    expr=_TEXT,
    labels=_TEXTS,
    annotations=_TEXTS,
    keep_firing_for=_DURATION,
    **{"for": _DURATION},
)
_RULE = {"oneOf": [_ALERT, _closed("record expr", record=_TEXT, expr=_TEXT, labels=_TEXTS)]}
_SPECS = {
    ("monitoring.coreos.com/v1", "ServiceMonitor"): _closed(
        "selector endpoints",
        jobLabel=_TEXT,
        selector=_LABELS,
        endpoints=_list(
            _closed("port", port=_TEXT, path=_TEXT, interval=_DURATION, scrapeTimeout=_DURATION)
        ),
    ),
    ("monitoring.coreos.com/v1", "PrometheusRule"): _closed(
        "groups",
        groups=_list(_closed("name rules", name=_TEXT, interval=_DURATION, rules=_list(_RULE))),
    ),
    ("keda.sh/v1alpha1", "ScaledObject"): _closed(
        "scaleTargetRef triggers",
        scaleTargetRef=_closed("name", name=_TEXT, kind=_TEXT, apiVersion=_TEXT),
        minReplicaCount=_count(),
        maxReplicaCount=_count(1),
        pollingInterval=_count(1),
        cooldownPeriod=_count(),
        fallback=_closed("failureThreshold replicas", failureThreshold=_count(), replicas=_count()),
        advanced=_closed(
            horizontalPodAutoscalerConfig=_closed(
                behavior=_closed(scaleDown=_closed(stabilizationWindowSeconds=_count()))
            )
        ),
        triggers=_list(
            _closed(
                "type metadata",
                type=_TEXT,
                # All of them are texts: `false` without quotes is refused.
                metadata=_closed(
                    "protocol mode queueName value",
                    protocol={"enum": ["http", "amqp"]},
                    mode={"enum": ["QueueLength", "MessageRate"]},
                    excludeUnacknowledged={"enum": ["true", "false"]},
                    queueName=_TEXT,
                    value={"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
                ),
                authenticationRef=_closed("name", name=_TEXT),
            )
        ),
    ),
    ("keda.sh/v1alpha1", "TriggerAuthentication"): _closed(
        "secretTargetRef",
        secretTargetRef=_list(
            _closed("parameter name key", parameter=_TEXT, name=_TEXT, key=_TEXT)
        ),
    ),
}


def wrong(found: Mapping[str, Any]) -> str:
    """Say what no cluster would take of an object, or what it would silently leave out."""
    return _wrong(json.dumps(found))


@cache
def _wrong(text: str) -> str:
    found = json.loads(text)
    spec = _SPECS.get((found.get("apiVersion", ""), found.get("kind", "")))
    try:
        if spec is None:
            kubernetes_validate.validate(found, RELEASE, strict=True)
        else:
            whole = _closed(
                "apiVersion kind metadata spec",
                apiVersion=_TEXT,
                kind=_TEXT,
                metadata=_closed("name", name=_TEXT, namespace=_TEXT, labels=_TEXTS),
                spec=spec,
            )
            jsonschema.validate(found, whole)
    except (
        kubernetes_validate.ValidationError,
        kubernetes_validate.SchemaNotFoundError,
        jsonschema.ValidationError,
    ) as error:
        return f"{found.get('kind')}: {getattr(error, 'message', '') or error}"
    return ""
