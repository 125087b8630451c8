/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/trace.h"

struct trace trace;
const char trace_modes[MODES] = { [MODE_KERNEL] = 'k', [MODE_USER] = 'u' };
const char trace_kinds[KINDS] = { [KIND_LOAD] = 'l', [KIND_STORE] = 's', [KIND_FETCH] = 'f' };

int trace_nid(unsigned column)
{
	return column < trace.nodes ? trace.nid[column] : -1;
}
