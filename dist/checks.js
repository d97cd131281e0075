import { CancelledError, CommandError, MissingToolError, UserError, VERSION, familyOf, formatBytes, formatCount, formatDuration, installCommand, messageOf, oneLine, osRelease, quote, run, which } from "./frame.js";
import { _enum, array, boolean, datetime, literal, object, strictObject, string } from "./zod.js";
import { codeCell, escapeMarkdown, fenced, ownedName, removeMountedTree } from "./shared.js";
import { inParallel } from "./host-gitlab.js";
import { RepositoryPaths, keysOfSnapshot, readChannels, readSnapshot } from "./repository.js";
import { HOST_ENGINE, IMAGE_LABEL, MOCK_CONFIGURATIONS, availableMemory, buildrootFolder, clientEnvironment, currentGeneration, deadContainers, describeRejection, explainClient, findClient, findMock, holdCurrent, hostSources, openMockSession, openSession, podmanRefusal, readHistory, readRejection, removeLeftovers, runClient, scratchSize, trySession as trySession$1 } from "./buildroot.js";
import { algorithmWarnings, describeKey, expiryWarnings, inspectPrivateKeys, inspectPublicKeys, removeDeadHomes } from "./signing.js";
import path from "node:path";
import { access, constants, mkdir, open, readFile, readdir, readlink, realpath, rm, stat, statfs } from "node:fs/promises";
import os from "node:os";
import { lookup } from "node:dns/promises";
import net from "node:net";

// src/doctor/check.ts
const USES$1 = [
	"deb",
	"rpm",
	"publish-deb",
	"publish-rpm",
	"containers"
];
const HOST_BUILDS = ["deb", "rpm"];
const BUILDS = [
	"deb",
	"rpm",
	"containers"
];
const STATUSES = [
	"ok",
	"warning",
	"missing",
	"failed",
	"skipped"
];
const SECONDS = 30;
async function makeChecks(checks, context, parallel = 4, onEnd = () => {}) {
	return (await inParallel(checks, parallel, async (check) => {
		const found = await makeCheck(check, context);
		onEnd(check);
		return found;
	})).flat();
}
async function makeCheck(check, context) {
	const { id, title, group } = check;
	const isNeeded = (uses) => uses.some((use) => context.wanted.has(use));
	const found = await look(check, context);
	if (!Array.isArray(found)) return [{
		id,
		title,
		group,
		needed: isNeeded(check.uses),
		...tidy(found)
	}];
	return found.map(({ part, title: partTitle, uses = check.uses, ...finding }) => ({
		id: `${id}/${part}`,
		title: partTitle,
		group,
		needed: isNeeded(uses),
		...tidy(finding)
	}));
}
function tidy(finding) {
	return {
		...finding,
		found: oneLine(finding.found)
	};
}
async function look(check, context) {
	if (context.signal.aborted) throw new CancelledError();
	if (check.root && !context.isRoot) return {
		status: "skipped",
		found: "only root can look",
		remedy: "sudo pkg-actions doctor"
	};
	const seconds = check.seconds ?? SECONDS;
	const limit = new AbortController();
	let timer;
	const late = new Promise((resolve) => {
		timer = setTimeout(() => {
			resolve({
				status: "failed",
				found: `no answer within ${seconds} s`,
				expected: "an answer"
			});
			limit.abort();
		}, seconds * 1e3);
	});
	const answer = check.look({
		...context,
		signal: AbortSignal.any([context.signal, limit.signal])
	}).catch((error) => {
		if (context.signal.aborted) throw new CancelledError();
		if (isExpected(error)) return {
			status: "failed",
			found: messageOf(error),
			expected: "to be looked at"
		};
		if (limit.signal.aborted) return {
			status: "failed",
			found: messageOf(error)
		};
		throw error;
	});
	try {
		return await Promise.race([answer, late]);
	} finally {
		clearTimeout(timer);
	}
}
function isExpected(error) {
	if (error instanceof UserError || error instanceof CommandError) return true;
	return typeof error?.code === "string" && "syscall" in error;
}

// src/doctor/checks/kernel-features.ts
const GROUP$5 = "Sessions";
const NAMESPACES = [
	["mount", ["--mount"]],
	["pid", ["--pid", "--fork"]],
	["ipc", ["--ipc"]],
	["uts", ["--uts"]],
	["net", ["--net"]],
	["user", ["--user", "--map-root-user"]]
];
const namespaces = {
	id: "namespaces",
	title: "Namespaces",
	group: GROUP$5,
	uses: HOST_BUILDS,
	root: true,
	async look({ signal }) {
		const findings = [];
		for (const [name, flags] of NAMESPACES) findings.push({
			part: name,
			title: `Namespace: ${name}`,
			...await made([
				"unshare",
				...flags,
				"--",
				"true"
			], signal, namespaceRemedy(name)),
			...name === "user" ? { uses: ["rpm"] } : {}
		});
		const all = [...[
			"unshare",
			"--mount",
			"--pid",
			"--ipc",
			"--uts",
			"--fork",
			"--kill-child",
			"--"
		], ...[
			"unshare",
			"--net",
			"--",
			"sh",
			"-c",
			"ip link set lo up && hostname localhost"
		]];
		findings.push({
			part: "all",
			title: "Namespaces: all at once, with loopback",
			...await made(all, signal)
		});
		return findings;
	}
};
function namespaceRemedy(name) {
	return `sysctl -w ${`user.max_${name === "mount" ? "mnt" : name}_namespaces`}=15000; in a container: give it CAP_SYS_ADMIN`;
}
async function made(argv, signal, remedy) {
	try {
		await run(argv, { signal });
		return {
			status: "ok",
			found: "made"
		};
	} catch (error) {
		if (!(error instanceof CommandError) || signal.aborted) throw error;
		return {
			status: "failed",
			found: reasonOf(error),
			expected: "to be made",
			...remedy ? { remedy } : {}
		};
	}
}
function reasonOf(error) {
	const lines = error.failure.stderr.split("\n").filter((line) => line.trim() !== "");
	return lines.length === 0 ? error.message : lines.slice(-2).join("; ");
}
const OVERLAY_SCRIPT = `
set -eu
folder=$1
fail() { echo "$*" >&2; exit 1; }
mkdir "$folder/lower" "$folder/lower/again" "$folder/above" "$folder/view"
echo old > "$folder/lower/gone"
echo old > "$folder/lower/again/old"
if [ "$2" = tmpfs ]; then
  mount -t tmpfs -o mode=0755,size=16m doctor "$folder/above" || fail 'a tmpfs cannot be mounted'
fi
mkdir "$folder/above/changes" "$folder/above/work" "$folder/above/next" "$folder/above/next-work"
over() {
  mount -t overlay -o "nodev,lowerdir=$1,upperdir=$2,workdir=$3" doctor "$folder/view" || fail "$4"
}
over "$folder/lower" "$folder/above/changes" "$folder/above/work" 'an overlay cannot be mounted'
rm "$folder/view/gone"
rm -r "$folder/view/again"
mkdir "$folder/view/again"
echo new > "$folder/view/again/new"
chown 951:951 "$folder/view/again/new" || fail 'owners of files cannot be changed'
umount "$folder/view"
[ -c "$folder/above/changes/gone" ] || fail 'a removed file leaves no whiteout'
over "$folder/above/changes:$folder/lower" "$folder/above/next" "$folder/above/next-work" 'two lower folders cannot be mounted'
[ ! -e "$folder/view/gone" ] || fail 'a whiteout does not hide'
[ ! -e "$folder/view/again/old" ] || fail 'a folder made anew is not opaque: trusted.* extended attributes do not work'
[ "$(cat "$folder/view/again/new")" = new ] || fail 'what was written is not there'
umount "$folder/view"
echo fine
`;
const overlayTmpfs = {
	id: "overlay-tmpfs",
	title: "Overlay: tmpfs over the state folder",
	group: GROUP$5,
	uses: HOST_BUILDS,
	root: true,
	look: (context) => tryOverlay(context, "tmpfs")
};
const overlayDisk = {
	id: "overlay-disk",
	title: "Overlay: on the disk of the state folder",
	group: GROUP$5,
	uses: HOST_BUILDS,
	root: true,
	look: (context) => tryOverlay(context, "disk")
};
async function tryOverlay({ state, signal }, upper) {
	const expected = `an overlay whose upper folder is on ${upper === "tmpfs" ? "a tmpfs" : "that disk"}`;
	if (/[:,\\]/.test(state)) return {
		status: "failed",
		found: `the state folder ${state}`,
		expected: "a path without colon, comma or backslash, which overlayfs cannot mount",
		remedy: "choose another state folder"
	};
	const below = await existing(state);
	const folder = path.join(below, ownedName(".pkg-actions-doctor-"));
	await mkdir(folder, { mode: 448 });
	try {
		await run([
			"unshare",
			"--mount",
			"--",
			"sh",
			"-c",
			OVERLAY_SCRIPT,
			"overlay",
			folder,
			upper
		], { signal });
		return {
			status: "ok",
			found: `mounted below ${below}, and its changes as a layer`
		};
	} catch (error) {
		if (!(error instanceof CommandError) || signal.aborted) throw error;
		const remedy = upper === "disk" ? "put the state folder on ext4 or xfs (input state): the upper folder of an overlay cannot lie on another overlay or on a network file system" : "modprobe overlay; in a container: give it CAP_SYS_ADMIN";
		return {
			status: "failed",
			found: reasonOf(error),
			expected,
			remedy
		};
	} finally {
		await rm(folder, {
			recursive: true,
			force: true
		});
	}
}
async function existing(folder) {
	for (let each = folder;; each = path.dirname(each)) if ((await stat(each).catch(() => void 0))?.isDirectory() || path.dirname(each) === each) return each;
}
const KERNEL_FEATURE_CHECKS = [
	namespaces,
	overlayTmpfs,
	overlayDisk
];

