"""The chart of deploy/helm, rendered by Helm's own engine: what each object says, and all fit together."""

import re
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from passport.dispatch import FRONT_DOOR, PREFIXES
from runtime.probes import router as probes
from runtime.settings import SERVICES, load_settings, unknown_variables
from tests.architecture.helm_chart import (
    CHART,
    EXAMPLE,
    RELEASE,
    ROOT,
    Answer,
    environment,
    merged,
    pod_of,
    read_yaml,
    render,
    selects,
)

VALUES = read_yaml(CHART / "values.yaml")
GIVEN = merged(read_yaml(EXAMPLE), {"monitoring": {"enabled": True}})
VERSIONS = ("1.30.0", kubernetes_validate.latest_version())
SECRET_NAME = re.compile(r"(SECRET|PASSPHRASE|TOKEN|PASSWORD|DATABASE_URL|REPLICA_URL)$")
STORING = tuple(service for service in SERVICES if service != FRONT_DOOR)
Manifest = dict[str, Any]


@cache
def rendered() -> tuple[tuple[Answer, ...], dict[str, Any]]:
    """The example's values with monitoring and without."""
    return render([GIVEN, read_yaml(EXAMPLE)])


@cache
def everything() -> tuple[Manifest, ...]:
    answer = rendered()[0][0]
    assert answer.refused is None
    return tuple(answer.manifests())


def objects(kind: str | None = None) -> list[Manifest]:
    return [manifest for manifest in everything() if kind in (None, manifest["kind"])]


def named(kind: str, name: str) -> Manifest:
    (found,) = (one for one in objects(kind) if one["metadata"]["name"] == name)
    return found


def config() -> dict[str, str]:
    data: dict[str, str] = named("ConfigMap", f"{RELEASE}-settings")["data"]
    return data


def component(service: str) -> str:
    return service.replace("_", "-")


def containers() -> list[tuple[Manifest, dict[str, Any]]]:
    """Every container with the object that has it."""
    return [
        (manifest, container)
        for manifest in objects()
        for container in (pod_of(manifest) or {"containers": []})["containers"]
    ]


def test_the_linter_has_nothing_to_say() -> None:
    lint = rendered()[1]
    # 1 is a remark, such as that an icon is recommended.
    assert [message for message in lint["messages"] if message["severity"] > 1] == []
    assert lint["errors"] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_fits_kubernetes_own_schema(version: str) -> None:
    for manifest in objects():
        if manifest["kind"] != "ServiceMonitor":  # the operator's, in no schema of Kubernetes
            kubernetes_validate.validate(manifest, version, strict=True)


def test_an_object_that_does_not_fit_is_caught() -> None:
    broken = deepcopy(named("Deployment", f"{RELEASE}-verifier"))
    broken["spec"]["template"]["spec"]["enableServiceLink"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSIONS[-1], strict=True)


def test_every_service_and_the_workers_run() -> None:
    found = {one["metadata"]["name"] for one in objects("Deployment")}
    assert found == {f"{RELEASE}-{component(name)}" for name in (*SERVICES, "worker")}
    assert len([one for one in objects() if pod_of(one)]) == len(found) + 1


def test_no_container_is_root_writes_to_its_image_or_keeps_a_capability() -> None:
    for manifest in objects():
        pod = pod_of(manifest)
        if pod is None:
            continue
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        # Otherwise a Service named passport-verifier makes PASSPORT_VERIFIER_PORT and other variables.
        assert pod["enableServiceLinks"] is False
    for _, container in containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= container["resources"].keys()


