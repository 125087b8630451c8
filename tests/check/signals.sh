#!/bin/sh
# Signals at random moments, a few of them: tests/signals/run sends as many as you like. Its last line names the seed.
# SPDX-License-Identifier: GPL-2.0-or-later
exec sh "$(dirname "$0")/../signals/run" 60