// src/doctor/checks/trial.ts
const TOOLS$1 = [
	"unshare",
	"nsenter",
	"setpriv",
	"mount",
	"ip"
];
async function trial(engine, { state, signal }) {
	const folder = path.join(await existing(state), ownedName(".pkg-actions-doctor-"));
	await mkdir(folder, { mode: 448 });
	const started = performance.now();
	try {
		const tools = await trySession$1(engine, TOOLS$1, folder, signal);
		const seconds = ((performance.now() - started) / 1e3).toFixed(2);
		const missing = TOOLS$1.filter((tool) => !tools.has(tool));
		if (missing.length === 0) return {
			status: "ok",
			found: `opened and closed in ${seconds} s`
		};
		return {
			status: "failed",
			found: `no ${missing.join(", ")} in it`,
			expected: TOOLS$1.join(", "),
			remedy: "give a tool-image that has them, or none, to have one made"
		};
	} catch (error) {
		if (!(error instanceof UserError) || signal.aborted) throw error;
		return {
			status: "failed",
			found: error.parts.found ?? error.parts.what,
			expected: "a session, as a build opens it",
			remedy: error.parts.remedy ?? "see what else failed above"
		};
	} finally {
		await removeMountedTree(folder);
	}
}

// src/doctor/checks/buildroots.ts
const GROUP$4 = "Buildroots";
const STALE_SECONDS = 259200;
const configurationOf = object({
	target: object({
		name: string(),
		format: _enum(["deb", "rpm"])
	}),
	architecture: string()
});
async function* buildroots(state) {
	const names = await readdir(path.join(state, "buildroots")).catch((error) => {
		if (error.code === "ENOENT") return [];
		throw error;
	});
	for (const name of names.sort()) yield [name, await currentGeneration(buildrootFolder(state, name))];
}
const ages = {
	id: "buildroots",
	title: "Buildroots",
	group: GROUP$4,
	uses: HOST_BUILDS,
	root: true,
	async look({ state, now }) {
		const findings = [];
		for await (const [name, found] of buildroots(state)) findings.push({
			part: name,
			title: name,
			...await judge$2(path.join(state, "buildroots", name), found, now)
		});
		if (findings.length > 0) return findings;
		return {
			status: "warning",
			found: "none yet",
			expected: "one for each target; the first build of a target makes it",
			remedy: "pkg-actions update-buildroots --targets TARGET"
		};
	}
};
async function judge$2(folder, generation, now) {
	const name = path.basename(folder);
	if (generation === void 0) {
		const current = await readlink(path.join(folder, "current")).catch(() => void 0);
		return current === void 0 ? {
			status: "warning",
			found: "no generation: no update has succeeded yet",
			expected: "a generation",
			remedy: "run pkg-actions update-buildroots for it, and see why it fails"
		} : {
			status: "failed",
			found: `its generation ${current} cannot be read`,
			expected: "a generation.json of this version",
			remedy: "run pkg-actions update-buildroots for it: that makes a new generation"
		};
	}
	const { createdAt, packages, bytes, configuration } = generation.record;
	const { data } = configurationOf.safeParse(configuration);
	const checked = await stat(path.join(folder, "checked")).catch(() => void 0);
	const age = (now.getTime() - new Date(createdAt).getTime()) / 1e3;
	const since = checked === void 0 ? age : (now.getTime() - checked.mtimeMs) / 1e3;
	const found = `generation ${generation.id}, ${formatCount(packages.length, "package")}, ${formatBytes(bytes)}, made ${ago(age)}, upstream looked at ${ago(since)}`;
	const target = data?.target.name ?? name;
	const own = data !== void 0 && name === `${target}-${data.architecture}` ? "" : ` --name ${name}`;
	const rejection = await readRejection(folder);
	if (rejection !== void 0) return {
		status: "warning",
		found: `${found}; ${describeRejection(rejection)}`,
		expected: "an update that is switched to",
		remedy: `pkg-actions update-buildroots --targets ${target}${own} --force`
	};
	const failed = failedLast(await readHistory(folder));
	if (failed !== void 0) return {
		status: "warning",
		found: `${found}; ${failed}`,
		expected: "an update that succeeds",
		remedy: `pkg-actions update-buildroots --targets ${target}${own}`
	};
	if (since <= STALE_SECONDS) return {
		status: "ok",
		found
	};
	return {
		status: "warning",
		found,
		expected: "an update every day: it fails, or does not run",
		remedy: `pkg-actions update-buildroots --targets ${target}${own}`
	};
}
function failedLast(history) {
	const count = history.toReversed().findIndex(({ outcome }) => outcome !== "failed" && outcome !== "rejected");
	const last = history.at(-1);
	if (last === void 0 || count === 0) return void 0;
	const failed = count < 0 ? history.length : count;
	return `${failed === 1 ? "the last update" : `the last ${failed} updates`} failed: ${last.failure?.message ?? last.reason}`;
}
const ago = (seconds) => seconds < 0 ? "in the future" : seconds > 172800 ? `${Math.floor(seconds / 86400)} days ago` : `${formatDuration(Math.round(seconds))} ago`;
const sessions = {
	id: "session",
	title: "A session opens",
	group: GROUP$4,
	uses: HOST_BUILDS,
	root: true,
	seconds: 60,
	async look(context) {
		const findings = [{
			part: "empty",
			title: "A session opens on an empty root",
			...await trial(HOST_ENGINE, context)
		}];
		const seen = /* @__PURE__ */ new Set();
		for await (const [name, generation] of buildroots(context.state)) {
			if (generation === void 0) continue;
			const { data } = configurationOf.safeParse(generation.record.configuration);
			const format = data?.target.format;
			if (format === void 0 || seen.has(format)) continue;
			seen.add(format);
			findings.push({
				part: format,
				title: `A session opens on ${name}`,
				uses: [format],
				...await trySession(name, format, context)
			});
		}
		return findings;
	}
};
async function trySession(name, format, { state, signal }) {
	const held = await holdCurrent(buildrootFolder(state, name), signal);
	if (held === void 0) return {
		status: "skipped",
		found: "its generation is gone meanwhile"
	};
	const started = performance.now();
	const common = {
		state,
		scratch: 64 * 1024 ** 2,
		runId: "doctor",
		signal
	};
	try {
		if (format === "deb") {
			await using session = await openSession({
				...common,
				root: { lower: [held.generation.tree] }
			});
			await session.chroot(["true"]);
		} else {
			await using session = await openMockSession({
				...common,
				generation: held.generation
			});
			await session.session.run(["true"], { privileges: "mock" });
		}
		return {
			status: "ok",
			found: `opened and closed in ${((performance.now() - started) / 1e3).toFixed(2)} s`
		};
	} catch (error) {
		if (!(error instanceof UserError) || signal.aborted) throw error;
		return {
			status: "failed",
			found: error.parts.found ?? error.parts.what,
			expected: "a session, as a build opens it",
			remedy: error.parts.remedy ?? "see what else failed above"
		};
	} finally {
		await held.lock.release();
	}
}
const BUILDROOT_CHECKS = [ages, sessions];

