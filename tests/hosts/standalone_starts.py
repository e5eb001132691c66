#!/usr/bin/env python3
"""Starts the stand-alone again and again: each start must draw, answer a click, and end on SIGTERM or the window manager's close in turn.
usage: ./xwm.sh python3 standalone_starts.py PROGRAM [COUNT=300]     needs xdotool, imagemagick; PROGRAM built with --features standalone; exit 0 = every start does
"""
import os, signal, subprocess, sys, time
program, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300
bad = {}
def x(*words): return subprocess.run(["xdotool", *words], capture_output=True, text=True, timeout=10).stdout.split()
def shot(window): return subprocess.run(["import", "-window", window, "-resize", "96x64!", "-depth", "8", "rgb:-"], capture_output=True).stdout
def soon(what, seconds):
    end = time.time() + seconds
    while True:
        got = what()
        if got or time.time() > end: return got
        time.sleep(0.1)
def start(number, child):
    window = soon(lambda: x("search", "--onlyvisible", "--name", "^videoTracker$"), 20)
    if not window: return "no window"
    window = window[-1]
    if not soon(lambda: len(set(shot(window))) > 8, 20): return "nothing drawn"
    before = shot(window)
    def changed():
        now = shot(window)
        return len(now) == len(before) and sum(a != b for a, b in zip(now, before)) > 400
    # The tabs' panels: media's on the right, wherever the row puts it.
    def clicked():
        for place in range(550, 400, -50):
            x("mousemove", "--window", window, str(place), "60"); time.sleep(0.15); x("click", "1")
            if soon(changed, 3): return True
    if not clicked(): return "deaf to a click"
    if number % 2: x("windowactivate", window); time.sleep(0.1); x("key", "--clearmodifiers", "alt+F4")
    else: child.send_signal(signal.SIGTERM)
    if soon(lambda: child.poll() is not None, 15) is not True: return "deaf to " + ("the window manager" if number % 2 else "SIGTERM")
for number in range(count):
    child = subprocess.Popen([program, "--backend", "dummy"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    fault = start(number, child)
    if fault: bad.setdefault(fault, []).append(number); child.kill()
    child.wait()
    if number % 20 == 19: print(f"     {number + 1} starts, {bad or 'all alive'}", flush=True)
print(f"RESULT {'FAIL ' + str(bad) if bad else 'PASS'}: {count} starts"); sys.exit(1 if bad else 0)
