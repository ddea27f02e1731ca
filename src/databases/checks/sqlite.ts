import { scriptStart, type DatabaseCheck } from './check.ts'

/*
 * SQLite has no server; its program, or Python's module, is in some images and in others not. A hot journal or a
 * write-ahead log is played back by opening the file. A violated foreign key is no damage: SQLite does not enforce
 * them unless it is told to.
 */
const python = `
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check"):
    print(row[0])
`
const script = `${scriptStart}
file=$1
if program=$(first_of sqlite3); then "$program" -batch -init /dev/null "$file" 'PRAGMA integrity_check' >said 2>&1
elif program=$(first_of python3 python); then "$program" -c '${python}' "$file" >said 2>&1
else no_tools 'The image has neither sqlite3 nor Python.'; fi
code=$?
[ "$code" = 0 ] && [ "$(cat said)" = ok ] || damaged 'integrity_check found damage:' said
echo 'integrity_check'
`

export const sqliteCheck: DatabaseCheck = { title: 'SQLite', script }