// src/doctor/checks/clock.ts
const APT_LISTS = "/var/lib/apt/lists";
const SLACK = 300;
const clock = {
	id: "clock",
	title: "Clock",
	group: "Clock",
	uses: USES$1,
	async look({ state, now }) {
		const newest = [...await generationDates(state), ...await listDates()].reduce((best, each) => best === void 0 || each.date > best.date ? each : best, void 0);
		const time = now.toISOString().replace(/\.\d+Z$/, "Z");
		if (newest === void 0) return {
			status: "skipped",
			found: `${time}; there is no archive's date to compare with yet`
		};
		if (now.getTime() + SLACK * 1e3 >= newest.date.getTime()) return {
			status: "ok",
			found: `${time}; the newest archive seen is of ${newest.date.toISOString().slice(0, 16)}Z`
		};
		return {
			status: "failed",
			found: `${time}, and ${newest.where} is of ${newest.date.toISOString()}`,
			expected: "a time after that of what was fetched",
			remedy: "timedatectl set-ntp true, or set the clock with date --set"
		};
	}
};
async function generationDates(state) {
	const dates = [];
	for (const name of await readdir(path.join(state, "buildroots")).catch(() => [])) {
		const generation = await currentGeneration(buildrootFolder(state, name)).catch(() => void 0);
		if (generation === void 0) continue;
		const { releases, createdAt } = generation.record;
		for (const text of [createdAt, ...releases.map((release) => release.date)]) {
			const date = new Date(text ?? "");
			if (!Number.isNaN(date.getTime())) dates.push({
				date,
				where: `the buildroot ${name}`
			});
		}
	}
	return dates;
}
async function listDates() {
	const dates = [];
	for (const name of await readdir(APT_LISTS).catch(() => [])) {
		if (!/_(?:In)?Release$/.test(name)) continue;
		const file = await open(path.join(APT_LISTS, name)).catch(() => void 0);
		if (file === void 0) continue;
		try {
			const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
			const [, text = ""] = /^Date: (.*)$/m.exec(buffer.toString("latin1", 0, bytesRead)) ?? [];
			const date = new Date(text);
			if (!Number.isNaN(date.getTime())) dates.push({
				date,
				where: name
			});
		} finally {
			await file.close();
		}
	}
	return dates;
}
const ntp = {
	id: "clock-sync",
	title: "Clock is kept right",
	group: "Clock",
	uses: [],
	async look(context) {
		for (const ask of [
			askTimedatectl,
			askChrony,
			askAdjtimex
		]) {
			const answer = await ask(context);
			if (answer === void 0) continue;
			if (answer.isRight) return {
				status: "ok",
				found: answer.found
			};
			return {
				status: "warning",
				found: answer.found,
				expected: "a clock that is set by NTP",
				remedy: "timedatectl set-ntp true"
			};
		}
		return {
			status: "skipped",
			found: "not known: neither timedatectl nor chronyc nor adjtimex answers"
		};
	}
};
async function ask$1(argv, { signal }) {
	if (which(argv[0]) === void 0) return void 0;
	const { exitCode, stdout } = await run(argv, {
		okExitCodes: "any",
		timeoutSeconds: 5,
		graceSeconds: 1,
		signal
	});
	return exitCode === 0 ? stdout : void 0;
}
async function askTimedatectl(context) {
	const text = await ask$1([
		"timedatectl",
		"show",
		"--property=NTPSynchronized",
		"--value"
	], context).catch(() => void 0);
	if (text === void 0 || !/^(?:yes|no)\s*$/.test(text)) return void 0;
	return {
		isRight: text.startsWith("yes"),
		found: `timedatectl: NTP synchronized: ${text.trim()}`
	};
}
async function askChrony(context) {
	const text = await ask$1([
		"chronyc",
		"-n",
		"tracking"
	], context).catch(() => void 0);
	const [, leap] = /^Leap status\s*:\s*(.*)$/m.exec(text ?? "") ?? [];
	return leap === void 0 ? void 0 : {
		isRight: leap === "Normal",
		found: `chrony: ${leap}`
	};
}
async function askAdjtimex(context) {
	const text = await ask$1(["adjtimex", "--print"], context).catch(() => void 0);
	const [, status] = /^\s*status:\s*(\d+)$/m.exec(text ?? "") ?? [];
	if (status === void 0) return void 0;
	const isRight = (Number(status) & 64) === 0;
	return {
		isRight,
		found: `adjtimex: ${isRight ? "synchronized" : "not synchronized"}`
	};
}
const CLOCK_CHECKS = [clock, ntp];

// src/doctor/checks/disk.ts
const GROUP$3 = "Disks and folders";
const GIB = 1024 ** 3;
const STATE_ROOM = {
	least: 2 * GIB,
	good: 20 * GIB
};
const WORK_ROOM = {
	least: GIB / 4,
	good: 2 * GIB
};
const TEMPORARY_ROOM = {
	least: GIB / 8,
	good: GIB
};
const LEAST_INODES = 2e4;
const GOOD_INODES = 2e5;
const room = {
	id: "disk",
	title: "Room on disks",
	group: GROUP$3,
	uses: USES$1,
	async look({ state, work, temporary }) {
		const places = [
			{
				part: "state",
				title: `State folder ${state}`,
				folder: state,
				room: STATE_ROOM,
				uses: BUILDS
			},
			{
				part: "work",
				title: `Working folder ${work}`,
				folder: work,
				room: WORK_ROOM,
				uses: USES$1
			},
			{
				part: "temporary",
				title: `Temporary files in ${temporary}`,
				folder: temporary,
				room: TEMPORARY_ROOM,
				uses: USES$1
			}
		];
		return (await Promise.all(places.map(async ({ folder, room: wanted, part, title, uses }) => {
			const file = await statfs(await existing(folder));
			const space = judge$1(file.bavail * file.bsize, wanted.least, wanted.good, formatBytes, `${formatBytes(file.blocks * file.bsize)}`);
			const inodes = file.files === 0 ? void 0 : judge$1(file.ffree, LEAST_INODES, GOOD_INODES, (count) => `${count} inodes`, String(file.files));
			return [{
				part,
				title,
				uses,
				...space
			}, ...inodes === void 0 || inodes.status === "ok" ? [] : [{
				part: `${part}-inodes`,
				title: `${title}: inodes`,
				uses,
				...inodes
			}]];
		}))).flat();
	}
};
function judge$1(free, least, good, show, total) {
	const found = `${show(free)} free of ${total}`;
	if (free >= good) return {
		status: "ok",
		found
	};
	return {
		status: free < least ? "failed" : "warning",
		found,
		expected: free < least ? `${show(least)} at the very least, ${show(good)} to work well` : `${show(good)} to work well`,
		remedy: "remove what is not needed (df -h, du -xh --max-depth=2), or choose another folder"
	};
}
const mounted = {
	id: "state-mount",
	title: "File system of the state folder",
	group: GROUP$3,
	uses: HOST_BUILDS,
	async look({ state, signal }) {
		const folder = await realpath(await existing(state));
		const { stdout } = await run([
			"findmnt",
			"--noheadings",
			"--output=FSTYPE,OPTIONS",
			"--target",
			folder
		], { signal });
		const [type = "", options = ""] = stdout.trim().split(/\s+/);
		const forbidding = [
			"noexec",
			"nosuid",
			"ro"
		].filter((option) => options.split(",").includes(option));
		const found = `${type}${forbidding.length > 0 ? `, mounted ${forbidding.join(", ")}` : ""}`;
		if (forbidding.length === 0) return {
			status: "ok",
			found
		};
		return {
			status: forbidding.includes("ro") || forbidding.includes("noexec") ? "failed" : "warning",
			found,
			expected: "programs of a buildroot can be executed, also with set-user-id, and it can be written",
			remedy: `mount -o remount,${forbidding.map((option) => ({
				noexec: "exec",
				nosuid: "suid",
				ro: "rw"
			})[option]).join(",")} the file system of ${folder}, or choose another folder`
		};
	}
};
const PRIVATE = ["buildroots", "sessions"];
const rights = {
	id: "state-rights",
	title: "Rights of the state folder",
	group: GROUP$3,
	uses: HOST_BUILDS,
	async look({ state, isRoot }) {
		const own = await stat(state).catch((error) => error.code ?? "an error");
		if (own === "ENOENT") return {
			status: "skipped",
			found: "not there yet: made by the first run"
		};
		if (typeof own === "string") return {
			status: "skipped",
			found: `cannot be looked at: ${own}`
		};
		const wrong = [];
		const remedies = [];
		if (!own.isDirectory()) return {
			status: "failed",
			found: "not a folder",
			expected: "a folder",
			remedy: "choose another"
		};
		const strange = (uid, mode) => [...uid === 0 ? [] : [`owned by uid ${uid}`], ...(mode & 18) === 0 ? [] : [`mode ${(mode & 4095).toString(8)}, which lets others write`]];
		for (const problem of strange(own.uid, own.mode)) wrong.push(`${state}: ${problem}`);
		if (wrong.length > 0) remedies.push(`chown root:root ${state} && chmod 755 ${state}`);
		for (const name of PRIVATE) {
			const folder = path.join(state, name);
			const found = await stat(folder).catch(() => void 0);
			if (found === void 0) continue;
			if (found.uid === 0 && (found.mode & 63) === 0) continue;
			wrong.push(`${name}: uid ${found.uid}, mode ${(found.mode & 4095).toString(8)}`);
			remedies.push(`chown root:root ${folder} && chmod 700 ${folder}`);
		}
		if (isRoot) await access(state, constants.W_OK).catch(() => wrong.push(`${state}: cannot be written`));
		if (wrong.length === 0) return {
			status: "ok",
			found: "root's, and its buildroots and sessions root's alone"
		};
		return {
			status: "warning",
			found: wrong.join("; "),
			expected: "root's, with buildroots and sessions mode 700",
			...remedies.length > 0 ? { remedy: remedies.join(" && ") } : {}
		};
	}
};
const sizes = {
	id: "kept",
	title: "What is kept",
	group: GROUP$3,
	uses: [],
	root: true,
	seconds: 60,
	async look({ state, signal }) {
		const entries = (await readdir(state, { withFileTypes: true }).catch(() => [])).filter((each) => each.isDirectory());
		if (entries.length === 0) return {
			status: "skipped",
			found: "nothing yet"
		};
		const findings = [];
		for (const { name } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
			const folder = path.join(state, name);
			const { stdout } = await run([
				"du",
				"--summarize",
				"--block-size=1",
				"--one-file-system",
				"--",
				folder
			], {
				signal,
				okExitCodes: [0, 1]
			});
			const bytes = Number(/^\d+/.exec(stdout)?.[0] ?? 0);
			const count = (await readdir(folder).catch(() => [])).filter((entry) => !entry.startsWith(".")).length;
			findings.push({
				part: name,
				title: `Kept: ${name}`,
				status: "ok",
				found: `${formatBytes(bytes)} in ${formatCount(count, "entry", "entries")}`
			});
		}
		return findings;
	}
};
const DISK_CHECKS = [
	room,
	mounted,
	rights,
	sizes
];
async function sessionMounts(context) {
	return (await readFile("/proc/self/mounts", "utf8")).split("\n").map((line) => line.split(" ")).filter(([source = "", place = ""]) => /^session-/.test(source) || place.startsWith(`${context.state}/sessions/`)).map(([, place = ""]) => place);
}

