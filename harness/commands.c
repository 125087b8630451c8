/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands: cli.h. A new one is a row here and a file cmd_NAME.c. */
#include "cli.h"

static const char more_run[] =
	"The first run of a machine boots it up to its exact instant and keeps that as a snapshot; the others "
	"start there. Each workload gets a machine of its own.\n"
	"Several topologies, kernels and values of knobs make a grid: every combination is run, a cell, into a "
	"folder of its own below one that has series.json; outcomes are printed as a table, and for a cell "
	"that failed why, and the line that runs it alone.";
static const char more_exec[] =
	"Takes the shared libraries it needs along, and runs it under any `numactl` prefix you like; hands back "
	"its output and its exit code, and shows where its memory lay. What the guest has itself (numactl, "
	"numastat, migratepages, busybox) is not taken along. Its standard output and error come in the order "
	"in which it wrote them; what goes beyond 4 MiB is dropped, and a line says how much. A line says, "
	"too, when a signal, the OOM killer or its time limit ended it; in result.json its outcome is then a "
	"fail.";
static const char more_shell[] =
	"A busybox shell on this terminal; `exit` ends the machine. Engines fast and kvm: under the exact one "
	"an idle guest's clock races.";
static const char more_mission[] =
	"The kernels are the stock ones 6.1 and 6.12, and lab. Prints a table: the row, its outcome on each "
	"kernel, the statement, the workloads that prove it and one number of theirs. A row that no kernel can "
	"show counts as failed.";
static const char more_repro[] =
	"For each kernel: it shows it, does not, or cannot tell, with the value that decides. A case is a name "
	"(`numarig list cases`), a folder with a case.json, such a file, or `all`; docs/cases.md says how to "
	"write one. What takes long says so: on a terminal all the time, else once a minute on standard error.";
static const char more_check[] =
	"Needs no machine. Compares digests: with its result.json's content (was it changed?), and with what "
	"is judged now (does this program judge otherwise? exit code 1). Of a series it does so with every "
	"run.";
static const char more_compare[] =
	"Each is a run's folder or result.json, a series' folder, or a baseline of results/baselines. "
	"Outcomes, and metrics node by node with both values; better, worse or changed by each metric's "
	"direction.\n"
	"With the same inputs and seeds every number is compared to the unit; records that differ then are a "
	"defect of numarig. With the same plan and another kernel, QEMU or version of this program, placement "
	"and verdicts are compared strictly, and what depends on timing by its spread over seeds (`run --seeds "
	"5`): two ranges differ when they lie apart by more than half the wider one and by more than a tenth "
	"of the largest value. Engines fast and kvm are compared by the spread over repeats (`run --repeat "
	"5`). What can't be compared, other engines, machines, seeds, values of knobs or programs, is refused "
	"with exit code 2, and the input that differs is named.\n"
	"A workload, check, metric, parameter or declared knob, or a combination of a series, that only one "
	"side has is listed as new or gone, and the rest is compared: another version of this program may "
	"bring some. A workload whose parameter has another value is listed as gone. What is gone and was not "
	"right is no improvement. Results and baselines of earlier versions are read.\n"
	"Exit code 1: something is worse, or changed that does not depend on timing; 3: equal inputs gave "
	"other records; else 0. What depends on timing and has no better direction is shown only.";
static const char more_regress[] =
	"The plan is run as a series, and what came of it is compared with results/baselines/<series>/"
	"<topology>.json as `compare` does. The series is the kernel's version, such as 6.12, or lab; engines "
	"other than exact stand before it. Exit codes as for `compare`; 3 when there is no baseline of a "
	"topology: the others are compared all the same.";
static const char more_topo[] =
	"`import` writes, to standard output, a topology made from a real machine: its "
	"/sys/devices/system/node as a folder or a tarball, or the text of `numactl -H` (a file, or standard "
	"input). `check` reads topology files and says what is wrong with them.";

const struct command commands[] = {
	{ "run", "-t TOPO [-w WORKLOAD[:P=V,...]]...", "boot, run workloads, judge, write a run directory",
	  opts_run, cmd_run, more_run },
	{ "exec", "-t TOPO -- COMMAND [ARG...]",
	  "run a program of yours in the guest and sample its placement", opts_exec, cmd_exec, more_exec },
	{ "shell", "-t TOPO", "a shell in the guest", opts_shell, cmd_shell, more_shell },
	{ "list", "[topologies|workloads|knobs|kernels|metrics|cases]", "what there is, a line each",
	  opts_list, cmd_list,
	  "What can't be read is named, and changes the exit code; the rest is listed." },
	{ "show", "topologies|workloads|knobs|kernels|metrics|cases [NAME]...", "what there is, in full",
	  opts_list, cmd_show, "Parameters, checks, ranges, defaults: of those named, else of all." },
	{ "argv", "-t TOPO", "the QEMU command line, ready to paste", opts_argv, cmd_argv,
	  "It boots the machine to a shell." },
	{ "topo", "import DIR|TARBALL|- | check FILE...", "make a topology of a real machine; check files",
	  opts_topo, cmd_topo, more_topo },
	{ "mission", "[-k KERNEL]", "every statement of the mission, measured on each kernel", opts_mission,
	  cmd_mission, more_mission },
	{ "repro", "CASE...", "whether kernels show a reported bug", opts_repro, cmd_repro, more_repro },
	{ "check", "RUN", "judge a run again from what it kept", opts_check, cmd_check, more_check },
	{ "compare", "WAS IS", "what changed between two runs, series or baselines", opts_compare,
	  cmd_compare, more_compare },
	{ "regress", "[-k KERNEL] [-t TOPO]", "run a plan and compare it with its baseline", opts_regress,
	  cmd_regress, more_regress },
	{ "doctor", "[-k KERNEL]",
	  "versions, accelerators, disk, caches: first thing to paste in a bug report", opts_doctor,
	  cmd_doctor, NULL },
	{ "cache", "list | clear [snapshots|guests|kernels|hashes|apt|all]...", "what the cache folder holds",
	  opts_cache, cmd_cache,
	  "`clear` removes what no run has in use: snapshots, where nothing is named." },
	{ 0 }
};
