/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds the program of a case (cases/case.h). */
#ifndef NUMARIG_CASES_REPRO_BUILD_H
#define NUMARIG_CASES_REPRO_BUILD_H

#include "cases/case.h"

/*
 * Builds the case's program, linked statically, with $CC (else cc), and packs what the guest needs into `archive`. When the program
 * itself does not build, this is no error: `why` gets the reason in one line, and `says` all that the compiler wrote. Else `why`
 * stays empty, and `says` gets the compiler's warnings, one a line.
 */
int repro_build(const struct case_file *c, const char *tree, const char *archive, struct text *why,
		struct text *says, struct err *err);

#endif