// src/doctor/version.ts
function isOlder(version, least) {
	const [one, other] = [numbers(version), numbers(least)];
	for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
		const difference = (one[index] ?? 0) - (other[index] ?? 0);
		if (difference !== 0) return difference < 0;
	}
	return false;
}
function numbers(version) {
	return (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number);
}

// src/doctor/checks/tools.ts
const TOOLS = [
	{
		name: "git",
		uses: USES$1,
		purpose: "sources"
	},
	{
		name: "tar",
		uses: USES$1,
		purpose: "sources"
	},
	{
		name: "xz",
		uses: USES$1,
		purpose: "sources, indexes"
	},
	{
		name: "setpriv",
		uses: USES$1,
		purpose: "that no command outlives us",
		least: ["2.33", "--pdeathsig"]
	},
	{
		name: "flock",
		uses: USES$1,
		purpose: "locks",
		least: ["2.32", "--no-fork"]
	},
	{
		name: "unshare",
		uses: HOST_BUILDS,
		purpose: "sessions",
		least: ["2.32", "--kill-child"]
	},
	{
		name: "nsenter",
		uses: HOST_BUILDS,
		purpose: "sessions"
	},
	{
		name: "mount",
		uses: HOST_BUILDS,
		purpose: "sessions"
	},
	{
		name: "pivot_root",
		uses: HOST_BUILDS,
		purpose: "sessions",
		version: ["--version"]
	},
	{
		name: "prlimit",
		uses: HOST_BUILDS,
		purpose: "limits of a build"
	},
	{
		name: "ip",
		uses: HOST_BUILDS,
		purpose: "builds without network",
		version: ["-V"]
	},
	{
		name: "mmdebstrap",
		uses: ["deb"],
		purpose: "buildroots",
		least: ["0.7", "the variant buildd and hooks"]
	},
	{
		name: "sbuild",
		uses: ["deb"],
		purpose: "builds",
		least: ["0.81", "a build without its resolver"]
	},
	{
		name: "apt-get",
		uses: ["deb", "publish-deb"],
		purpose: "archives"
	},
	{
		name: "dpkg",
		uses: ["deb", "publish-deb"],
		purpose: "packages"
	},
	{
		name: "dpkg-source",
		uses: ["deb"],
		purpose: "source packages"
	},
	{
		name: "gpgv",
		uses: ["deb", ...["publish-deb", "publish-rpm"]],
		purpose: "signatures",
		version: ["--version"]
	},
	{
		name: "rpm",
		uses: ["rpm", "publish-rpm"],
		purpose: "packages"
	},
	{
		name: "createrepo_c",
		uses: ["rpm", "publish-rpm"],
		purpose: "indexes, package files of builds",
		least: ["0.15", "--compatibility of indexes"]
	},
	{
		name: "modifyrepo_c",
		uses: ["publish-rpm"],
		purpose: "indexes"
	},
	{
		name: "dnf",
		uses: ["publish-rpm"],
		purpose: "reading a repository as clients do"
	},
	{
		name: "rpmkeys",
		uses: ["publish-rpm"],
		purpose: "signatures"
	},
	{
		name: "reprepro",
		uses: ["publish-deb"],
		purpose: "indexes",
		least: ["5.3", "the form of its database"]
	},
	{
		name: "apt-ftparchive",
		uses: ["publish-deb"],
		purpose: "indexes"
	}
];
const tools = {
	id: "tools",
	title: "Tools",
	group: "Tools",
	uses: USES$1,
	seconds: 60,
	async look({ signal }) {
		return await Promise.all(TOOLS.map(async (tool) => ({
			part: tool.name,
			title: `${tool.name} (${tool.purpose})`,
			uses: tool.uses,
			...await lookAtTool(tool, signal)
		})));
	}
};
async function lookAtTool({ name, version = ["--version"], least }, signal) {
	if (which(name) === void 0) return {
		status: "missing",
		found: "not on PATH",
		expected: name,
		remedy: installCommand(name)
	};
	const { stdout, stderr, exitCode } = await run([name, ...version], {
		okExitCodes: "any",
		signal,
		timeoutSeconds: 45,
		captureBytes: 8192
	});
	const found = versionIn(`${stdout}\n${stderr}`);
	if (found === void 0) return exitCode === 0 ? {
		status: "ok",
		found: "there; it does not say its version"
	} : {
		status: "failed",
		found: `it does not run (exit code ${exitCode}): ${stderr.trim().split("\n").at(-1) ?? ""}`,
		expected: "a program that runs",
		remedy: installCommand(name).replace(" install ", " reinstall ")
	};
	if (least === void 0 || !isOlder(found, least[0])) return {
		status: "ok",
		found
	};
	return {
		status: "failed",
		found,
		expected: `${least[0]} or newer, which has ${least[1]}`,
		remedy: installCommand(name)
	};
}
function versionIn(text) {
	return /(?<![\w.])v?(\d+(?:\.\d+)+)/.exec(text)?.[1];
}
const mock = {
	id: "mock",
	title: "mock (buildroots and builds)",
	group: "Tools",
	uses: ["rpm"],
	async look({ family, signal }) {
		const program = await findMock().catch((error) => {
			if (error instanceof MissingToolError) return void 0;
			throw error;
		});
		if (program === void 0) return {
			status: "missing",
			found: "neither on PATH nor named by MOCK",
			expected: "mock, which Fedora and EPEL package",
			remedy: family === "fedora" ? "dnf install mock (of EPEL: dnf install epel-release first)" : "build rpm packages in containers: pkg-actions setup-builder --engine docker"
		};
		const { stdout, exitCode } = await run([program.file, "--version"], {
			okExitCodes: "any",
			signal,
			captureBytes: 8192
		});
		return [{
			part: "program",
			title: "mock (buildroots and builds)",
			status: "ok",
			found: `${versionIn(stdout) ?? (exitCode === 0 ? "there" : "there; it does not say its version")}, ${program.file}`
		}, await configurations()];
	}
};
async function configurations() {
	const base = {
		part: "configurations",
		title: "Configurations of mock"
	};
	const names = (await readdir(MOCK_CONFIGURATIONS).catch(() => [])).filter((name) => name.endsWith(".cfg"));
	if (names.length > 0) return {
		...base,
		status: "ok",
		found: `${names.length} in ${MOCK_CONFIGURATIONS}`
	};
	return {
		...base,
		status: "warning",
		found: `none in ${MOCK_CONFIGURATIONS}`,
		expected: "those of mock-core-configs, which built-in rpm targets name",
		remedy: "dnf install mock-core-configs, or give targets a mock.text"
	};
}
const keyring = {
	id: "keyring-tool",
	title: "perl or python3 (keyrings of sessions)",
	group: "Tools",
	uses: HOST_BUILDS,
	async look() {
		const found = ["perl", "python3"].filter((name) => which(name) !== void 0);
		if (found.length > 0) return {
			status: "ok",
			found: found.join(", ")
		};
		return {
			status: "warning",
			found: "neither",
			expected: "one of them, else builds share the keyring of the kernel with this session",
			remedy: installCommand("perl")
		};
	}
};
const KEYRINGS = [[
	"debian",
	"/usr/share/keyrings/debian-archive-keyring.gpg",
	"debian-archive-keyring"
], [
	"ubuntu",
	"/usr/share/keyrings/ubuntu-archive-keyring.gpg",
	"ubuntu-keyring"
]];
const archiveKeys = {
	id: "archive-keys",
	title: "Keys of archives",
	group: "Tools",
	uses: ["deb"],
	async look({ family }) {
		const own = /^ID="?([a-z]+)"?$/m.exec(await readFile("/etc/os-release", "utf8").catch(() => ""))?.[1];
		return await Promise.all(KEYRINGS.map(async ([name, file, packaged]) => {
			const content = await readFile(file).catch(() => void 0);
			const base = {
				part: name,
				title: `Keys of ${name}'s archive`
			};
			if (content !== void 0 && content.length > 0) return {
				...base,
				status: "ok",
				found: file
			};
			return {
				...base,
				status: name === own ? "missing" : "warning",
				found: `no ${file}`,
				expected: `the keyring, for ${name} targets`,
				remedy: `${family === "fedora" ? "dnf" : "apt-get"} install ${packaged}`,
				...name === own ? {} : { uses: [] }
			};
		}));
	}
};
const TOOL_CHECKS = [
	tools,
	mock,
	keyring,
	archiveKeys
];

