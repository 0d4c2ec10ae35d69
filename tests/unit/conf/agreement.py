#!/usr/bin/env python3
"""The decoder and the JSON Schema accept and refuse the same documents.

Good documents are changed in one place at a time: a key left out, added or given another value.
Every variant is judged by both."""
import copy
import json
import os
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (python3-jsonschema, python3-yaml)")
    sys.exit(77)

VALUES = [
    None, True, False, 0, 1, 2, 5, -1, 70000, 99999999, "", "text", "Upper", "a.b", "a.b.c", "-x",
    "1e-6", "2e-6", "1.5e-09", "0e-7", "1e-7x", "uniform", "30s", "1.5m", "5x", "$x", "a ${x}", "$client", "WK-SEC-001", "WK-SEC-1", "https://a/b",
    "10.1.2.3", "10.1.2.300", "10.0.0.0/8", "10.0.0.0/30", "1.28.2", "1.28", "native", "k3d",
    "primary", "links", "test-pod", "Ready", "x" * 63, "x" * 64, "a" * 200, [], {}, [1], ["a"],
    ["a", "a"], ["a", "b"], {"a": 1}, {"a": "b"}, {"ask": {"cluster": "a"}}, {"nothing": {}},
    [[]], [{}], [{"nothing": {}}],
]


def variants(document):
    """Every document that differs from this one in one place."""
    yield document

    def places(node, path):
        yield path
        if isinstance(node, dict):
            for key in node:
                yield from places(node[key], path + [key])
        elif isinstance(node, list):
            for index, item in enumerate(node):
                yield from places(item, path + [index])

    for path in list(places(document, [])):
        def changed(change):
            holder = [copy.deepcopy(document)]
            target = holder
            steps = [0] + path
            for step in steps[:-1]:
                target = target[step]
            change(target, steps[-1])
            return holder[0] if holder else None

        for value in VALUES:
            yield changed(lambda t, k, v=value: t.__setitem__(k, copy.deepcopy(v)))
        if path:
            yield changed(lambda t, k: t.__delitem__(k))
        here = document
        for step in path:
            here = here[step]
        if isinstance(here, dict):
            yield changed(lambda t, k: t[k].__setitem__("unheard-of", 1))
        if isinstance(here, list) and here:
            yield changed(lambda t, k: t[k].append(copy.deepcopy(t[k][0])))
            yield changed(lambda t, k: t[k].extend(copy.deepcopy(t[k][0]) for _ in range(40)))


def main():
    judge, data = sys.argv[1:]
    disagreements = 0
    for name in sorted(os.listdir(data)):
        which = name.split(".")[0]
        with open(os.path.join(data, name), encoding="utf-8") as stream:
            document = yaml.safe_load(stream)
        schema = json.loads(
            subprocess.run([judge, "schema", which], check=True, capture_output=True).stdout)
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        lines = [json.dumps(variant) for variant in variants(document)]
        verdicts = subprocess.run(
            [judge, which], check=True, capture_output=True, text=True,
            input="".join(line + "\n" for line in lines)).stdout.splitlines()
        assert len(verdicts) == len(lines), f"{len(lines)} documents, {len(verdicts)} verdicts"
        assert verdicts[0] == "ok", f"{name}: {verdicts[0]}"
        for line, verdict in zip(lines, verdicts):
            accepted = validator.is_valid(json.loads(line))
            if accepted != (verdict == "ok"):
                disagreements += 1
                print(f"{name}: schema {'accepts' if accepted else 'refuses'}, decoder: {verdict}"
                      f"\n  {line[:600]}")
        accepted = sum(verdict == "ok" for verdict in verdicts)
        print(f"{name}: {len(lines)} documents, {accepted} accepted")
    print(f"{disagreements} disagreements")
    return 1 if disagreements else 0


sys.exit(main())
