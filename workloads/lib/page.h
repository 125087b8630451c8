/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes of pages (x86-64). In bytes, and small pages of a huge one. */
#ifndef NUMARIG_WORKLOADS_LIB_PAGE_H
#define NUMARIG_WORKLOADS_LIB_PAGE_H

#define PAGE 4096ul
#define HUGE (2ul << 20)
#define HUGE_PAGES (HUGE / PAGE)

#endif
