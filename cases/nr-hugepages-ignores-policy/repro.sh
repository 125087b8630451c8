#!/bin/sh
# Four huge pages, asked for by a writer that is bound to node 1: by each of the two files.
# SPDX-License-Identifier: GPL-2.0-or-later
on() { cat "/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages"; }
numactl -m 1 sh -c 'echo 4 >/proc/sys/vm/nr_hugepages' || exit 3
echo "plain0 $(on 0)"
echo "plain1 $(on 1)"
echo 0 >/proc/sys/vm/nr_hugepages || exit 3
numactl -m 1 sh -c 'echo 4 >/proc/sys/vm/nr_hugepages_mempolicy' || exit 3
echo "mempolicy0 $(on 0)"
echo "mempolicy1 $(on 1)"
