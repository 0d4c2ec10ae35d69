#!/usr/bin/env python3
"""Reads manifests with PyYAML and with our reader; both must see the same values."""
import json
import subprocess
import sys

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

to_json, *files = sys.argv[1:]
different = 0
for file in files:
    with open(file, encoding="utf-8") as stream:
        theirs = [doc for doc in yaml.load_all(stream, yaml.CSafeLoader) if doc is not None]
    ours = json.loads(subprocess.run([to_json, file], check=True, capture_output=True).stdout)
    if ours != theirs:
        different += 1
        for a, b in zip(ours, theirs):
            if a != b:
                print(f"{file}: ours {json.dumps(a)[:2000]}\n   theirs {json.dumps(b)[:2000]}")
print(f"{len(files)} files, {different} different")
sys.exit(1 if different or not files else 0)
