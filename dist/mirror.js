import { CancelledError, CommandError, InfrastructureError, UserError, formatBytes, formatCount, messageOf, oneLine, quote, run, signalGroup, start } from "./frame.js";
import { pause, retryLine, takeLock, temporaryFolder, waitAfter } from "./shared.js";
import { inParallel, syncFileSystem } from "./host-gitlab.js";
import { RepositoryPaths, channelTarget, isChannelName, isRepository, isSnapshotId, listSnapshots, listTree, readChannels, readHistory, readView } from "./repository.js";
import { rsyncPath } from "./config.js";
import path from "node:path";
import { access, copyFile, lstat, mkdir, readFile, readdir, readlink, symlink, utimes, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";

// src/mirror/failure.ts
const REASONS = [
	{
		pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known for/i,
		what: "the host key of the mirror is not known, or is another one",
		remedy: "give the mirror’s key as known-hosts, after it was compared with the one on the mirror",
		lasts: true
	},
	{
		pattern: /Permission denied \([a-z,-]*(?:publickey|password|keyboard)/i,
		what: "the mirror does not let us in by ssh",
		remedy: "give the key of a user that it knows as ssh-key",
		lasts: true
	},
	{
		pattern: /auth failed on module|password.*required|Password:/i,
		what: "the rsync daemon does not take user and password",
		remedy: "name the user in the address and give its password as rsync-password",
		lasts: true
	},
	{
		pattern: /max connections .* reached|try again later/i,
		what: "the rsync daemon has too many connections",
		lasts: false
	},
	{
		pattern: /Unknown module|chdir failed|chroot failed/i,
		what: "the rsync daemon has no such module",
		lasts: true
	},
	{
		pattern: /access denied to .* from/i,
		what: "the rsync daemon does not let this machine in (hosts allow)",
		lasts: true
	},
	{
		pattern: /module is read[ -]only|write-only|read-only server|refusing to (?:push|pull|delete)|The server is configured to refuse/i,
		what: "the mirror must be writable and readable, and refuses one of them",
		remedy: "docs/mirrors.md says how a mirror is set up",
		lasts: true
	},
	{
		pattern: /No space left on device|Disk quota exceeded/i,
		what: "the mirror has no space left",
		lasts: true
	},
	{
		pattern: /rsync: (?:command )?not found|command not found|remote command not found/i,
		what: "there is no rsync on the mirror",
		remedy: "install it there",
		lasts: true
	},
	{
		pattern: /Read-only file system/i,
		what: "the file system of the mirror is read-only",
		lasts: true
	},
	{
		pattern: /mkdir .* failed: No such file or directory/i,
		what: "the folder that shall hold the mirror is not there",
		remedy: "make it on the mirror",
		lasts: true
	},
	{
		pattern: /Could not resolve hostname|Name or service not known|getaddrinfo/i,
		what: "no such host",
		lasts: false
	},
	{
		pattern: /Connection refused/i,
		what: "the mirror does not answer: connection refused",
		lasts: false
	},
	{
		pattern: /timed out|timeout in data/i,
		what: "the mirror does not answer in time",
		lasts: false
	},
	{
		pattern: /Permission denied|Operation not permitted/i,
		what: "the user on the mirror may not write there",
		remedy: "give it the folder of the mirror and all that lies in it",
		lasts: true
	},
	{
		pattern: /connection unexpectedly closed|Connection (?:reset|closed)|Broken pipe|error in socket IO/i,
		what: "the connection was cut",
		lasts: false
	}
];
const OF_NETWORK = [
	10,
	12,
	30,
	35,
	255
];
const PASSING_REFUSAL = 5;
function mayPass(error) {
	if (!(error instanceof CommandError) || error.failure.end === "cancelled") return false;
	if (isAbsent(error)) return false;
	const { exitCode, end } = error.failure;
	const reason = reasonOf(error);
	if (reason !== void 0) return !reason.lasts;
	return end !== "exit" || exitCode !== void 0 && [...OF_NETWORK, PASSING_REFUSAL].includes(exitCode);
}
function isVanished(error) {
	const code = error instanceof CommandError ? error.failure.exitCode : void 0;
	return code === 23 ? "maybe" : code === 24;
}
function isAbsent(error) {
	if (!(error instanceof CommandError)) return false;
	const absent = "(?:No such file or directory|Not a directory)";
	return new RegExp(`(?:change_dir|link_stat) .*failed: ${absent}|rrsync error: .*${absent}`).test(error.failure.stderr);
}
function explainFailure(error, destination, step) {
	if (error instanceof UserError) return error;
	if (!(error instanceof CommandError)) {
		if (error.code === void 0) throw error;
		return new UserError({
			what: oneLine(messageOf(error)),
			where: destination.name
		}, { cause: error });
	}
	const reason = reasonOf(error);
	const parts = {
		what: reason?.what ?? "rsync failed",
		where: `${destination.name}, ${step}`,
		found: lastWords(error),
		...reason?.remedy === void 0 ? {} : { remedy: reason.remedy }
	};
	return reason?.lasts === true ? new UserError(parts, { cause: error }) : new InfrastructureError(parts, { cause: error });
}
function reasonOf({ failure }) {
	return REASONS.find(({ pattern }) => pattern.test(failure.stderr) || pattern.test(failure.stdout));
}
function lastWords(error) {
	const lines = error.failure.stderr.split("\n").filter((line) => line.trim() !== "");
	const telling = lines.find((line) => /^(?:rsync: |@ERROR|ERROR|ssh: |[^ ]+: Permission)/.test(line)) ?? lines.at(0);
	return oneLine(telling?.trim() ?? error.message).slice(0, 300);
}

// src/mirror/ssh-connection.ts
function socketOf({ user, host, port, path: folder }) {
	const key = JSON.stringify([
		user ?? null,
		host,
		port ?? null,
		folder
	]);
	return `connection-${createHash("sha256").update(key).digest("hex").slice(0, 12)}`;
}
function remoteShell(ssh, destination) {
	const port = destination.port === void 0 ? "" : ` -p ${destination.port}`;
	return `${ssh.command} -o ControlMaster=no -o ControlPath=${socketOf(destination)}${port}`;
}
async function shareConnection(ssh, destination, folder) {
	const socket = socketOf(destination);
	const [tool = "ssh", ...settings] = ssh.command.split(" ");
	const user = destination.user === void 0 ? "" : `${destination.user}@`;
	const host = destination.host.replace(/^\[(.*)\]$/, "$1");
	const port = destination.port === void 0 ? [] : ["-p", String(destination.port)];
	const child = start([
		tool,
		...settings,
		"-o",
		"ControlMaster=yes",
		"-o",
		`ControlPath=${socket}`,
		"-N",
		...port,
		"--",
		`${user}${host}`
	], {
		cwd: folder,
		env: ssh.env
	});
	let isEnded = false;
	const ended = new Promise((resolve) => {
		const end = () => {
			isEnded = true;
			resolve();
		};
		child.once("close", end);
		child.once("error", end);
	});
	child.stdin.on("error", () => {});
	child.stdout.resume();
	child.stderr.resume();
	const isThere = async () => await access(path.join(folder, socket)).then(() => true, () => false);
	while (!isEnded && !await isThere()) await Promise.race([ended, setTimeout(20)]);
	return { async [Symbol.asyncDispose]() {
		if (!isEnded) signalGroup(child, "SIGTERM");
		await ended;
	} };
}

// src/mirror/rsync.ts
const PROGRESS = /^\s*([\d,]+)\s+(\d+)%\s+(\S+)/;
async function transfer(access, destination, { from, files, tree, options, dryRun, title }) {
	const { logger } = access;
	const list = files === void 0 ? [] : ["--from0", "--files-from=-"];
	const { stdout } = await call(access, destination, [
		...options,
		...list,
		...dryRun ? ["--dry-run"] : [],
		"--stats",
		"--info=progress2",
		"--no-inc-recursive"
	], files === void 0 ? `${from}/./${tree ?? ""}` : `${from}/`, {
		input: files === void 0 ? "" : files.map((file) => `${file}\0`).join(""),
		onLine: (line) => {
			const [, bytes, percent, speed] = PROGRESS.exec(line) ?? [];
			if (bytes === void 0) return;
			const done = formatBytes(Number(bytes.replaceAll(",", "")));
			logger.progress(`${destination.name}: ${title}, ${done} (${percent} %), ${speed}`);
		}
	});
	const count = (name) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(stdout)?.[1] ?? 0);
	return {
		files: count("Number of regular files transferred"),
		bytes: count("Total transferred file size")
	};
}
async function list(access, destination, below = "") {
	const { stdout } = await callAt(access, destination, [
		"--list-only",
		"--links",
		"--dirs"
	], [rsyncPath(destination, below === "" ? "" : `${below}/`)], { quiet: true });
	const kinds = {
		"-": "file",
		d: "folder",
		l: "link"
	};
	return stdout.split("\n").flatMap((line) => {
		const [, type = "", rest = ""] = /^([a-zA-Z-])[rwxsStT-]{9}\S?\s+[\d,.]+\s+\S+\s+\S+ (.*)$/.exec(line) ?? [];
		if (rest === "" || rest === ".") return [];
		const kind = kinds[type] ?? "other";
		const [name = "", target] = kind === "link" ? rest.split(" -> ") : [rest];
		return [{
			name,
			kind,
			target
		}];
	});
}
async function deleting(access, destination, options, sources, input = "") {
	const deleted = [];
	const all = ["--out-format=%i %n", ...options];
	const onLine = (line) => {
		const name = /^\*deleting +(.*)$/.exec(line)?.[1];
		if (name !== void 0) deleted.push(name);
	};
	const target = rsyncPath(destination);
	await callAt(access, destination, all, [...sources, target], {
		input,
		onLine,
		onRetry: () => deleted.splice(0)
	});
	return deleted;
}
async function call(access, destination, options, source, more) {
	return await callAt(access, destination, options, [source, rsyncPath(destination)], more);
}
async function callAt(access, destination, options, paths, { input = "", onLine, onRetry, quiet = false }) {
	const { logger, signal, attempts } = access;
	const env = destination.kind === "ssh" ? { ...access.ssh?.env } : {};
	if (destination.kind === "daemon" && access.password !== void 0) env["RSYNC_PASSWORD"] = access.password.reveal();
	const argv = [
		"rsync",
		...connection(access, destination),
		"--no-human-readable",
		...options,
		"--",
		...paths
	];
	for (let attempt = 1;; attempt++) try {
		return await run(argv, {
			cwd: access.folder,
			env,
			input,
			signal,
			returnEndsLine: true,
			onLine: (line, stream) => {
				if (stream === "stdout") onLine?.(line);
				else if (line.trim() !== "" && !quiet) logger.tool(line);
			}
		});
	} catch (error) {
		if (attempt >= attempts || signal.aborted || !mayPass(error)) throw error;
		const milliseconds = waitAfter(attempt);
		logger.info(retryLine(attempt, attempts, milliseconds));
		await pause(milliseconds, signal);
		onRetry?.();
	}
}
function connection(access, destination) {
	const { bytesPerSecond, timeoutSeconds } = access;
	const limit = bytesPerSecond === 0 ? [] : [`--bwlimit=${Math.max(1, Math.round(bytesPerSecond / 1024))}`];
	if (destination.kind === "folder") return limit;
	const patience = [`--timeout=${timeoutSeconds}`];
	if (destination.kind === "daemon") return [
		...limit,
		...patience,
		`--contimeout=${Math.max(1, Math.min(60, timeoutSeconds))}`,
		"--no-motd"
	];
	return [
		...limit,
		...patience,
		`--rsh=${remoteShell(access.ssh ?? { command: "ssh" }, destination)}`
	];
}

// src/mirror/look.ts
async function look(access, destination, source) {
	const entries = await list(access, destination).catch((error) => {
		if (isAbsent(error)) return void 0;
		throw error;
	});
	if (entries === void 0) return {
		exists: false,
		channels: /* @__PURE__ */ new Map(),
		entries: []
	};
	const state = {
		exists: true,
		channels: channelsOf(entries),
		entries
	};
	const folders = new Set(entries.filter(({ kind }) => kind === "folder").map(({ name }) => name));
	const isBegun = folders.has("pool") || folders.has("snapshots");
	const names = [
		"pool",
		"snapshots",
		...source.channels.keys(),
		...source.keys,
		...source.site
	];
	for (const name of names) {
		const entry = entries.find((each) => each.name === name);
		if (entry === void 0) continue;
		const expected = source.channels.has(name) ? "link" : name === "pool" || name === "snapshots" ? "folder" : "file";
		if (isBegun && entry.kind === expected) continue;
		throw new UserError({
			what: "something else lies where the mirror shall be",
			where: destination.name,
			found: `${quote(name)}, a ${entry.kind}`,
			expected: "a folder that does not exist yet, is empty, or is the mirror of this repository"
		});
	}
	if (folders.has("snapshots")) await checkIdentity(access, destination, source);
	return state;
}
function channelsOf(entries) {
	const channels = /* @__PURE__ */ new Map();
	for (const { name, kind, target } of entries) {
		const id = /^snapshots\/([^/]+)$/.exec(target ?? "")?.[1];
		if (kind === "link" && id !== void 0 && isSnapshotId(id) && isChannelName(name)) channels.set(name, id);
	}
	return channels;
}
async function checkIdentity(access, destination, source) {
	const ids = (await list(access, destination, "snapshots")).map(({ name }) => name).filter(isSnapshotId);
	const known = /* @__PURE__ */ new Set([...source.snapshots, ...source.former]);
	if (ids.length === 0 || ids.some((id) => known.has(id))) return;
	throw new UserError({
		what: "the mirror of another repository",
		where: destination.name,
		found: `${formatCount(ids.length, "snapshot")}, none of which was ever in ${source.paths.root}, such as ${ids.at(-1)}`,
		remedy: "correct the address; if it shall become the mirror of this repository, empty it first"
	});
}
async function tryLinks(access, destination, source) {
	for (const id of new Set(source.channels.values())) try {
		await list(access, destination, `${channelTarget(id)}/pool`);
	} catch (error) {
		if (!isAbsent(error)) throw error;
		throw new UserError({
			what: "the mirror does not keep symbolic links as they are",
			where: destination.name,
			found: `snapshots/${id}/pool leads nowhere there`,
			remedy: destination.kind === "daemon" ? "set 'munge symlinks = no' for the module in rsyncd.conf, which is not the default with 'use chroot = no'; the mirror still serves what it served" : "use a file system that has symbolic links; the mirror still serves what it served"
		}, { cause: error });
	}
}

// src/mirror/source.ts
const KEYS = ["key.asc", "keyring.gpg"];
const isOpenName = (name) => /^[A-Za-z0-9][A-Za-z0-9.+~_-]*$/.test(name) && !name.endsWith(".new");
const MAX_READS = 20;
async function readMirrorSource(root, stage) {
	for (let count = 1;; count++) {
		const source = await readOnce(root, path.join(stage, String(count))).catch(async (error) => {
			if (count < MAX_READS && error.code === "ENOENT") return void 0;
			throw error;
		});
		if (source === void 0) continue;
		const after = await readChannels(source.paths);
		if (after.size === source.channels.size && [...after].every(([name, id]) => source.channels.get(name) === id)) return source;
		if (count >= MAX_READS) throw new UserError({
			what: "the repository changes all the time",
			where: root,
			remedy: "mirror it later"
		});
	}
}
async function readOnce(root, stage) {
	const { paths, exists, channels, heads } = await readView(root);
	if (!exists || channels.size === 0) throw new UserError({
		what: exists ? "the repository has no channel yet" : "there is no repository",
		where: root,
		expected: "a repository that something was published to",
		remedy: "nothing was changed on the mirrors"
	});
	for (const part of [
		"keys",
		"channels",
		"site"
	]) await mkdir(path.join(stage, part), { recursive: true });
	const keys = [];
	const site = [];
	for (const name of (await readdir(paths.public)).filter(isOpenName).sort()) {
		const file = path.join(paths.public, name);
		const stat = await lstat(file);
		if (!stat.isFile()) continue;
		const isKey = KEYS.includes(name);
		const copy = path.join(stage, isKey ? "keys" : "site", name);
		await copyFile(file, copy);
		await utimes(copy, stat.atime, stat.mtime);
		(isKey ? keys : site).push(name);
	}
	for (const [name, id] of channels) await symlink(channelTarget(id), path.join(stage, "channels", name));
	const snapshots = await listSnapshots(paths);
	const trees = await inParallel(snapshots, 4, async (id) => await snapshotTree(paths, id));
	return {
		paths,
		channels,
		snapshots,
		former: /* @__PURE__ */ new Set([...[...heads.values()].flatMap(({ parent }) => parent ?? []), ...await knownOf(paths)]),
		snapshotFiles: trees.flat(),
		stage,
		keys,
		site
	};
}
async function knownOf(paths) {
	return (await readHistory(paths).catch((error) => {
		if (error.code === "EACCES") return [];
		throw error;
	})).flatMap((entry) => entry.action === "prune" ? entry.snapshots : [entry.id, entry.former].filter((id) => id !== null));
}
async function snapshotTree(paths, id) {
	const tree = await listTree(paths.snapshot(id)).catch((error) => {
		if (error.code !== void 0) throw error;
		throw new UserError({
			what: error.message,
			expected: "what the publisher wrote",
			remedy: "remove it"
		});
	});
	for (const link of tree.links) {
		const target = await readlink(link);
		const leads = path.relative(paths.public, path.resolve(path.dirname(link), target));
		if (path.basename(link) === "pool" && /^(?:\.\.\/)+pool$/.test(target) && (leads === "pool" || /^snapshots\/[^/]+\/(?:.+\/)?pool$/.test(leads))) continue;
		throw new UserError({
			what: "a link in a snapshot does not lead to the pool",
			where: link,
			found: quote(target),
			expected: "what the publisher wrote",
			remedy: "remove it; nothing was mirrored"
		});
	}
	const below = (full) => path.relative(paths.public, full);
	return [
		...tree.folders,
		...tree.files,
		...tree.links
	].map(below);
}
async function isWhole(source) {
	const found = new Set(await listSnapshots(source.paths));
	return source.snapshots.every((id) => found.has(id));
}
async function isComplete(source) {
	return (await inParallel(source.snapshotFiles, 16, async (name) => lstat(path.join(source.paths.public, name)).then(() => true, () => false))).every((is) => is);
}
async function countPool(source) {
	const { folders, files } = await listTree(source.paths.pool);
	return folders.length + files.length;
}
async function makeSkeleton(source, folders, keep) {
	const made = [];
	for (const folder of folders) {
		const from = path.join(source.paths.public, folder);
		const entries = await readdir(from, { withFileTypes: true }).catch((error) => {
			if (error.code === "ENOENT") return void 0;
			throw error;
		});
		if (entries === void 0) continue;
		const to = path.join(keep, folder);
		await mkdir(to, { recursive: true });
		await inParallel(entries, 16, async (entry) => {
			const place = path.join(to, entry.name);
			if (entry.isDirectory()) await mkdir(place, { recursive: true });
			else if (entry.isSymbolicLink()) await symlink(await readlink(path.join(from, entry.name)), place);
			else await writeFile(place, "");
		});
		made.push(folder);
	}
	return made;
}

// src/mirror/removal.ts
const ALWAYS = 100;
const DELETING = [
	"--links",
	"--relative",
	"--delete",
	"--existing",
	"--ignore-existing"
];
async function findRemovals(access, destination, source, before, keep) {
	const { paths } = source;
	const channels = [...before.channels.keys()].filter((name) => !source.channels.has(name));
	const root = before.entries.map(({ name }) => name).filter((name) => !source.site.includes(name) && channels.some((gone) => belongsTo(name, gone)));
	const below = await deleting(access, destination, [
		...DELETING,
		"--recursive",
		"--dry-run"
	], [`${paths.public}/./pool`, `${paths.public}/./snapshots`]);
	const stray = below.find((name) => !/^(?:pool|snapshots)\/./.test(name));
	if (stray !== void 0) throw new Error(`${quote(stray)} was to be removed from ${destination.name}`);
	const other = below.length === 0 ? void 0 : await foreign(access, destination, source, channels);
	if (other !== void 0) {
		access.logger.warning(`${destination.name}: ${other}, which is not of this state; nothing is removed`);
		return;
	}
	return {
		channels,
		root,
		below,
		count: root.length + below.length,
		keep
	};
}
async function foreign(access, destination, source, gone) {
	for (const [name, id] of channelsOf(await list(access, destination))) if (!gone.includes(name) && !source.snapshots.includes(id)) return `the channel ${name} points to ${id}`;
}
function belongsTo(name, channel) {
	return name === channel || name === `${channel}.target.txt` || name === `${channel}.packages.html` || name.endsWith(`-${channel}.sources`) || name.endsWith(`-${channel}.repo`);
}
async function remove(access, destination, source, { root, below, count, keep }, maxDelete) {
	const kept = async () => Math.max(ALWAYS, source.snapshotFiles.length + await countPool(source));
	const most = maxDelete ?? (count <= ALWAYS ? ALWAYS : await kept());
	if (count > most) throw new UserError({
		what: "much of the mirror would be removed",
		where: destination.name,
		found: `${formatCount(count, "file or folder", "files and folders")} that the repository does not have, such as ${quote(below[0] ?? root[0])}`,
		expected: `${most} at most`,
		remedy: "if that is right, run once with max-delete set to it; all else was done"
	});
	if (root.length > 0) await removeAtRoot(access, destination, root, path.join(keep, "empty"));
	const skeleton = path.join(keep, "public");
	const folders = await makeSkeleton(source, foldersOf(below), skeleton);
	if (folders.length === 0) return root.length;
	if (!await isWhole(source)) {
		access.logger.info("The repository is being pruned: what it no longer has is removed the next time");
		return root.length;
	}
	const names = folders.map((folder) => `${folder}/\0`).join("");
	const options = [
		...DELETING,
		"--dirs",
		"--from0",
		"--files-from=-",
		`--max-delete=${below.length}`
	];
	const removed = await deleting(access, destination, options, [`${skeleton}/`], names);
	return root.length + removed.length;
}
function foldersOf(below) {
	const gone = new Set(below.filter((name) => name.endsWith("/")));
	return [...new Set(below.map((name) => `${path.dirname(name)}/`))].filter((parent) => !gone.has(parent)).map((parent) => parent.slice(0, -1));
}
async function removeAtRoot(access, destination, names, empty) {
	await mkdir(empty, { recursive: true });
	const rules = [...names.map((name) => `--filter=R /${name}`), "--filter=P *"];
	await deleting(access, destination, [
		"--dirs",
		"--delete",
		`--max-delete=${names.length}`,
		...rules
	], [`${empty}/`]);
}

// src/mirror/mirror.ts
function newProgress() {
	return {
		step: "look",
		files: 0,
		bytes: 0,
		removed: 0,
		channels: [],
		switched: false
	};
}
const MAX_STATES = 5;
async function mirrorTo(access, destination, options, progress) {
	for (let count = 1;; count++) {
		await using stage = await temporaryFolder("mirror-state");
		const source = await readMirrorSource(options.root, path.join(stage.path, "copies"));
		const keep = path.join(stage.path, "keep");
		const again = () => access.logger.info("The repository lost files meanwhile: its new state is mirrored");
		try {
			if (await pass({
				access,
				destination,
				options,
				progress,
				source,
				keep
			})) return;
			if (count >= MAX_STATES) throw new UserError({
				what: "the repository changes all the time",
				where: options.root
			});
		} catch (error) {
			const vanished = isVanished(error);
			if (count >= MAX_STATES || vanished === false) throw error;
			if (vanished === "maybe" && await isComplete(source)) throw error;
		}
		again();
	}
}
const SERVED = ["--perms", "--chmod=D755,F644"];
const PARTIAL = ".rsync-partial";
async function pass({ access, destination, options, progress, source, keep }) {
	const { dryRun, checksum, onStep } = options;
	const { paths, channels } = source;
	const deep = checksum ? ["--checksum"] : [];
	const done = async () => await onStep?.(progress.step, destination);
	const begin = (step) => {
		progress.step = step;
		access.signal.throwIfAborted();
	};
	const send = async (sent) => {
		const counts = await transfer(access, destination, {
			...sent,
			dryRun
		});
		progress.files += counts.files;
		progress.bytes += counts.bytes;
		return counts;
	};
	begin("look");
	const before = await look(access, destination, source);
	if (destination.kind === "folder" && !dryRun) await mkdir(destination.path, { recursive: true });
	await done();
	begin("pool");
	await send({
		from: paths.public,
		tree: "pool",
		options: [
			"--recursive",
			"--relative",
			"--times",
			"--omit-dir-times",
			...SERVED,
			...deep,
			`--partial-dir=${PARTIAL}`
		],
		title: "pool"
	});
	await done();
	begin("snapshots");
	await send({
		from: paths.public,
		files: source.snapshotFiles,
		options: [
			"--links",
			"--safe-links",
			"--hard-links",
			"--times",
			"--omit-dir-times",
			...SERVED,
			...deep
		],
		title: "snapshots"
	});
	if (!await isWhole(source)) return false;
	if (destination.kind === "folder" && !dryRun) await syncFileSystem(destination.path, access.signal);
	await done();
	const moving = [...channels].flatMap(([name, id]) => before.channels.get(name) === id ? [] : [name]);
	if (!dryRun && moving.length > 0) {
		begin("try");
		await tryLinks(access, destination, source);
		await done();
	}
	const small = [
		"--times",
		"--checksum",
		...SERVED
	];
	begin("keys");
	await send({
		from: path.join(source.stage, "keys"),
		files: source.keys,
		options: small,
		title: "keys"
	});
	await done();
	begin("switch");
	await send({
		from: path.join(source.stage, "channels"),
		files: [...channels.keys()],
		options: ["--links"],
		title: "channels"
	});
	progress.switched = !dryRun;
	progress.channels = moving;
	await done();
	begin("site");
	await send({
		from: path.join(source.stage, "site"),
		files: source.site,
		options: small,
		title: "pages"
	});
	await done();
	begin("remove");
	if (before.exists) {
		const removals = await findRemovals(access, destination, source, before, keep);
		if (removals !== void 0) {
			progress.channels.push(...removals.channels);
			progress.removed = dryRun ? removals.count : removals.count === 0 ? 0 : await remove(access, destination, source, removals, options.maxDelete);
		}
	}
	await done();
	return true;
}

// src/mirror/ssh.ts
const KNOWN_HOSTS = "known_hosts";
const AGENT = "agent";
const MAX_SOCKET = 107;
async function openSsh(options) {
	const { timeoutSeconds, knownHosts } = options;
	const connect = Math.max(1, Math.min(60, timeoutSeconds));
	const settings = [
		"BatchMode=yes",
		"StrictHostKeyChecking=yes",
		"UpdateHostKeys=no",
		`ConnectTimeout=${connect}`,
		`ServerAliveInterval=${Math.max(1, Math.round(connect / 4))}`,
		"ServerAliveCountMax=4",
		"ForwardAgent=no",
		"ForwardX11=no",
		"ClearAllForwardings=yes",
		"LogLevel=ERROR"
	];
	if (knownHosts !== void 0) {
		await writeFile(path.join(options.folder, KNOWN_HOSTS), knownHosts, { mode: 384 });
		settings.push(`UserKnownHostsFile=${KNOWN_HOSTS}`, "GlobalKnownHostsFile=/dev/null");
	}
	const agent = options.key === void 0 ? void 0 : await startAgent(options.key, options);
	const inherited = process.env["SSH_AUTH_SOCK"];
	if (agent !== void 0) settings.push(`IdentityAgent=${AGENT}`, "IdentityFile=none", "IdentitiesOnly=no");
	return {
		command: `ssh ${settings.map((each) => `-o ${each}`).join(" ")}`,
		env: agent === void 0 && inherited !== void 0 ? { SSH_AUTH_SOCK: inherited } : {},
		async [Symbol.asyncDispose]() {
			await agent?.[Symbol.asyncDispose]();
		}
	};
}
async function readKnownHosts(given, workspace) {
	if (/^[^#\n]*\S[ \t]+[a-z0-9@.-]+[ \t]+AAAA/m.test(given)) return `${given.trimEnd()}\n`;
	return await readFile(path.resolve(workspace, given), "utf8").catch((error) => {
		throw new UserError({
			what: "the file of known hosts cannot be read",
			where: "input known-hosts",
			found: `${quote(given)}: ${error.code}`,
			expected: "the path of such a file, or its lines, such as ssh-keyscan prints them"
		});
	});
}
async function startAgent(key, { folder, signal }) {
	const socket = path.join(folder, AGENT);
	if (Buffer.byteLength(socket) > MAX_SOCKET) throw new UserError({
		what: "the temporary folder has too long a path for the socket of ssh-agent",
		where: quote(folder),
		expected: `101 bytes at most`,
		remedy: "set TMPDIR to a shorter one"
	});
	const child = start([
		"ssh-agent",
		"-a",
		socket,
		"sh",
		"-c",
		"echo \"$SSH_AGENT_PID\" && exec cat >/dev/null"
	], { cwd: folder });
	const ended = new Promise((resolve) => {
		child.once("close", () => resolve());
		child.once("error", () => resolve());
	});
	let errors = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		errors += text;
	});
	child.stdin.on("error", () => {});
	const pid = await Promise.race([new Promise((resolve) => {
		child.stdout.setEncoding("utf8").once("data", (text) => resolve(Number(text.trim())));
	}), ended.then(() => NaN)]);
	const close = async () => {
		if (pid > 1) try {
			process.kill(pid, "SIGTERM");
		} catch {}
		child.stdin.end();
		await ended;
	};
	if (!(pid > 1)) {
		await close();
		throw new Error(`ssh-agent did not start: ${errors.trim()}`);
	}
	try {
		await addKey(key, folder, signal);
	} catch (error) {
		await close();
		throw error;
	}
	return { [Symbol.asyncDispose]: close };
}
async function addKey(key, folder, signal) {
	const input = `${key.reveal().replaceAll("\r\n", "\n").trim()}\n`;
	const { exitCode, stderr } = await run([
		"ssh-add",
		"-q",
		"-"
	], {
		cwd: folder,
		env: {
			SSH_AUTH_SOCK: AGENT,
			SSH_ASKPASS_REQUIRE: "never",
			DISPLAY: void 0
		},
		input,
		signal,
		okExitCodes: "any"
	});
	if (exitCode === 0) return;
	throw new UserError({
		what: "the key for ssh cannot be used",
		where: "input ssh-key",
		found: /passphrase/i.test(stderr) ? "a key with a passphrase" : stderr.trim().split("\n").at(-1) || "no key",
		expected: "a private key without a passphrase, such as ssh-keygen -t ed25519 -N \"\" makes it"
	});
}

// src/mirror/mirrors.ts
const AT_ONCE = 4;
async function mirrorRepository(options) {
	const { host, destinations, root } = options;
	await using folder = await temporaryFolder("mirror");
	await using ssh = destinations.some(({ kind }) => kind === "ssh") ? await openSsh({
		folder: folder.path,
		knownHosts: options.knownHosts,
		key: options.sshKey,
		timeoutSeconds: options.timeoutSeconds,
		signal: host.signal
	}) : void 0;
	const paths = new RepositoryPaths(root);
	await using _lock = options.dryRun || !await isRepository(paths) ? void 0 : await takeLock(paths.public, {
		mode: "exclusive",
		waitSeconds: options.lockSeconds,
		what: `the mirroring of ${root}`,
		logger: host,
		signal: host.signal
	});
	const access = {
		folder: folder.path,
		ssh,
		password: options.password,
		bytesPerSecond: options.bytesPerSecond,
		timeoutSeconds: options.timeoutSeconds,
		attempts: options.attempts,
		logger: host,
		signal: host.signal
	};
	const results = await inParallel(destinations, AT_ONCE, (destination) => host.group(`Mirror to ${destination.name}`, () => mirrorOne(access, destination, options)));
	if (host.signal.aborted) throw new CancelledError();
	return results;
}
async function mirrorOne(access, destination, options) {
	const started = performance.now();
	const progress = newProgress();
	let error;
	try {
		await using _connection = destination.kind === "ssh" && access.ssh !== void 0 ? await shareConnection(access.ssh, destination, access.folder) : void 0;
		await mirrorTo(access, destination, options, progress);
	} catch (thrown) {
		error = explainFailure(thrown, destination, progress.step);
		if (!access.signal.aborted) access.logger.error(error.message);
	}
	const { files, bytes, removed, channels, switched, step } = progress;
	const isChanged = files + removed + channels.length > 0;
	return {
		destination,
		state: error !== void 0 ? "failed" : isChanged ? "mirrored" : "same",
		failedAt: error === void 0 ? void 0 : step,
		error,
		switched,
		channels,
		files,
		bytes,
		removed,
		seconds: (performance.now() - started) / 1e3
	};
}

export { mirrorRepository, readKnownHosts };
