#!/bin/bash
# usage: ardour_remove.sh /path/PLUGIN.vst3 "Plugin Name" [ROUNDS=10]   [env BLOCK RATE]   exit 0 = pass
# Adds the plugin to a track, automates 40 of its parameters and removes it, ROUNDS times, while the session rolls.
set -u
export HOME=$(mktemp -d); trap 'rm -rf $HOME' EXIT; mkdir -p $HOME/.vst3; ln -s "$(readlink -f "$1")" $HOME/.vst3/
# Ardour ignores what it learnt of a bundle in the second in which the bundle was written.
sleep 1.1
LD_LIBRARY_PATH=/usr/lib/ardour7 /usr/lib/ardour7/ardour-vst3-scanner -q -f "$HOME/.vst3/$(basename "$1")" || { echo scan failed; exit 1; }
timeout -s KILL $((60 + 8 * ${3:-10})) ardour7-lua "$(dirname "$0")/ardour_remove.lua" "$2" $HOME/session ${3:-10} 2>&1 | tee $HOME/out.txt
grep -q '^RESULT PASS' $HOME/out.txt
