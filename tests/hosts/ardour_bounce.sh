#!/bin/bash
# usage: ardour_bounce.sh /path/PLUGIN.vst3 "Plugin Name" SCRIPT SECONDS FILM...   [env BPM BLOCK RATE]   exit 0 = pass
# Bounces a session with the plugin, which runs SCRIPT when it is activated, as often as films are named; the script arms the
# recorder for bounces, and each bounce must leave the next of the films, and its triggers in FILM.jsonl. Ardour dies now and then (ardour_check.sh): again, then.
set -u
H=$(cd "$(dirname "$0")" && pwd); NAME=$2; SCRIPT=$3; SECS=$4
export HOME=$(mktemp -d); trap 'rm -rf $HOME' EXIT; mkdir -p $HOME/.vst3; ln -s "$(readlink -f "$1")" $HOME/.vst3/
sleep 1.1
LD_LIBRARY_PATH=/usr/lib/ardour7 /usr/lib/ardour7/ardour-vst3-scanner -q -f "$HOME/.vst3/$(basename "$1")" || { echo scan failed; exit 1; }
ardour() { timeout -s KILL 150 ardour7-lua $H/ardour_check.lua "$NAME" $HOME/session $SECS 2>&1 | tee $HOME/out.txt; grep -q '^RESULT PASS' $HOME/out.txt; }
# Ardour activates a plugin before it gives it its state, so the script runs in both: for the state, and for the recorder.
export VIDEOTRACKER_SCRIPT="$SCRIPT"
MAKE=1 ardour || exit 1
shift 4
export EXPORT=1
for film in "$@"; do
  for try in 1 2 3 4 5 6; do
    VIDEOTRACKER_RECORD_EVENTS="$film.jsonl" ardour; [ -e "$film" ] && break
    grep -q '^RESULT FAIL' $HOME/out.txt && exit 1
    echo "no $film: Ardour died while exporting or closing, try $try"
  done
  [ -e "$film" ] || exit 1
done
echo "RESULT PASS"
