/** The daily update of buildroots: a unit and a timer of systemd, or a line of cron; and what both read. */
import { existsSync, realpathSync } from 'node:fs';
import { assetPath } from '../config/assets.ts';
import { quote, UserError } from '../errors.ts';
import { which } from '../process.ts';

export const CONFIGURATION_FILE = '/etc/pkg-actions/update-buildroots.env';
export const SERVICE = 'pkg-actions-update-buildroots';
const UNITS = '/etc/systemd/system';
export const CRON_FILE = `/etc/cron.d/${SERVICE}`;

/** Words that systemd, cron and a shell all read as they are. */
const PLAIN = /^[A-Za-z0-9_@+=:,./~-]*$/;

/**
 * The configuration: inputs of update-buildroots as variables, in the form of systemd's EnvironmentFile, which is that of a
 * shell as well.
 *
 * @throws UserError for a value that one of them would read otherwise.
 */
export function configurationText(inputs: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(inputs).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return [`PKG_ACTIONS_${name.toUpperCase().replaceAll('-', '_')}=${plain(value, `input ${name}`)}`];
  });
  return ['# Inputs of pkg-actions update-buildroots, which runs every day.', ...lines, ''].join('\n');
}

function plain(value: string, where: string): string {
  if (PLAIN.test(value)) return value;
  throw new UserError({
    what: 'a value that a configuration file cannot hold',
    where,
    found: quote(value),
    expected: 'letters, digits and _@+=:,./~-',
  });
}

/** Unit and timer, by path. `time` is `HH:MM`. */
export function systemdFiles(command: readonly string[], time: string): Record<string, string> {
  const service = `[Unit]
Description=Update the buildroots of pkg-actions
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
EnvironmentFile=${CONFIGURATION_FILE}
ExecStart=${commandLine(command)} update-buildroots
Nice=10
IOSchedulingClass=idle
# Nothing is left running or mounted when it is ended: sessions die with their run.
TimeoutStartSec=6h
`;
  const timer = `[Unit]
Description=Update the buildroots of pkg-actions every day

[Timer]
OnCalendar=*-*-* ${time}:00
# Hosts of one farm do not all ask the mirror at once.
RandomizedDelaySec=30m
# A host that was off then does it when it is on.
Persistent=true

[Install]
WantedBy=timers.target
`;
  return { [`${UNITS}/${SERVICE}.service`]: service, [`${UNITS}/${SERVICE}.timer`]: timer };
}

/** The line of cron(8). */
export function cronFiles(command: readonly string[], time: string): Record<string, string> {
  const [hour, minute] = time.split(':').map(Number);
  const text = `SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
${minute} ${hour} * * * root set -a; . ${CONFIGURATION_FILE}; nice ${commandLine(command)} update-buildroots 2>&1 | logger -t ${SERVICE}
`;
  return { [CRON_FILE]: text };
}

function commandLine(command: readonly string[]): string {
  return command.map((word) => plain(word, 'the command of the timer')).join(' ');
}

/** Folders whose content comes and goes with jobs. */
const VOLATILE = /\/(?:_actions|_work|_temp|_npx|builds|externals)\//;

/**
 * The command line that a timer can start at any time: Node and `cli.js`, by absolute paths that do not go away.
 *
 * @param given words of a command that was named instead.
 * @throws UserError where this pkg-actions, or its Node, lies in a folder of a job.
 */
export function timerCommand(given: string | undefined): readonly string[] {
  if (given !== undefined) return given.split(' ');
  const installed = which('pkg-actions');
  const script = installed === undefined ? assetPath('dist', 'cli.js') : realpathSync(installed);
  if (!existsSync(script) || VOLATILE.test(script)) {
    throw new UserError({
      what: 'this pkg-actions lies where a timer cannot rely on it',
      found: script,
      expected: 'one that is installed on the host',
      remedy: 'npm install --global pkg-actions, or name its command: timer-command',
    });
  }
  const node = [process.execPath, which('node')].find(
    (file) => file !== undefined && !VOLATILE.test(realpathSync(file)),
  );
  if (node === undefined) {
    throw new UserError({
      what: 'Node lies where a timer cannot rely on it',
      found: process.execPath,
      expected: 'Node 24 or newer that is installed on the host',
      remedy: 'install it, or name the whole command: timer-command',
    });
  }
  return [node, script];
}
