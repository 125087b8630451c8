#!/bin/sh
# the machine of the report:
#  available: 3 nodes (0-2)
#  node 0 cpus: 0 1
#  node 0 size: 3950 MB
#  node 0 free: 3072 MB
#  node 1 cpus: 2 3
#  node 1 size: 4030 MB
#  node 1 free: 3134 MB
#  node 2 cpus:
#  node 2 size: 16000 MB
#  node 2 free: 12444 MB
#  node distances:
#  node   0   1   2
#    0:  10  21  17
#    1:  21  10  28
#    2:  17  28  10
exec ./repro
