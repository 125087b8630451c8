/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

/*
 * In the order of the help. A command is a row here and a file cmd_NAME.c, which ends in COMMAND(NAME).
 * clang-format would put several rows into a line.
 */
/* clang-format off */
#define COMMANDS(row) \
	row(run) \
	row(exec) \
	row(shell) \
	row(list) \
	row(show) \
	row(argv) \
	row(topo) \
	row(mission) \
	row(repro) \
	row(check) \
	row(compare) \
	row(regress) \
	row(doctor) \
	row(cache)
/* clang-format on */

#define DECLARE(id) extern const struct command command_##id;
#define ADDRESS(id) &command_##id,

COMMANDS(DECLARE)
const struct command *const commands[] = { COMMANDS(ADDRESS) NULL };
