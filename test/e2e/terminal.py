"""terminal.py ctrl-c|'hang up' PROGRAM ARGUMENTS…: runs a program on a terminal of its own, and soon after it has said
what it is at presses Ctrl-C, or closes the terminal. Prints what the terminal showed; ends as the program did."""
import os, pty, random, select, sys, time

act, argv = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(argv[0], argv)
shown, acted, begun = b'', False, None
while True:
    readable, _, _ = select.select([terminal], [], [], 0.1)
    if readable:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    if begun is None and any(word in shown for word in (b'Snapshot', b'Restore', b'Clone', b'held')):
        begun = time.time()
    if not acted and begun is not None and time.time() - begun > random.uniform(0.1, 0.4):
        acted = True
        if act == 'hang up':
            os.close(terminal)
            break
        os.write(terminal, b'\x03')
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
