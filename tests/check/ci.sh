#!/bin/sh
# The pipelines that test this tree, and the templates in ci/ for users' CI: they are YAML, actionlint has nothing against them. The former
# call .ci/run; the latter name a version of NEWS.md, and the command in each does what it says:
# on a fake QEMU (tests/fake), with a folder that looks like a kernel's.
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC1091,SC2154,SC2016,SC2034,SC2317,SC2329 # functions, and what stands in quotes, are called through t
. "$(dirname "$0")/lib"
cd "$top" || exit 3

# --- as text ---
: >"$work/out"
for file in ci/github-actions.yml ci/gitlab-ci.yml .github/workflows/test.yml .gitlab-ci.yml; do
	if python3 -c 'import yaml' 2>/dev/null; then
		t "$file is YAML" python3 -c 'import sys, yaml; sys.exit(not isinstance(yaml.safe_load(open(sys.argv[1])), dict))' "$file"
	else
		skip "$file is YAML" 'python3 has no yaml (the package python3-yaml)'
	fi
done
if command -v actionlint >/dev/null; then
	t 'actionlint' eval 'actionlint ci/github-actions.yml .github/workflows/test.yml >"$work/out" 2>&1'
else
	skip 'actionlint' 'actionlint is not installed'
fi

for file in .github/workflows/test.yml .gitlab-ci.yml; do
	t "$file: calls .ci/run" grep -q 'bash \.ci/run$' "$file"
done
newest=$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' NEWS.md | head -n 1)
for file in ci/github-actions.yml ci/gitlab-ci.yml; do
	t "$file: takes the newest version of NEWS.md, by its tag" grep -qx "  NUMARIG_REF: v$newest" "$file"
done
t 'ci/github-actions.yml: the tag is what is checked out' grep -q '^          ref: \${{ env.NUMARIG_REF }}$' ci/github-actions.yml
t 'ci/gitlab-ci.yml: the tag is what is cloned' grep -q 'git clone .*--branch "\$NUMARIG_REF"' ci/gitlab-ci.yml
t 'debian/changelog: the newest version of NEWS.md' grep -q "^numarig ($newest)" debian/changelog

# --- as it runs ---
[ "$B" = build ] || { skip 'the commands' 'make would build the normal tree'; echo "1..$n"; exit; }
fake_qemu "$work"
mkdir -p "$work/place/linux/arch/x86/boot"
forge_kernel "$work/place/linux/arch/x86/boot/bzImage"
echo 'CONFIG_NUMA=y' >"$work/place/linux/.config"
echo '{"topologies": ["2node"], "workloads": ["bind"], "seeds": 2}' >"$work/plan.json"
export NUMARIG_FAKE=good PLAN="$work/plan.json" DEPS=0
ln -s "$top" "$work/place/numarig"
ln -s "$top" "$work/place/linux/numarig"

template() # FILE FOLDER: its command, run in that folder of the place
{
	sed -n 's/^.*\(make -C numarig regress .*\)$/\1/p' "$top/$1" >"$work/command"
	[ "$(wc -l <"$work/command")" -eq 1 ] || return 1
	sed 's/ regress / regress-accept /' "$work/command" >"$work/accept"
	baselines=$(sed -n 's/^ *NUMARIG_BASELINES: //p' "$top/$1")
	cd "$work/place/$2" || exit 3
	rm -rf numa numa.xml
	NUMARIG_TOPO=4node NUMARIG_BASELINES=$baselines sh "$3" >"$work/out" 2>&1 && code=0 || code=$?
	cd "$top" || exit 3
}
both() # FILE FOLDER
{
	rm -rf "$work/place/linux/ci" "$work/place/ci"
	template "$1" "$2" "$work/command"
	t "$1: without a baseline it fails, and says how to make one" \
		eval '[ $code -ne 0 ] && grep -q "there is no such baseline" "$work/out"'
	template "$1" "$2" "$work/accept"
	t "$1: regress-accept with the same variables makes it, in the kernel's folder" \
		eval '[ $code -eq 0 ] && [ -s "$work/place/linux/ci/numa/6.12/4node.json" ]'
	template "$1" "$2" "$work/command"
	t "$1: then it passes" [ "$code" -eq 0 ]
	t "$1: and leaves what is kept as artifacts" [ -s "$work/place/$2/numa.xml" -a -s "$work/place/$2/numa/series.json" ]
	sed -i 's/^\(    "area": .*"1": \)[0-9]*/\1127/' "$work/place/linux/ci/numa/6.12/4node.json"
	template "$1" "$2" "$work/command"
	t "$1: a page moved fails it, with the node named" \
		eval '[ $code -ne 0 ] && grep -q "bind: metric area on node 1: 127 -> 128 pages" "$work/out"'
}
both ci/github-actions.yml .
both ci/gitlab-ci.yml linux
finish
