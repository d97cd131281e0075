/**
 * The agent: what the first process of a container becomes, so that commands need no `docker exec`. That takes 60 to
 * 100 ms for each command, and what it starts can be killed from inside. This is pid 1 of the container, which nothing
 * inside can kill or stop, and which ends when we do.
 *
 * It reads requests from a FIFO in the session's folder, which only we have open for writing. For each command there is
 * a folder with its argv, separated by NUL, and FIFOs for its standard input, output and error, and for its exit code.
 * All of them lie in a folder that is detached from every path as soon as the agent stands in it: nothing that runs in
 * the session can reach it, and so neither hold our end open nor ask for anything.
 *
 * On our side each command is a small process, the relay, that is run like any other command: so limits, cancellation
 * and output are those of the one process runner.
 *
 * Requests, one to a line: `run N`, `signal N NAME`, `end TURN`.
 */
import { CLOSE_TOP } from '../session-script.ts';
import { END_PROCESSES } from './first-process.ts';

/** Where the agent finds its folder before it detaches it, in the top. */
export const CONTROL = '/control';

/** For bash. */
export const AGENT = `
${END_PROCESSES}
# Before anything else is opened: some engines allow a milliard of files, and tools that close them one by one take hours.
limit=$(ulimit -Sn)
[ "$limit" != unlimited ] && [ "$limit" -le 65536 ] || ulimit -Sn 65536 2>/dev/null
cd ${CONTROL} && umount -l ${CONTROL} && rmdir ${CONTROL} || exit
fail() { echo "session: $*" >&2; exit 1; }
${CLOSE_TOP}
# Opened for both first: opening one end of a FIFO waits for the other, and ours may be gone already.
exec {both}<>requests && exec {requests}<requests && exec {both}>&- || exit
# Each command gets a process group of its own.
set -m
trap : PIPE
declare -A group=()
run() {
  local argv=() both in out err status
  mapfile -d '' -t argv < "$1/argv"
  exec {both}<>"$1/in"; exec {in}<"$1/in"; exec {both}>&-
  exec {both}<>"$1/out"; exec {out}>"$1/out"; exec {both}>&-
  exec {both}<>"$1/err"; exec {err}>"$1/err"; exec {both}>&-
  exec {both}<>"$1/status"; exec {status}>"$1/status"; exec {both}>&-
  echo open >&"$status"
  (
    exec {requests}<&-
    # Signals go to the group; this one stays, to say how the command ended.
    trap : TERM INT HUP QUIT
    (
      cd / && exec <&"$in" >&"$out" 2>&"$err" {in}<&- {out}>&- {err}>&- {status}>&- && exec "\${argv[@]}"
    )
    echo "$?" >&"$status"
  ) &
  group[$1]=$!
  exec {in}<&- {out}>&- {err}>&- {status}>&-
}
echo ready
# From here on the shell has nothing to say, but it would name every job that a signal ended.
exec 2>/dev/null
while read -r -u "$requests" request number name; do
  case $request in
    run) run "$number" ;;
    signal) kill -s "$name" -- "-\${group[$number]}" ;;
    end) end_processes "$number" ;;
  esac
done
`;

/**
 * For sh, on our side: 1 folder of the command, 2 its number, 3 `input` where there is some.
 *
 * Every end of ours is open before the agent is asked, and every end of the agent's before it says `open`: so nothing is
 * ever opened that waits, and nothing is read that looks ended before it began. A status that ends without a code is
 * that of a command that was killed together with who waited for it.
 */
export const RELAY = `
trap '' TERM
cd "$1" || exit 125
exec 4<>out; exec 8<out
exec 4<>err; exec 9<err
exec 4<>in; exec 7>in
exec 6<>status; exec 5<status 4>&- 3<&0
echo "run $2" 1<>../requests
read -r state <&6
exec 6>&-
cat <&8 3<&- 5<&- 7>&- 8<&- 9<&- &
cat <&9 >&2 3<&- 5<&- 7>&- 8<&- 9<&- &
if [ "$3" = input ]; then
  cat <&3 >&7 2>/dev/null 5<&- 8<&- 9<&- &
fi
exec 3<&- 7>&- 8<&- 9<&-
read -r code <&5 || code=137
exit "$code"
`;
