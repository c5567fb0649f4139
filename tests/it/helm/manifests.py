"""Reads rendered manifests and validates each strictly against Kubernetes' own schemas.

usage: manifests.py VERSION,... FILE...

Prints {"manifests": {FILE: [...]}, "faults": [...], "custom": [...]}: what was read, what is wrong with it, and what
Kubernetes has no schema of, since it is another project's kind.
"""

import json
import sys

import kubernetes_validate
import yaml


class Loader(yaml.SafeLoader):
    """Refuses a key that comes twice, as the API server does."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"{node.start_mark}: {twice} comes twice")
        return super().construct_mapping(node, deep)


def main(versions, files):
    found = {"manifests": {}, "faults": [], "custom": []}
    for file in files:
        with open(file, encoding="utf-8") as text:
            manifests = [one for one in yaml.load_all(text, Loader) if one]
        found["manifests"][file] = manifests
        for manifest in manifests:
            for version in versions:
                check(found, file, manifest, version)
    json.dump(found, sys.stdout)


def check(found, file, manifest, version):
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        found["custom"].append(manifest)
    except kubernetes_validate.ValidationError as fault:
        where = "/".join(str(step) for step in fault.path)
        found["faults"].append(f"{file}: {manifest['kind']} at {where} in {version}: {fault.message}")


main(sys.argv[1].split(","), sys.argv[2:])
