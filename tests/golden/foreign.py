"""Lets a reader that was not written here read the reports of every event log.

foreign.py READER RENDER FOLDER: what READER counts must be what results.json says, and red must be
exactly where the run's exit code is not 0. Exits with 77 where the reader is not there.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def fetch(what, folder):
    """Puts `what` into a folder of its own below `folder`; returns it."""
    target = folder / what
    done = subprocess.run([HERE / "fetch.sh", what, target], capture_output=True, text=True)
    if done.returncode == 77:
        skip(done.stdout.strip())
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return target


def need(command):
    if not shutil.which(command):
        skip(f"{command} is not installed")


class Xmllint:
    """Valid under the schema of junit-4 and of junit-10."""

    format = "xml"

    def __init__(self, folder):
        need("xmllint")
        self.schemas = sorted(fetch("xsd", folder).glob("*.xsd"))

    def read(self, path):
        for schema in self.schemas:
            subprocess.run(["xmllint", "--noout", "--schema", schema, path], check=True,
                           capture_output=True)
        # libxml2 counts, too.
        def count(xpath):
            done = subprocess.run(["xmllint", "--xpath", f"count({xpath})", path], check=True,
                                  capture_output=True, text=True)
            return int(done.stdout)
        return (count("//testcase"), count("//testcase[failure]"), count("//testcase[error]"),
                count("//testcase[skipped]"))


class Junitparser:
    format = "xml"

    def __init__(self, _folder):
        try:
            import junitparser
        except ImportError:
            skip("python3-junitparser is not installed")
        self.module = junitparser

    def read(self, path):
        module = self.module
        counts = {module.Failure: 0, module.Error: 0, module.Skipped: 0}
        total = 0
        suites = module.JUnitXml.fromfile(str(path))
        for suite in suites:
            for case in suite:
                total += 1
                for result in case.result:
                    counts[type(result)] += 1
        told = (suites.tests, suites.failures, suites.errors)
        found = (total, counts[module.Failure], counts[module.Error])
        assert told == found, f"the attributes say {told}, the testcases {found}"
        return (*found, counts[module.Skipped])


class Prove:
    """Perl's TAP::Harness, and the parser in it for the counts."""

    format = "tap"
    COUNT = """
        my $p = TAP::Parser->new({source => $ARGV[0]}); $p->run;
        die join("; ", $p->parse_errors), "\\n" if $p->parse_errors;
        printf "%d %d %d\\n", $p->tests_run, scalar $p->failed, scalar $p->skipped;
    """

    def __init__(self, _folder):
        need("prove")

    def read(self, path):
        done = subprocess.run(["perl", "-MTAP::Parser", "-e", self.COUNT, path], check=True,
                              capture_output=True, text=True)
        total, red, skipped = map(int, done.stdout.split())
        verdict = subprocess.run(["prove", "-e", "cat", path], capture_output=True).returncode
        assert (verdict != 0) == (red > 0), f"prove ended with {verdict} beside {red} red"
        return (total, red, skipped)


class TapParser:
    format = "tap"

    def __init__(self, folder):
        need("node")
        self.command = fetch("tap-parser", folder) / "node_modules/.bin/tap-parser"

    def read(self, path):
        with open(path, "rb") as tap:
            done = subprocess.run([self.command, "-j", "0"], stdin=tap,
                                  capture_output=True, text=True)
        end = [event[1] for event in json.loads(done.stdout) if event[0] == "complete"][0]
        assert (done.returncode == 0) == end["ok"], f"it ended with {done.returncode}"
        return (end["count"], end["fail"], end["skip"])


class Meson:
    format = "tap"

    def __init__(self, _folder):
        try:
            from mesonbuild.mtest import TAPParser, TestResult
        except ImportError:
            skip("meson is not a module of this Python")
        self.parser, self.result = TAPParser, TestResult

    def read(self, path):
        lines = path.read_text(encoding="utf-8").splitlines()
        found = list(self.parser().parse(iter(lines)))
        errors = [e for e in found if isinstance(e, (self.parser.Error, self.parser.Bailout))]
        assert not errors, errors
        tests = [e.result for e in found if isinstance(e, self.parser.Test)]
        return (len(tests), tests.count(self.result.FAIL), tests.count(self.result.SKIP))


READERS = {"xmllint": Xmllint, "junitparser": Junitparser, "prove": Prove,
           "tap-parser": TapParser, "meson": Meson}


def expected(reader, tests):
    if reader.format == "xml":
        return (tests["all"], tests["failed"], tests["errors"], tests["skipped"])
    return (tests["all"], tests["failed"] + tests["errors"], tests["skipped"])


def agrees(results, code):
    """Whether an exit code is the one that was told, and red is where it is not 0."""
    red = results["tests"]["failed"] + results["tests"]["errors"]
    return code == results["exit"] and (code != 0) == (red > 0)


def main():
    name, render, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    reader = READERS[name](folder)
    logs = sorted((HERE / "report").glob("*.jsonl"))
    wrong = 0
    for log in logs:
        def rendered(form):
            return subprocess.run([render, form, log], check=True, capture_output=True).stdout
        results = json.loads(rendered("json"))
        code = subprocess.run([render, "exit", log]).returncode
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch) / f"report.{reader.format}"
            path.write_bytes(rendered(reader.format))
            try:
                found = reader.read(path)
            except (subprocess.CalledProcessError, AssertionError) as e:
                found = getattr(e, "stderr", None) or e
        want = expected(reader, results["tests"])
        if found != want or not agrees(results, code):
            print(f"{log.name}: {name} reads {found}, expected {want} with exit code {code}")
            wrong += 1
    print(f"{len(logs)} reports read by {name}, {wrong} wrong")
    sys.exit(1 if wrong or not logs else 0)


if __name__ == "__main__":
    main()
