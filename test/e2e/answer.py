"""answer.py TEXT PROGRAM ARGUMENTS…: runs a program on a terminal of its own and types TEXT (with escapes such as \\n,
\\x03 for Ctrl-C, \\x04 for Ctrl-D) once it has asked. Prints what the terminal showed; ends as the program did."""
import os, pty, sys

text, argv = sys.argv[1].encode().decode('unicode_escape').encode(), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(argv[0], argv)
shown, typed = b'', False
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    shown += data
    if not typed and b'[y/N] ' in shown:
        typed = True
        os.write(terminal, text)
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
