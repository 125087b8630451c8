/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the program finds what belongs to it, and where results go. All follows from the folder that the program itself lies in
 * (links resolved), which is also that of the guest's programs and of the libraries for QEMU:
 *
 *	in the tree	TREE/build/numarig; data in TREE, results in TREE/results
 *	installed	LIBDIR/numarig/numarig, to which PREFIX/bin/numarig is a link; data in LIBDIR/numarig/data, a link to
 *			PREFIX/share/numarig; results in ./results, for nobody writes into the data folder
 *
 * The links are relative, so an installation works from under DESTDIR, too. All paths are malloc'ed.
 */
#ifndef NUMARIG_BASE_PLACE_H
#define NUMARIG_BASE_PLACE_H

char *place_built(void);   /* guest/, steady.so, trace.so */
char *place_data(void);	   /* topologies/, cases/, guests/kernel/, ci/regress.json */
char *place_results(void); /* runs/, latest, baselines/ */

#endif