// src/doctor/checks/engines.ts
const ENGINES = ["docker", "podman"];
const ANSWER_SECONDS = 10;
function engineCheck(wanted) {
	return {
		id: "engine",
		title: "Container engines",
		group: "Containers",
		uses: ["containers"],
		seconds: 60,
		async look(context) {
			const answers = await Promise.all(ENGINES.map(async (name) => ({
				name,
				answer: await ask(name, context)
			})));
			const working = answers.find(({ answer }) => answer.status === "ok")?.name;
			const needed = wanted ?? working;
			return answers.map(({ name, answer }) => ({
				part: name,
				title: name,
				...needed !== void 0 && name !== needed ? { uses: [] } : {},
				...answer
			}));
		}
	};
}
async function ask(name, { signal }) {
	if (which(name) === void 0) return {
		status: "missing",
		found: "not on PATH",
		expected: name,
		remedy: installCommand(name)
	};
	const refusal = name === "podman" ? podmanRefusal() : void 0;
	if (refusal !== void 0) return unasked(refusal, signal);
	try {
		const { stdout } = await run([
			name,
			"version",
			"--format",
			name === "docker" ? "{{.Server.Version}}" : "{{.Client.Version}}"
		], {
			signal,
			env: clientEnvironment(name),
			timeoutSeconds: ANSWER_SECONDS,
			graceSeconds: 1
		});
		const version = versionIn(stdout);
		return {
			status: "ok",
			found: version === void 0 ? "answers" : `${version} answers`
		};
	} catch (error) {
		if (signal.aborted || !(error instanceof CommandError)) throw error;
		const told = explainClient(name, error);
		return {
			status: "failed",
			found: messageOf(error),
			expected: `${name} that answers within ${ANSWER_SECONDS} s`,
			remedy: (told instanceof UserError ? told.parts.remedy : void 0) ?? `${name} info says what is wrong`
		};
	}
}
async function unasked({ parts }, signal) {
	const version = await run(["podman", "--version"], {
		signal,
		okExitCodes: "any",
		timeoutSeconds: ANSWER_SECONDS,
		graceSeconds: 1
	}).then(({ stdout }) => versionIn(stdout), (error) => {
		if (signal.aborted || !(error instanceof CommandError)) throw error;
	});
	return {
		status: process.getuid?.() === 0 ? "failed" : "skipped",
		found: [version, `${parts.found}: not asked`].filter((each) => each !== void 0).join(", "),
		expected: "root with CAP_SYS_ADMIN",
		...parts.remedy === void 0 ? {} : { remedy: parts.remedy }
	};
}
const NEWEST = [
	"image",
	"ls",
	`--filter=label=${IMAGE_LABEL}`,
	"--format={{.Repository}}:{{.Tag}}"
];
function engineSessionCheck(wanted, toolImage) {
	return {
		id: "engine-session",
		title: "A session opens in a container",
		group: "Containers",
		uses: ["containers"],
		root: true,
		seconds: 180,
		async look(context) {
			const findings = [];
			for (const name of wanted === void 0 ? ENGINES : [wanted]) {
				const finding = await trySessionIn(name, toolImage, context);
				if (finding !== void 0) findings.push({
					part: name,
					title: `A session opens in ${name}`,
					...finding
				});
			}
			const works = findings.some(({ status }) => status === "ok");
			if (findings.length === 0) return {
				status: "skipped",
				found: "no engine answers"
			};
			return findings.map((each) => works && each.status !== "ok" ? {
				...each,
				uses: []
			} : each);
		}
	};
}
async function trySessionIn(name, toolImage, context) {
	const { signal } = context;
	if ((await ask(name, context)).status !== "ok") return void 0;
	const client = await findClient(name, { signal });
	const image = toolImage ?? await anImage(client, signal);
	if (image === void 0) return {
		status: "skipped",
		found: "no tool image yet: the first build makes one",
		remedy: `pkg-actions setup-builder --engine ${name}`
	};
	const { exitCode } = await runClient(client, [
		"image",
		"inspect",
		"--format={{.Id}}",
		image
	], {
		okExitCodes: "any",
		signal
	});
	if (exitCode !== 0) return {
		status: "skipped",
		found: `no image ${image} yet`,
		remedy: `${name} pull ${image}`
	};
	const engine = {
		name,
		description: `${name} ${client.version}`,
		client,
		image
	};
	const finding = await trial(engine, context);
	return {
		...finding,
		found: `${finding.found}, image ${image}`
	};
}
async function anImage(client, signal) {
	const { stdout } = await runClient(client, NEWEST, {
		signal,
		timeoutSeconds: 60
	});
	return stdout.split("\n").find((line) => line !== "" && !line.includes("<none>"));
}

