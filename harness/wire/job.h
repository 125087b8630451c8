/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The job: what the guest's agent is to do. The host passes it as fw_cfg file opt/numarig/job.
 *
 * It is text, a line "key word...\n" for each item. In a word, blanks, '%', control characters and bytes above 126 are written
 * as %XX, and "%-" is the empty word. The agent refuses a key it does not know: host and agent are built together.
 *
 *	mode snapshot|run|exec|shell	snapshot: make ready what this job names, wait at the exact instant, read the job anew
 *	seed N				delay before the workload: N x SEED_STEP_NS of virtual time
 *	deadline NS			virtual nanoseconds for the workload, from its start
 *	quota BYTES			of records; more is a flood
 *	output BYTES			of what the program writes to its standard output and error; more is dropped
 *	every NS			a sample every NS of virtual time (0: at phases only)
 *	write NAME PATH VALUE		knob: write VALUE, unless PATH reads so already; PATH may be a glob
 *	read NAME PATH			knob: report what PATH reads
 *	sample PATTERN			a file (glob) in every sample; "PID" stands for the workload's process
 *	sample-ends PATTERN		a file (glob) in the first and the last sample only
 *	event GROUP:NAME		trace event to switch on ("migrate:*")
 *	workload NAME			the workload to run (mode run)
 *	param NAME VALUE		a parameter of the workload
 *	arg WORD			a word of the command (mode exec); the first is the program
 *	env NAME VALUE			a variable of the command's environment
 *	root PATH			where exec's files are unpacked, and its root folder
 *	cwd PATH			the program's folder, below its root
 */
#ifndef NUMARIG_WIRE_JOB_H
#define NUMARIG_WIRE_JOB_H

#define JOB_FILE "opt/numarig/job"	   /* fw_cfg name */
#define JOB_FILES_FILE "opt/numarig/files" /* newc archive to unpack, for exec */

/* I/O ports of the devices the agent speaks to: QEMU's hw/watchdog/wdt_ib700.c, hw/char/debugcon.c,
 * hw/misc/debugexit.c, docs/specs/fw_cfg.rst. */
#define PORT_RECORDS 0xe9
#define PORT_WATCHDOG 0x443
#define PORT_EXIT 0xf4
#define PORT_FWCFG 0x510

/*
 * What is kept of the kernel's log during a workload, and the room for one more record: reading ends when less is left. A log of
 * KERNEL_LOG_MOST - KERNEL_LOG_RECORD bytes or more was cut there.
 */
#define KERNEL_LOG_MOST 262144
#define KERNEL_LOG_RECORD 8192

/* No multiple of the 4 ms tick or of NUMA balancing's scan periods: so each seed begins at another phase of them. */
#define SEED_STEP_NS 1037000ull

#define EXIT_DONE 0x10 /* written to PORT_EXIT: QEMU ends with (0x10 << 1) | 1 = 33 */
#define EXIT_STATUS_DONE 33

/*
 * When the snapshot is taken: the agent sets the watchdog to 4 s and sleeps 20 ms longer than that (a longer sleep makes each
 * restore longer).
 */
#define WATCHDOG_4S 13
#define SNAPSHOT_AFTER_NS 4020000000ull
#define WATCHDOG_30S 0

#endif