def test_keys_are_not_opened_to_the_group_by_a_mount() -> None:
    """The product refuses keys that others may read; Kubernetes sets the group of a volume's root only."""
    folder = config()["PASSPORT_DATA_DIR"]
    for manifest in objects("Deployment"):
        pod = pod_of(manifest)
        assert pod is not None
        assert pod["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch"
        (mounted,) = (
            one["mountPath"] for one in pod["containers"][0]["volumeMounts"] if one["name"] == "data"
        )
        assert folder.startswith(f"{mounted}/")


def test_no_secret_stands_in_an_object() -> None:
    assert objects("Secret") == []
    assert [name for name in config() if SECRET_NAME.search(name)] == []
    for _, container in containers():
        for name, value in environment(container, config()).items():
            assert (value is None) == bool(SECRET_NAME.search(name)), name


def test_every_service_starts_with_its_settings_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is missing, misspelt or refused, for the services, the workers and the migrations."""
    for number, (manifest, container) in enumerate(containers()):
        variables = environment(container, config())
        assert unknown_variables(dict.fromkeys(variables, "")) == (), manifest["metadata"]["name"]
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value or secret_for(name, number))
            settings = load_settings()
        assert settings.mode == "production"
        assert settings.host == "0.0.0.0"
        assert settings.trusted_proxies == ("10.244.0.0/16",)


def secret_for(name: str, number: int) -> str:
    if name.endswith("_URL"):
        return "postgresql://role:word@postgres:5432/passport"
    return f"{number}-only-here-{name.lower()}"


def test_each_process_has_its_own_secrets_and_nobody_elses_database() -> None:
    for manifest, container in containers():
        service = container["name"].replace("-", "_")
        owner = "issuer" if service == "worker" else service
        own = {
            variable["valueFrom"]["secretKeyRef"]["name"]
            for variable in container["env"]
            if "valueFrom" in variable
        }
        assert own == {VALUES["secret"], VALUES[owner]["secret"]}
        databases = [one["name"] for one in container["env"] if one["name"].endswith("_DATABASE_URL")]
        assert databases == [f"PASSPORT_{owner.upper()}_DATABASE_URL"] * (owner != FRONT_DOOR)
        mounted = {volume["persistentVolumeClaim"]["claimName"] for volume in claims_of(manifest)}
        assert mounted <= {f"{RELEASE}-{component(owner)}"}


def claims_of(manifest: Manifest) -> list[dict[str, Any]]:
    pod = pod_of(manifest)
    assert pod is not None
    return [volume for volume in pod["volumes"] if "persistentVolumeClaim" in volume]


def test_a_volume_that_several_pods_mount_can_be_shared_and_is_kept() -> None:
    users: dict[str, list[Manifest]] = {}
    for manifest in objects("Deployment"):
        for volume in claims_of(manifest):
            users.setdefault(volume["persistentVolumeClaim"]["claimName"], []).append(manifest)
    assert users.keys() == {f"{RELEASE}-{component(service)}" for service in STORING}
    for name, deployments in users.items():
        claim = named("PersistentVolumeClaim", name)
        is_shared = len(deployments) > 1 or deployments[0]["spec"].get("replicas") != 1
        assert claim["spec"]["accessModes"] == ["ReadWriteMany" if is_shared else "ReadWriteOncePod"], name
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_commands_are_those_of_the_product() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    pod = pod_of(named("Deployment", f"{RELEASE}-verifier"))
    assert pod is not None
    assert f"--uid {pod['securityContext']['runAsUser']} " in dockerfile
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)[-1] in ("passport", "10001:10001")
    for manifest, container in containers():
        service = container["name"].replace("-", "_")
        if manifest["kind"] == "Job":
            assert container["args"] == ["migrate", "--only", service]
        else:
            expected = ["worker"] if service == "worker" else ["serve", "--only", service]
            assert container["args"] == expected
        (program,) = container["command"]
        assert program in dockerfile


def test_only_the_verifiers_and_the_front_door_are_several() -> None:
    """Whatever publishes or takes up unfinished work is there once, and its old pod ends first."""
    for service in SERVICES:
        spec = named("Deployment", f"{RELEASE}-{component(service)}")["spec"]
        if service in ("verifier", FRONT_DOOR):
            assert "strategy" not in spec
        else:
            assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    scaled = objects("HorizontalPodAutoscaler")
    assert [one["spec"]["scaleTargetRef"]["name"] for one in scaled] == [f"{RELEASE}-verifier"]
    # A number in the Deployment would undo at each upgrade what the autoscaler has decided.
    assert "replicas" not in named("Deployment", f"{RELEASE}-verifier")["spec"]


def test_selectors_find_the_pods_that_are_meant_and_no_others() -> None:
    labels = {
        one["metadata"]["name"]: one["spec"]["template"]["metadata"]["labels"]
        for one in objects()
        if pod_of(one) is not None
    }
    for one in objects("Service"):
        assert found_by(one["spec"]["selector"], labels) == [one["metadata"]["name"]]
    for one in (*objects("Deployment"), *objects("PodDisruptionBudget")):
        assert found_by(one["spec"]["selector"]["matchLabels"], labels) == [one["metadata"]["name"]]
    (monitor,) = objects("ServiceMonitor")
    services = {one["metadata"]["name"]: one["metadata"]["labels"] for one in objects("Service")}
    assert set(found_by(monitor["spec"]["selector"]["matchLabels"], services)) == services.keys()


def found_by(selector: Mapping[str, str], labels: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [name for name, own in labels.items() if selects(selector, own)]


def test_ports_and_probes_meet() -> None:
    assert {"/health", "/ready", "/metrics"} <= {getattr(route, "path", "") for route in probes.routes}
    assert objects("ServiceMonitor")[0]["spec"]["endpoints"][0]["path"] == "/metrics"
    for service in SERVICES:
        name = f"{RELEASE}-{component(service)}"
        pod = pod_of(named("Deployment", name))
        assert pod is not None
        (container,) = pod["containers"]
        assert container["ports"] == [{"name": "http", "containerPort": int(config()["PASSPORT_PORT"])}]
        asked = [container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")]
        assert {probe["port"] for probe in asked} == {"http"}
        # Whoever has to wait for another must not be ended for it.
        assert [probe["path"] for probe in asked] == ["/health", "/ready", "/health"]
        (port,) = named("Service", name)["spec"]["ports"]
        assert (port["name"], port["targetPort"]) == ("http", "http")
        if service != FRONT_DOOR:
            assert config()[f"PASSPORT_{service.upper()}_URL"] == f"http://{name}:{port['port']}"


def test_paths_lead_to_the_services_that_answer_them() -> None:
    (ingress,) = objects("Ingress")
    expected = {**PREFIXES, "/": FRONT_DOOR}
    assert read_yaml(CHART / "routes.yaml") == expected
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["passport.gov.kh"]
    for rule in ingress["spec"]["rules"]:
        found = {
            path["path"]: path["backend"]["service"]["name"].removeprefix(f"{RELEASE}-")
            for path in rule["http"]["paths"]
        }
        assert found == {path: component(service) for path, service in expected.items()}
        # Element by element, so that /v does not answer for /verify.
        assert {path["pathType"] for path in rule["http"]["paths"]} == {"Prefix"}


def test_the_migrations_run_before_an_upgrade_and_without_what_the_release_brings() -> None:
    job = named("Job", f"{RELEASE}-migrate")
    assert "pre-upgrade" in job["metadata"]["annotations"]["helm.sh/hook"]
    pod = pod_of(job)
    assert pod is not None
    assert [container["name"] for container in pod["containers"]] == sorted(map(component, STORING))
    assert not any(container.get("envFrom") for container in pod["containers"])
    assert "serviceAccountName" not in pod


def test_without_monitoring_nothing_of_it_is_made() -> None:
    plain = rendered()[0][1]
    kinds = {manifest["kind"] for manifest in plain.manifests()}
    assert "ServiceMonitor" not in kinds
    assert not any("metrics-token" in text or "monitoring" in text for text in plain.texts.values())