// src/doctor/checks/keys.ts
const GROUP$2 = "Keys";
const USES = ["publish-deb", "publish-rpm"];
const EXTEND = "gpg --quick-set-expire FINGERPRINT 2y, and for its subkeys: gpg --quick-set-expire FINGERPRINT 2y '*'; then give the key again";
function keyChecks({ signingKey, files, repositories }) {
	const checks = [];
	if (signingKey !== void 0) checks.push({
		id: "signing-key",
		title: "Signing key",
		group: GROUP$2,
		uses: USES,
		async look({ now }) {
			return parts(await inspectPrivateKeys(signingKey, now), now);
		}
	});
	for (const [index, file] of files.entries()) checks.push({
		id: `public-key-${index + 1}`,
		title: `Key in ${file}`,
		group: GROUP$2,
		uses: USES,
		look: async ({ now }) => parts(await inspectPublicKeys(await readFile(file), file, now), now)
	});
	for (const [index, folder] of repositories.entries()) checks.push({
		id: `repository-key-${index + 1}`,
		title: `Keys of the repository ${folder}`,
		group: GROUP$2,
		uses: USES,
		look: ({ now }) => repositoryKeys(folder, now)
	});
	return checks;
}
async function repositoryKeys(folder, now) {
	const paths = new RepositoryPaths(path.resolve(folder));
	const file = path.join(paths.public, "keyring.gpg");
	const keys = await inspectPublicKeys(await readFile(file), file, now);
	const signedBy = /* @__PURE__ */ new Map();
	for (const [channel, id] of await readChannels(paths)) {
		const snapshot = await readSnapshot(paths, id);
		for (const fingerprint of keysOfSnapshot(snapshot)) {
			const name = fingerprint === snapshot.signedBy ? channel : `${channel} (next key)`;
			signedBy.set(fingerprint, [...signedBy.get(fingerprint) ?? [], name]);
		}
	}
	const findings = parts(keys.filter(({ fingerprint }) => signedBy.has(fingerprint)), now).map((finding) => ({
		...finding,
		title: `Key of ${path.basename(folder)}: ${(signedBy.get(finding.part) ?? []).join(", ")}`
	}));
	for (const [fingerprint, channels] of signedBy) {
		if (keys.some((key) => key.fingerprint === fingerprint)) continue;
		findings.push({
			part: fingerprint,
			title: `Key of ${path.basename(folder)}: ${channels.join(", ")}`,
			status: "failed",
			found: `no key ${fingerprint} in ${file}`,
			expected: "the key that signed these channels",
			remedy: "publish again with that key"
		});
	}
	return findings;
}
function parts(keys, now) {
	return keys.map((each) => ({
		part: each.fingerprint,
		title: `Key ${each.fingerprint.slice(-16)}`,
		...judge(each, now)
	}));
}
function judge(inspected, now) {
	const remedy = EXTEND.replaceAll("FINGERPRINT", inspected.fingerprint);
	if ("error" in inspected) {
		const { what, found, remedy: own } = inspected.error.parts;
		return {
			status: "failed",
			found: found === void 0 ? what : `${what}: ${found}`,
			expected: "a key whose signatures clients accept",
			remedy: /expire/.test(what) ? remedy : own ?? "use another key"
		};
	}
	const found = describeKey(inspected.key);
	if (expiryWarnings(inspected.key, now).length > 0) return {
		status: "warning",
		found,
		expected: "a month or more until it expires",
		remedy
	};
	const [weak] = algorithmWarnings(inspected.key);
	if (weak === void 0) return {
		status: "ok",
		found
	};
	return {
		status: "warning",
		found,
		expected: "RSA of 3072 bits or more, or Ed25519: newer apt refuses RSA 2048 from 2030 on",
		remedy: "change keys in time, with next-signing-key of sign-publish"
	};
}

// src/doctor/checks/leftovers.ts
const MOST_NAMED = 3;
const leftovers = {
	id: "leftovers",
	title: "Leftovers of dead runs",
	group: "Leftovers",
	uses: HOST_BUILDS,
	root: true,
	seconds: 60,
	async look({ state, temporary }) {
		const unknown = [];
		const { removed: found, failed } = await removeLeftovers(state, {
			dryRun: true,
			measure: true,
			temporary: [temporary],
			logger: { warning: (message) => unknown.push(message) }
		});
		const places = [...found, ...failed].map(({ kind, place }) => `${kind} ${place}`);
		if (places.length === 0 && unknown.length === 0) return {
			status: "ok",
			found: "none"
		};
		const bytes = found.reduce((sum, each) => sum + (each.bytes ?? 0), 0);
		const named = [...places, ...unknown].slice(0, MOST_NAMED).join(", ");
		const more = places.length + unknown.length - MOST_NAMED;
		return {
			status: "warning",
			found: `${places.length}, ${formatBytes(bytes)}: ${named}${more > 0 ? `, and ${more} more` : ""}`,
			expected: "none",
			remedy: `pkg-actions clean-up --state ${state}`
		};
	}
};
const containers = {
	id: "leftover-containers",
	title: "Containers of dead sessions",
	group: "Leftovers",
	uses: ["containers"],
	root: true,
	seconds: 15,
	async look({ state }) {
		const places = [];
		for await (const { place } of deadContainers(state, { fail: () => {} })) places.push(place);
		if (places.length === 0) return {
			status: "ok",
			found: "none"
		};
		return {
			status: "warning",
			found: `${places.length}: ${places.slice(0, MOST_NAMED).join(", ")}`,
			expected: "none",
			remedy: "pkg-actions clean-up"
		};
	}
};
const keyRings = {
	id: "leftover-key-rings",
	title: "Private key rings of dead runs",
	group: "Leftovers",
	uses: ["publish-deb", "publish-rpm"],
	async look() {
		const places = await removeDeadHomes(void 0, true);
		if (places.length === 0) return {
			status: "ok",
			found: "none"
		};
		return {
			status: "warning",
			found: places.join(", "),
			expected: "none",
			remedy: "pkg-actions clean-up"
		};
	}
};
const mounts = {
	id: "session-mounts",
	title: "Mounts of sessions outside of them",
	group: "Leftovers",
	uses: HOST_BUILDS,
	async look(context) {
		const places = await sessionMounts(context);
		if (places.length === 0) return {
			status: "ok",
			found: "none"
		};
		return {
			status: "warning",
			found: places.slice(0, MOST_NAMED).join(", "),
			expected: "none: a session's mounts are in its own namespace",
			remedy: `umount ${places.toReversed().slice(0, MOST_NAMED).join(" ")}`
		};
	}
};
const LEFTOVER_CHECKS = [
	leftovers,
	containers,
	keyRings,
	mounts
];

