/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the program finds its own files, and where results go. Everything follows from the folder in which the program itself
 * lies (links resolved). The guest's programs and the libraries for QEMU lie in the same folder:
 *
 *	in the tree	TREE/build/numarig; data in TREE, results in TREE/results
 *	installed	LIBDIR/numarig/numarig, to which PREFIX/bin/numarig is a link; data in LIBDIR/numarig/data, a link to
 *			PREFIX/share/numarig; results in ./results, as users can't write into the data folder
 *
 * The links are relative, so that an installation works below DESTDIR, too. All paths are malloc'ed.
 */
#ifndef NUMARIG_BASE_PLACE_H
#define NUMARIG_BASE_PLACE_H

char *place_built(void);   /* guest/, steady.so, trace.so */
char *place_data(void);	   /* topologies/, cases/, guests/kernel/, ci/regress.json */
char *place_results(void); /* runs/, latest, baselines/ */

#endif
