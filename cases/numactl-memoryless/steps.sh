#!/bin/sh
# Node 1 has CPUs only.
# SPDX-License-Identifier: GPL-2.0-or-later
numactl -N 1 true 2>/tmp/says
echo "plain $?"
echo "says $(head -n 1 /tmp/says)"
numactl --all -N 1 true
echo "all $?"