// src/doctor/checks/machine.ts
const GROUP$1 = "Machine";
const LEAST_KERNEL = "4.18";
const user = {
	id: "user",
	title: "User",
	group: GROUP$1,
	uses: BUILDS,
	async look({ isRoot }) {
		const { username, uid } = os.userInfo();
		if (isRoot) return {
			status: "ok",
			found: `${username}, uid ${uid}`
		};
		return {
			status: "warning",
			found: `${username}, uid ${uid}: not everything can be looked at`,
			expected: "root, whom buildroots and builds need",
			remedy: "sudo pkg-actions doctor"
		};
	}
};
const kernel = {
	id: "kernel",
	title: "Kernel",
	group: GROUP$1,
	uses: BUILDS,
	async look() {
		const release = os.release();
		const found = `${os.type()} ${release}, ${os.machine()}`;
		if (os.type() !== "Linux") return {
			status: "failed",
			found,
			expected: "Linux"
		};
		const version = /^\d+(?:\.\d+)*/.exec(release)?.[0] ?? "0";
		if (!isOlder(version, LEAST_KERNEL)) return {
			status: "ok",
			found
		};
		return {
			status: "failed",
			found,
			expected: `${LEAST_KERNEL} or newer`,
			remedy: "install a newer kernel"
		};
	}
};
const overlayfs = {
	id: "overlayfs",
	title: "overlayfs in the kernel",
	group: GROUP$1,
	uses: BUILDS,
	async look() {
		const known = await readFile("/proc/filesystems", "utf8");
		if (/\toverlay$/m.test(known)) return {
			status: "ok",
			found: "there"
		};
		if ((await run(["modinfo", "overlay"], { okExitCodes: "any" }).catch(() => void 0))?.exitCode === 0) return {
			status: "ok",
			found: "a module that is not loaded yet"
		};
		return {
			status: "failed",
			found: "neither in /proc/filesystems nor among the modules",
			expected: "overlayfs",
			remedy: "modprobe overlay"
		};
	}
};
const surroundings = {
	id: "surroundings",
	title: "What it runs in",
	group: GROUP$1,
	uses: HOST_BUILDS,
	async look({ isRoot, signal }) {
		const container = await containerName();
		const within = container === void 0 ? "a machine" : `a container (${container})`;
		if (!isRoot) return {
			status: "skipped",
			found: `${within}; whether in a chroot only root can see`,
			remedy: "sudo pkg-actions doctor"
		};
		const { stdout } = await run([
			"nsenter",
			"--mount=/proc/self/ns/mnt",
			"--",
			"stat",
			"--format=%d:%i",
			"/"
		], {
			signal,
			okExitCodes: "any"
		});
		const own = await stat("/");
		if (stdout.trim() === `${own.dev}:${own.ino}`) return {
			status: "ok",
			found: within
		};
		return {
			status: "failed",
			found: stdout.trim() === "" ? `${within}; its root cannot be entered` : "a chroot",
			expected: "the machine itself, or a container: a build could get out of a chroot"
		};
	}
};
async function containerName() {
	if (which("systemd-detect-virt") !== void 0) {
		const { stdout } = await run(["systemd-detect-virt", "--container"], {
			okExitCodes: "any",
			timeoutSeconds: 5
		});
		const name = stdout.trim();
		if (name !== "" && name !== "none") return name;
	}
	for (const [file, name] of [["/.dockerenv", "docker"], ["/run/.containerenv", "podman"]]) if (await stat(file).catch(() => void 0)) return name;
}
const security = {
	id: "security-modules",
	title: "Security modules",
	group: GROUP$1,
	uses: HOST_BUILDS,
	async look() {
		const modules = (await readFile("/sys/kernel/security/lsm", "utf8").catch(() => "")).trim();
		const enforcing = (await readFile("/sys/fs/selinux/enforce", "utf8").catch(() => "0")).trim() === "1";
		const found = modules === "" ? "not known: /sys/kernel/security is not mounted" : modules;
		if (!enforcing) return {
			status: "ok",
			found
		};
		return {
			status: "warning",
			found: `SELinux enforces`,
			expected: "tried with your policy: sessions were not tried under an enforcing one",
			remedy: "where a session is refused: ausearch -m avc -ts recent"
		};
	}
};
const memory = {
	id: "memory",
	title: "Memory",
	group: GROUP$1,
	uses: BUILDS,
	async look() {
		const [total, free] = [os.totalmem(), await availableMemory()];
		const processors = os.availableParallelism();
		const counts = [
			1,
			2,
			4,
			8
		].filter((count) => count <= Math.max(2, processors));
		const shares = await Promise.all(counts.map(async (parallel) => {
			return {
				parallel,
				size: await scratchSize({
					requested: "auto",
					parallel
				})
			};
		}));
		const text = shares.map(({ parallel, size }) => `${parallel}: ${size === "disk" ? "disk" : formatBytes(size)}`).join(", ");
		const found = `${formatBytes(free)} of ${formatBytes(total)} available, ${processors} processors; a build's tmpfs by max-parallel: ${text}`;
		if (shares[0]?.size !== "disk") return {
			status: "ok",
			found
		};
		return {
			status: "warning",
			found,
			expected: "about 1.4 GiB available for each build, else it writes to the disk",
			remedy: "give the machine more memory, or set max-parallel to fewer builds"
		};
	}
};
const NAMESPACE_LIMITS = [
	"mnt",
	"pid",
	"ipc",
	"uts",
	"net",
	"user"
];
const limits = {
	id: "limits",
	title: "Limits of the kernel",
	group: GROUP$1,
	uses: HOST_BUILDS,
	async look() {
		const low = (await Promise.all(NAMESPACE_LIMITS.map(async (name) => {
			const key = `user.max_${name}_namespaces`;
			const value = await sysctl(key);
			if (value === void 0 || value >= 16) return void 0;
			return {
				part: `${name}-namespaces`,
				title: key,
				status: value === 0 ? "failed" : "warning",
				found: String(value),
				expected: "hundreds: each command of a build gets some of its own",
				remedy: `sysctl -w ${key}=15000`,
				...name === "user" ? { uses: ["rpm"] } : {}
			};
		}))).filter((each) => each !== void 0);
		return [
			...low.length > 0 ? low : [{
				part: "namespaces",
				title: "Limits of namespaces",
				status: "ok",
				found: `user.max_*_namespaces leave room`
			}],
			await keyrings(),
			await openFiles()
		];
	}
};
async function keyrings() {
	const key = "kernel.keys.root_maxkeys";
	const value = await sysctl(key);
	const base = {
		part: "keys",
		title: key,
		found: value === void 0 ? "not there" : String(value)
	};
	if (value === void 0 || value >= 1e3) return {
		...base,
		status: "ok"
	};
	return {
		...base,
		status: "warning",
		expected: "1000 or more",
		remedy: `sysctl -w ${key}=1000000`
	};
}
async function openFiles() {
	const text = await readFile("/proc/self/limits", "utf8");
	const [, soft = "0"] = /^Max open files\s+(\d+|unlimited)/m.exec(text) ?? [];
	const base = {
		part: "files",
		title: "Open files of a process",
		found: soft
	};
	if (soft === "unlimited" || Number(soft) >= 1024) return {
		...base,
		status: "ok"
	};
	return {
		...base,
		status: "warning",
		expected: "1024 or more",
		remedy: "ulimit -n 4096, or LimitNOFILE= of the service"
	};
}
async function sysctl(key) {
	const text = await readFile(`/proc/sys/${key.replaceAll(".", "/")}`, "utf8").catch(() => void 0);
	return text === void 0 ? void 0 : Number(text.trim());
}
const users = {
	id: "build-users",
	title: "Numbers of the build users",
	group: GROUP$1,
	uses: ["rpm"],
	async look({ signal }) {
		const { stdout } = await run([
			"getent",
			"passwd",
			"951",
			"952"
		], {
			okExitCodes: "any",
			signal
		});
		const names = stdout.split("\n").map((line) => line.split(":")[0] ?? "").filter((name) => name !== "");
		if (names.length === 0) return {
			status: "ok",
			found: "951 and 952 are nobody"
		};
		return {
			status: "warning",
			found: `users of this host: ${names.join(", ")}`,
			expected: "no user of the host with the uid 951 or 952, which builds run by",
			remedy: `usermod --uid NUMBER ${names[0]}`
		};
	}
};
const MACHINE_CHECKS = [
	user,
	kernel,
	overlayfs,
	surroundings,
	security,
	memory,
	limits,
	users
];

// src/doctor/checks/network.ts
const GROUP = "Network";
const VARIABLES = [
	"http_proxy",
	"https_proxy",
	"HTTP_PROXY",
	"HTTPS_PROXY"
];
function shown(url) {
	return `${url.protocol}//${url.username === "" ? "" : "…@"}${url.host}`;
}
function proxies(given) {
	const found = /* @__PURE__ */ new Map();
	const add = (address, name) => {
		if (address) found.set(address, [...found.get(address) ?? [], name]);
	};
	add(given, "the input proxy");
	for (const name of VARIABLES) add(process.env[name], name);
	return found;
}
function networkChecks(proxy) {
	return [{
		id: "proxy",
		title: "Proxies",
		group: GROUP,
		uses: USES$1,
		async look(context) {
			const all = [...proxies(proxy)];
			if (all.length === 0) return {
				status: "ok",
				found: "none"
			};
			return await Promise.all(all.map(async ([address, names], index) => ({
				part: String(index + 1),
				title: `Proxy of ${names.join(", ")}`,
				...await tryProxy(address, context.signal)
			})));
		}
	}, {
		id: "names",
		title: "Names of archives",
		group: GROUP,
		uses: [],
		look: (context) => names(context, proxy)
	}];
}
async function tryProxy(address, signal) {
	const text = /^[a-z]+:\/\//i.test(address) ? address : `http://${address}`;
	const url = URL.canParse(text) ? new URL(text) : void 0;
	if (url === void 0 || url.hostname === "") return {
		status: "failed",
		found: "not an address",
		expected: "http://HOST:PORT",
		remedy: "mend or unset it"
	};
	const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
	const failure = await connect(url.hostname.replace(/^\[|\]$/g, ""), port, signal);
	if (failure === void 0) return {
		status: "ok",
		found: `${shown(url)} answers`
	};
	return {
		status: "failed",
		found: `${shown(url)}: ${failure}`,
		expected: "a proxy that takes connections",
		remedy: "start the proxy, or unset the variable"
	};
}
async function connect(host, port, signal) {
	return await new Promise((resolve) => {
		const socket = net.connect({
			host,
			port,
			timeout: 5e3,
			signal
		});
		const end = (failure) => {
			socket.destroy();
			resolve(failure);
		};
		socket.once("connect", () => end(void 0));
		socket.once("timeout", () => end("no answer within 5 s"));
		socket.once("error", (error) => end(error.code ?? messageOf(error)));
	});
}
async function names(_context, proxy) {
	const hosts = /* @__PURE__ */ new Set();
	for (const { uri } of await hostSources()) if (/^https?:/.test(uri) && URL.canParse(uri)) hosts.add(new URL(uri).hostname.replace(/^\[|\]$/g, ""));
	const wanted = [...hosts].filter((host) => net.isIP(host) === 0);
	if (wanted.length === 0) return {
		status: "skipped",
		found: "no archive is known by a name here"
	};
	const unknown = [];
	for (const host of wanted) {
		const failure = await lookup(host).then(() => void 0, (error) => error.code ?? "an error");
		if (failure !== void 0) unknown.push(`${host} (${failure})`);
	}
	if (unknown.length === 0) return {
		status: "ok",
		found: wanted.join(", ")
	};
	if (proxies(proxy).size > 0) return {
		status: "ok",
		found: `${unknown.join(", ")}: left to the proxy`
	};
	return {
		status: "warning",
		found: unknown.join(", "),
		expected: "addresses of these names",
		remedy: "check the name servers in /etc/resolv.conf"
	};
}

// src/doctor/report.ts
const doctorReportSchema = strictObject({
	schema: literal("pkg-actions/doctor/1"),
	version: string().describe("Version of pkg-actions."),
	host: string().describe("Name of this machine."),
	time: datetime().describe("When it was looked at."),
	uses: array(_enum(USES$1)).describe("What the host is to be for."),
	reasons: array(string()).describe("How that is known, for people."),
	result: _enum([
		"ok",
		"warnings",
		"failed"
	]).describe("`failed` where something that one of the uses needs is missing or failed."),
	checks: array(strictObject({
		id: string().describe("Stays the same between versions: `namespaces/user`, `tools/sbuild`."),
		title: string(),
		group: string(),
		status: _enum(STATUSES).describe("`missing`: a tool or file that is not there. `skipped`: not looked at; `found` says why."),
		needed: boolean().describe("Whether one of the uses needs it: else it counts for nothing."),
		found: string(),
		expected: string().optional(),
		remedy: string().optional().describe("The command or the change that mends it.")
	}))
}).describe("The state of a build host, by `pkg-actions doctor`.");
function resultOf(checks) {
	if (failuresOf(checks).length > 0) return "failed";
	return checks.some(({ status, needed }) => status === "warning" && needed) ? "warnings" : "ok";
}
function failuresOf(checks) {
	return checks.filter(({ status, needed }) => needed && (status === "missing" || status === "failed"));
}

// src/doctor/examine.ts
function checksOf({ keys, proxy, engine, toolImage }) {
	return [
		...MACHINE_CHECKS,
		...KERNEL_FEATURE_CHECKS,
		engineCheck(engine),
		engineSessionCheck(engine, toolImage),
		...TOOL_CHECKS,
		...DISK_CHECKS,
		...BUILDROOT_CHECKS,
		...LEFTOVER_CHECKS,
		...CLOCK_CHECKS,
		...keys === void 0 ? [] : keyChecks(keys),
		...networkChecks(proxy)
	];
}
async function examineHost(options) {
	const { state, work, wanted, signal, progress } = options;
	const context = {
		state,
		work,
		temporary: os.tmpdir(),
		wanted: wanted.uses,
		isRoot: process.getuid?.() === 0,
		family: familyOf(osRelease()),
		now: /* @__PURE__ */ new Date(),
		signal
	};
	const checks = await makeChecks(checksOf(options), context, 4, ({ title }) => progress?.(title));
	return {
		schema: "pkg-actions/doctor/1",
		version: VERSION,
		host: os.hostname(),
		time: context.now.toISOString(),
		uses: [...wanted.uses].sort(),
		reasons: [...wanted.reasons],
		result: resultOf(checks),
		checks
	};
}

// src/doctor/table.ts
const HEADLINES = {
	ok: "Everything that is needed is there.",
	warnings: "Everything that is needed is there; see the warnings.",
	failed: "Something that is needed is missing."
};
function doctorSummary(report) {
	const { checks, uses, reasons, result } = report;
	const failed = failuresOf(checks);
	const warnings = checks.filter(({ status, needed }) => needed && status === "warning");
	const headline = failed.length > 0 ? `${failed.length} of what is needed ${failed.length === 1 ? "is" : "are"} missing.` : HEADLINES[result];
	return [
		`## Doctor: ${escapeMarkdown(report.host)}`,
		"",
		`${headline} Looked at for: ${uses.length === 0 ? "nothing in particular" : escapeMarkdown(reasons.join("; "))}.`,
		"",
		...toMend("To mend", failed),
		...toMend("Warnings", warnings),
		...groups(checks)
	].join("\n");
}
function toMend(title, rows) {
	if (rows.length === 0) return [];
	return [
		`### ${title}`,
		"",
		...rows.flatMap(({ title: what, found, expected, remedy }) => [`- **${escapeMarkdown(what)}**: ${escapeMarkdown(found)}${expected === void 0 ? "" : `; expected: ${escapeMarkdown(expected)}`}`, ...remedy === void 0 ? [] : [
			"",
			fenced([remedy]),
			""
		]]),
		""
	];
}
function groups(checks) {
	return [...new Set(checks.map(({ group }) => group))].flatMap((name) => [
		`### ${escapeMarkdown(name)}`,
		"",
		"| check | status | found |",
		"|---|---|---|",
		...checks.filter(({ group }) => group === name).map((row) => `| ${escapeMarkdown(row.title)} | ${statusText(row)} | ${codeCell(row.found)} |`),
		""
	]);
}
function statusText({ status, needed }) {
	if (status === "ok") return "ok";
	if (needed) return status === "skipped" ? "skipped" : `**${status}**`;
	return status === "skipped" ? "skipped" : `${status}, not needed`;
}

// src/doctor/uses.ts
function askedUses(words) {
	const uses = /* @__PURE__ */ new Set();
	for (const word of words) if (word === "publish") uses.add("publish-deb").add("publish-rpm");
	else if (USES$1.includes(word)) uses.add(word);
	else throw new UserError({
		what: "a host is not for that",
		where: "input for",
		found: quote(word),
		expected: ["publish", ...USES$1].join(", ")
	});
	return {
		uses,
		reasons: [...uses].map((use) => `${use}: asked for`)
	};
}
async function hasProgram(program) {
	if (program === "mock") return await findMock().catch(() => void 0) !== void 0;
	return which(program) !== void 0;
}
async function foundUses(state, has = hasProgram) {
	const reasons = /* @__PURE__ */ new Map();
	const because = (use, reason) => {
		if (reason !== void 0 && !reasons.has(use)) reasons.set(use, `${use}: ${reason}`);
	};
	const installed = async (tool) => await has(tool) ? `${tool} is installed` : void 0;
	because("deb", await installed("mmdebstrap") ?? await installed("sbuild"));
	because("rpm", await installed("mock"));
	because("publish-deb", await installed("reprepro"));
	if (await has("dnf")) because("publish-rpm", await installed("createrepo_c"));
	for (const format of await buildrootFormats(state)) because(!await has(format === "deb" ? "mmdebstrap" : "mock") && (await has("docker") || await has("podman")) ? "containers" : format, `it has buildroots of ${format} packages`);
	if (reasons.size === 0) {
		const own = {
			debian: "deb",
			fedora: "rpm"
		};
		const family = familyOf(osRelease());
		if (family !== void 0) because(own[family], "the format of this distribution");
	}
	return {
		uses: new Set(reasons.keys()),
		reasons: [...reasons.values()]
	};
}
const formatOf = object({ target: object({ format: _enum(["deb", "rpm"]) }) });
async function buildrootFormats(state) {
	const formats = [];
	for (const name of await readdir(path.join(state, "buildroots")).catch(() => [])) {
		const generation = await currentGeneration(buildrootFolder(state, name)).catch(() => void 0);
		const { data } = formatOf.safeParse(generation?.record.configuration);
		if (data !== void 0) formats.push(data.target.format);
	}
	return formats;
}

export { askedUses, doctorSummary, examineHost, failuresOf, foundUses };
