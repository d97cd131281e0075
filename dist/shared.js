import { CommandError, InfrastructureError, UserError, formatCount, messageOf, oneLine, quote, run, start, which } from "./frame.js";
import { _enum, array, datetime, int, literal, object, record, strictObject, string } from "./zod.js";
import { inParallel, writeWhole } from "./host-gitlab.js";
import path from "node:path";
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, readlinkSync } from "node:fs";
import { chmod, chown, lstat, mkdir, open, readFile, readdir, readlink, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { createHash, randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

// src/regular-file.ts
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const SMALL_BYTES = 262144;
async function openRegular(file, where = file) {
	const refuse = (found) => new UserError({
		what: "not a regular file",
		where,
		found,
		expected: "a regular file, no link"
	});
	const handle = await open(file, FLAGS).catch((error) => {
		if (error.code === "ELOOP") throw refuse("a symbolic link");
		if (error.code === "ENXIO") throw refuse("something else");
		throw error;
	});
	try {
		if ((await handle.stat()).isFile()) return handle;
	} catch (error) {
		await handle.close();
		throw error;
	}
	await handle.close();
	throw refuse("something else");
}
async function readRegular(file, most, where = file) {
	await using handle = await openRegular(file, where);
	const pieces = [];
	let size = 0;
	let length = Math.min((await handle.stat()).size, most) + 1;
	for (;;) {
		const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length);
		if (bytesRead === 0) return Buffer.concat(pieces);
		pieces.push(buffer.subarray(0, bytesRead));
		size += bytesRead;
		if (size > most) throw new UserError({
			what: "a file that is too large",
			where,
			found: `more than ${most} bytes`
		});
		length = Math.min(65536, most + 1 - size);
	}
}
function readSmall(file) {
	let descriptor;
	try {
		descriptor = openSync(file, FLAGS);
	} catch {
		return;
	}
	try {
		const stat = fstatSync(descriptor);
		if (!stat.isFile() || stat.size > SMALL_BYTES) return void 0;
		const content = Buffer.allocUnsafe(stat.size + 1);
		let size = 0;
		for (;;) {
			const count = readSync(descriptor, content, size, content.length - size, size);
			if (count === 0) return content.subarray(0, size);
			size += count;
			if (size > stat.size) return void 0;
		}
	} catch {
		return;
	} finally {
		closeSync(descriptor);
	}
}

// src/digest.ts
const DIGEST_LENGTHS = {
	md5: 32,
	sha1: 40,
	sha224: 56,
	sha256: 64,
	sha384: 96,
	sha512: 128
};
function isStrong({ algorithm }) {
	return algorithm !== "md5" && algorithm !== "sha1";
}
const PIECE_BYTES = 1048576;
async function hashFile(file, algorithm) {
	return (await hashAndSize(file, algorithm)).hex;
}
async function hashAndSize(file, algorithm) {
	const small = readSmall(file);
	if (small !== void 0) return {
		hex: createHash(algorithm).update(small).digest("hex"),
		size: small.length
	};
	await using handle = await open(file);
	return await hashHandle(handle, algorithm);
}
async function hashHandle(handle, algorithm, most = Number.MAX_SAFE_INTEGER) {
	const hash = createHash(algorithm);
	const expected = (await handle.stat()).size;
	const piece = Buffer.allocUnsafe(Math.max(1, Math.min(expected + 1, PIECE_BYTES)));
	let size = 0;
	while (size < most) {
		const { bytesRead } = await handle.read(piece, 0, Math.min(piece.length, most - size));
		if (bytesRead === 0) break;
		hash.update(piece.subarray(0, bytesRead));
		size += bytesRead;
	}
	return {
		hex: hash.digest("hex"),
		size
	};
}

// src/manifest.ts
const MANIFEST_NAME = "manifest.json";
const FILES_AT_ONCE = 8;
const MAX_BYTES = 67108864;
const SHOWN = 300;
const VERDICTS = [
	"success",
	"package",
	"infrastructure",
	"configuration"
];
const fileName = string().min(1).max(255).regex(/^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]*$/, "a plain file name: letters, digits and .+:~_@=^- only");
const sha256 = string().regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits");
const text = string().max(4096);
const FILE_ROLES = [
	"dsc",
	"orig",
	"orig-signature",
	"debian",
	"native",
	"diff",
	"deb",
	"udeb",
	"ddeb",
	"changes",
	"buildinfo",
	"log",
	"report",
	"packages-list",
	"srpm",
	"rpm",
	"other"
];
const manifestFile = strictObject({
	name: fileName,
	size: int().nonnegative(),
	sha256,
	role: _enum(FILE_ROLES)
});
const manifestSchema = strictObject({
	schema: literal("pkg-actions/manifest/1"),
	stage: _enum(["sources", "build"]),
	createdAt: datetime(),
	tool: strictObject({
		name: literal("pkg-actions"),
		version: text
	}),
	package: strictObject({
		name: text,
		version: text,
		format: _enum(["deb", "rpm"])
	}),
	change: _enum(["review", "merge"]),
	origins: array(strictObject({
		role: _enum(["code", "spec"]),
		project: text,
		ref: text.optional(),
		commit: string().regex(/^[0-9a-f]{40,64}$/),
		tag: text.optional()
	})),
	previous: sha256.optional(),
	target: strictObject({
		name: text,
		suite: text,
		architecture: text
	}).optional(),
	buildroot: strictObject({
		generation: text,
		layer: text.optional()
	}).optional(),
	repositories: array(strictObject({
		uri: text,
		suite: text,
		date: text.optional(),
		sha256: sha256.optional(),
		revision: text.optional()
	})).optional(),
	verdict: _enum(VERDICTS).optional(),
	attempts: int().min(2).optional(),
	sourceDateEpoch: int().nonnegative().optional(),
	tools: record(text, text),
	files: array(manifestFile)
});
async function describeFiles(folder, files) {
	return (await inParallel([...files], FILES_AT_ONCE, async ({ name, role }) => {
		const { size, sha256: digest } = await digestFile(path.join(folder, name));
		return {
			name,
			size,
			sha256: digest,
			role
		};
	})).sort((a, b) => a.name < b.name ? -1 : 1);
}
async function digestFile(file) {
	const { size, hex } = await hashAndSize(file, "sha256");
	return {
		size,
		sha256: hex
	};
}
async function writeManifest(folder, manifest) {
	const file = path.join(folder, MANIFEST_NAME);
	await writeWhole(file, `${JSON.stringify(manifestSchema.parse(manifest), null, 2)}\n`);
	return file;
}
async function readManifest(location, expected = `a folder with ${MANIFEST_NAME} in it, as the step before wrote it`) {
	const stat = await lstat(location).catch(() => void 0);
	if (stat === void 0) throw new UserError({
		what: "no such file or folder",
		where: location,
		expected
	});
	const file = stat.isDirectory() ? path.join(location, MANIFEST_NAME) : location;
	let raw;
	try {
		raw = (await readRegular(file, MAX_BYTES)).toString("utf8");
	} catch (error) {
		if (error instanceof UserError) throw error;
		const { code = "an error" } = error;
		throw new UserError({
			what: "the manifest cannot be read",
			where: file,
			found: code === "ENOENT" ? "no such file" : code,
			expected
		});
	}
	let json;
	try {
		json = JSON.parse(raw);
	} catch (error) {
		const found = /[\0\ufffd]/.test(raw) ? "a binary file" : error.message.slice(0, SHOWN);
		throw new UserError({
			what: "the manifest is not JSON",
			where: file,
			found,
			expected
		});
	}
	const parsed = manifestSchema.safeParse(json);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw new UserError({
			what: "the manifest does not have its form",
			where: `${file} ${issue?.path.join(".").slice(0, SHOWN) || "(top level)"}`,
			expected: issue?.message.slice(0, SHOWN) ?? "a manifest"
		});
	}
	const names = /* @__PURE__ */ new Set();
	for (const { name } of parsed.data.files) {
		if (names.has(name)) throw new UserError({
			what: "the manifest lists a file twice",
			where: file,
			found: quote(name)
		});
		names.add(name);
	}
	return {
		manifest: parsed.data,
		file,
		folder: path.dirname(file),
		sha256: createHash("sha256").update(raw).digest("hex")
	};
}
async function verifyFiles(folder, manifest) {
	const listed = new Map(manifest.files.map((file) => [file.name, file]));
	for (const entry of await readdir(folder, { withFileTypes: true })) {
		if (entry.name === "manifest.json") continue;
		if (!listed.has(entry.name)) throw new UserError({
			what: "a file that the manifest does not list",
			where: path.join(folder, entry.name)
		});
		if (!entry.isFile()) throw new UserError({
			what: "not a regular file",
			where: path.join(folder, entry.name),
			expected: "a regular file, no link"
		});
	}
	await inParallel(manifest.files, FILES_AT_ONCE, async (file) => {
		const where = path.join(folder, file.name);
		const found = await digestListed(where, file.size).catch((error) => {
			if (error instanceof UserError) throw error;
			throw new UserError({
				what: "a file of the manifest cannot be read",
				where,
				found: error.code ?? "an error"
			});
		});
		if (found.size === file.size && found.sha256 === file.sha256) return;
		const sha256 = found.sha256 === void 0 ? "" : `, sha256 ${found.sha256.slice(0, 12)}…`;
		throw new UserError({
			what: "the file is not the one that the manifest lists",
			where,
			found: `${found.size} bytes${sha256}`,
			expected: `${file.size} bytes, sha256 ${file.sha256.slice(0, 12)}…`
		});
	});
}
async function digestListed(file, size) {
	const small = readSmall(file);
	if (small?.length === size) return {
		size,
		sha256: createHash("sha256").update(small).digest("hex")
	};
	await using handle = await openRegular(file);
	const found = (await handle.stat()).size;
	if (found !== size) return {
		size: found,
		sha256: void 0
	};
	const { hex, size: read } = await hashHandle(handle, "sha256", size + 1);
	return {
		size: read,
		sha256: hex
	};
}

// src/exchange.ts
const RENAMEAT2 = {
	arm: 382,
	arm64: 276,
	ia32: 353,
	loong64: 276,
	ppc64: 357,
	riscv64: 276,
	s390x: 347,
	x64: 316
};
const UNKNOWN = 75;
const PERL = `my ($call, $one, $other) = @ARGV; exit 0 if syscall(0 + $call, -100, $one, -100, $other, 2) == 0;
exit ${UNKNOWN} if $!{ENOSYS} or $!{EINVAL} or $!{EOPNOTSUPP} or $!{EPERM} or $!{EXDEV}; print STDERR "$!\\n"; exit 1`;
const PYTHON = `import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(int(sys.argv[1]), -100, os.fsencode(sys.argv[2]), -100, os.fsencode(sys.argv[3]), 2) == 0: sys.exit(0)
code = ctypes.get_errno()
if code in (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.EXDEV): sys.exit(${UNKNOWN})
print(os.strerror(code), file=sys.stderr)
sys.exit(1)`;
async function exchange(one, other) {
	const call = RENAMEAT2[process.arch];
	const program = which("perl") !== void 0 ? [
		"perl",
		"-MErrno",
		"-e",
		PERL,
		"--"
	] : which("python3") !== void 0 ? [
		"python3",
		"-I",
		"-S",
		"-c",
		PYTHON
	] : void 0;
	if (call === void 0 || program === void 0) return false;
	try {
		await run([
			...program,
			String(call),
			one,
			other
		], { display: [
			"renameat2",
			one,
			other,
			"RENAME_EXCHANGE"
		] });
		return true;
	} catch (error) {
		if (error instanceof CommandError && [UNKNOWN, 2].includes(error.failure.exitCode ?? 0)) return false;
		throw error;
	}
}

// src/ownership.ts
const O_PATH = 2097152;
const HOST_FILES = ["pkg-actions.env", "pkg-actions-summary.md"];
async function giveBack(workspace, places) {
	const result = {
		count: 0,
		left: []
	};
	const owner = await stat(workspace).catch(() => void 0);
	if (owner === void 0 || process.getuid?.() !== 0 || owner.uid === 0) return result;
	const top = await realpath(workspace);
	await using folder = await open(top, constants.O_RDONLY | constants.O_DIRECTORY);
	const giver = new Giver({
		uid: owner.uid,
		gid: owner.gid
	}, (await folder.stat()).dev, result);
	for (const place of places) {
		const parent = await realpath(path.dirname(path.resolve(workspace, place))).catch(() => void 0);
		if (parent === void 0) continue;
		const way = path.relative(top, path.join(parent, path.basename(place)));
		if (way === "" || way === ".." || way.startsWith("../") || path.isAbsolute(way)) continue;
		await giver.walk(folder, way.split("/"), "");
	}
	return result;
}
async function giveBackWritten(host, places) {
	try {
		const { left } = await giveBack(host.workspace, [...places, ...HOST_FILES]);
		for (const file of left) host.warning(`${file} stays root's: it has another name somewhere, and may be anybody's file`);
	} catch (error) {
		host.warning(`what root made in ${host.workspace} cannot be given back to its owner: ${oneLine(messageOf(error))}`);
	}
}
var Giver = class {
	#owner;
	#device;
	#result;
	constructor(owner, device, result) {
		this.#owner = owner;
		this.#device = device;
		this.#result = result;
	}
	async walk(folder, names, shown) {
		const [name, ...more] = names;
		if (name === void 0) return;
		const place = path.join(shown, name);
		await using entry = await openIn(folder, name, O_PATH | constants.O_NOFOLLOW);
		if (entry === void 0) return;
		if (!await this.#give(entry, place)) return;
		await using inside = await openIn(folder, name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
		if (inside === void 0 || !await isSame(inside, entry)) return;
		if (more.length > 0) return await this.walk(inside, more, place);
		for (const child of await readdir(handlePath(inside))) await this.walk(inside, [child], place);
	}
	async #give(entry, shown) {
		const found = await entry.stat();
		if (found.dev !== this.#device) return false;
		const isFolder = found.isDirectory();
		if (found.uid !== 0) return isFolder;
		if (!isFolder && found.nlink > 1) {
			this.#result.left.push(shown);
			return false;
		}
		await chown(handlePath(entry), this.#owner.uid, this.#owner.gid);
		this.#result.count += 1;
		return isFolder;
	}
};
async function openIn(folder, name, flags) {
	return await open(`${handlePath(folder)}/${name}`, flags).catch((error) => {
		if ([
			"ENOENT",
			"ENOTDIR",
			"ELOOP",
			"ENXIO"
		].includes(error.code ?? "")) return void 0;
		throw error;
	});
}
async function isSame(one, other) {
	const [a, b] = await Promise.all([one.stat({ bigint: true }), other.stat({ bigint: true })]);
	return a.ino === b.ino && a.dev === b.dev;
}
function handlePath(handle) {
	return `/proc/self/fd/${handle.fd}`;
}

// src/mounts.ts
async function mounts() {
	return parseMountinfo(await readFile("/proc/self/mountinfo", "utf8").catch(() => ""));
}
function parseMountinfo(text) {
	return text.split("\n").flatMap((line) => {
		const fields = line.split(" ");
		const [type] = fields.slice(fields.indexOf("-") + 1);
		const place = fields[4]?.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
		return place === void 0 || type === void 0 ? [] : [{
			place,
			type
		}];
	});
}
async function mountsBelow(folder) {
	if ((await lstat(folder).catch(() => void 0))?.isDirectory() !== true) return [];
	const above = await realpath(path.dirname(folder)).catch(() => path.dirname(folder));
	const real = path.join(above, path.basename(folder));
	return (await mounts()).filter(({ place }) => place === real || place.startsWith(`${real}/`)).reverse();
}
async function unmountBelow(folder) {
	const unmounted = [];
	for (const { place } of await mountsBelow(folder)) try {
		await run([
			"umount",
			"--no-canonicalize",
			"--",
			place
		]);
		unmounted.push({
			place,
			lazily: false
		});
	} catch (error) {
		if (/not mounted|no mount point/i.test(messageOf(error))) continue;
		await run([
			"umount",
			"--no-canonicalize",
			"--lazy",
			"--",
			place
		]);
		unmounted.push({
			place,
			lazily: true
		});
	}
	return unmounted;
}

// src/remove-tree.ts
async function removeMountedTree(folder) {
	const unmounted = await unmountBelow(folder);
	await run([
		"rm",
		"-rf",
		"--one-file-system",
		"--",
		folder
	]);
	return unmounted;
}
async function bytesOf(place) {
	const { stdout } = await run([
		"du",
		"--summarize",
		"--block-size=1",
		"--one-file-system",
		"--",
		place
	], { okExitCodes: "any" });
	return Number(stdout.split("	")[0]) || 0;
}

// src/owner.ts
const ownerSchema = object({
	runId: string().optional(),
	pid: int().positive(),
	startTime: int().nonnegative(),
	bootId: string(),
	pidNamespace: int().nonnegative(),
	engine: string().optional()
});
const OWNER_NAME = "owner.json";
const MACHINE_NAMESPACE = 4026531836;
let self;
function currentOwner(runId) {
	self ??= {
		pid: process.pid,
		startTime: parseStat(readFileSync("/proc/self/stat", "utf8"))?.startTime ?? 0,
		bootId: readBootId(),
		pidNamespace: namespaceOf(readlinkSync("/proc/self/ns/pid"))
	};
	return {
		...runId === void 0 ? {} : { runId },
		...self
	};
}
async function ownerState(owner) {
	const me = currentOwner();
	if (owner.bootId !== me.bootId) return "dead";
	if (owner.pidNamespace === me.pidNamespace) return await isProcess(owner.pid, owner) ? "alive" : "dead";
	return me.pidNamespace === MACHINE_NAMESPACE ? await stateInside(owner) : "unknown";
}
async function stateInside(owner) {
	for (const name of await readdir("/proc")) {
		if (!/^\d+$/.test(name)) continue;
		const namespace = await readlink(`/proc/${name}/ns/pid`).catch((error) => error.code);
		const isHidden = namespace === "EACCES" || namespace === "EPERM";
		if (!isHidden && (namespace === void 0 || namespaceOf(namespace) !== owner.pidNamespace)) continue;
		const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
		const [, ids = ""] = /^NSpid:\s+(.*)$/m.exec(status) ?? [];
		if (ids.split(/\s+/).at(-1) !== String(owner.pid) || !await isProcess(Number(name), owner)) continue;
		return isHidden ? "unknown" : "alive";
	}
	return process.getuid?.() === 0 ? "dead" : "unknown";
}
async function isProcess(pid, { startTime }) {
	const stat = parseStat(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""));
	return stat !== void 0 && stat.startTime === startTime && !"ZXx".includes(stat.state);
}
function parseStat(text) {
	const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
	const startTime = Number(fields[19]);
	const [state = ""] = fields;
	return text.includes(")") && Number.isInteger(startTime) ? {
		state,
		startTime
	} : void 0;
}
function readBootId() {
	return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
}
function namespaceOf(link) {
	return Number(/\d+/.exec(link)?.[0] ?? 0);
}
function ownedName(prefix) {
	const { pid, startTime, pidNamespace, bootId } = currentOwner();
	return `${prefix}${[
		pid,
		startTime,
		pidNamespace
	].map((number) => number.toString(36)).join(".")}.${bootId}-${randomBytes(4).toString("hex")}`;
}
function ownerOfName(name) {
	const match = /([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-z]+)\.([0-9a-f]{8})-[0-9a-f]{8}(?:\.[a-z]+)?$/.exec(name);
	if (match === null) return void 0;
	const [pid = 0, startTime = 0, pidNamespace = 0] = match.slice(1, 4).map((text) => Number.parseInt(text, 36));
	return {
		pid,
		startTime,
		pidNamespace,
		bootId: match[4] ?? ""
	};
}
async function readOwner(file) {
	const text = await readFile(file, "utf8").catch(() => void 0);
	if (text === void 0) return void 0;
	try {
		return ownerSchema.safeParse(JSON.parse(text)).data;
	} catch {
		return;
	}
}

// src/temporary.ts
const PREFIX$1 = ".pkg-actions-";
const lookedAt = /* @__PURE__ */ new Set();
async function temporaryFolder(purpose, parent = tmpdir()) {
	if (!lookedAt.has(parent)) {
		lookedAt.add(parent);
		await removeDeadTemporary(parent).catch(() => void 0);
	}
	const folder = path.join(parent, ownedName(`${PREFIX$1}${purpose}-`));
	await mkdir(folder, { mode: 448 });
	return {
		path: folder,
		async [Symbol.asyncDispose]() {
			await removeMountedTree(folder);
		}
	};
}
async function deadTemporary(parent) {
	const dead = [];
	const uid = process.getuid?.();
	const above = (await lstat(parent).catch(() => void 0))?.uid;
	for (const name of await readdir(parent).catch(() => [])) {
		if (!name.startsWith(PREFIX$1)) continue;
		const owner = ownerOfName(name);
		if (owner === void 0 || await ownerState(owner) !== "dead") continue;
		const place = path.join(parent, name);
		const found = await lstat(place).catch(() => void 0);
		if (found?.isDirectory() && (found.uid === uid || uid === 0 && found.uid === above)) dead.push(place);
	}
	return dead;
}
async function removeDeadTemporary(parent) {
	const dead = await deadTemporary(parent);
	for (const place of dead) await removeMountedTree(place);
	return dead;
}

// src/output-folder.ts
async function checkReplaceable(output) {
	await recoverOutput(output);
	const stat = await lstat(output).catch(() => void 0);
	if (stat === void 0) return;
	const names = stat.isDirectory() ? await readdir(output) : void 0;
	if (names !== void 0 && (names.length === 0 || names.includes("manifest.json"))) return;
	throw new UserError({
		what: "the output folder holds something else, which would be lost",
		where: "input output",
		found: names === void 0 ? `${quote(output)}, no folder` : `${quote(output)} with ${formatCount(names.length, "file")}`,
		expected: `a folder that does not exist, is empty, or has a ${MANIFEST_NAME}`
	});
}
async function stageOutput(output) {
	await mkdir(path.dirname(output), { recursive: true });
	return (await temporaryFolder("output", path.dirname(output))).path;
}
async function replaceFolder(finished, output) {
	await chmod(finished, 493);
	await giveBack(path.dirname(output), [finished]);
	if (await lstat(output).catch(() => void 0) === void 0) return await rename(finished, output);
	if (!await exchange(finished, output)) {
		const old = asideOf(output);
		await removeMountedTree(old);
		await rename(output, old);
		try {
			await rename(finished, output);
		} catch (error) {
			await rename(old, output);
			throw error;
		}
		await removeMountedTree(old);
		return;
	}
	await removeMountedTree(finished);
}
async function recoverOutput(output) {
	const old = asideOf(output);
	const found = await lstat(old).catch(() => void 0);
	if (found === void 0) return;
	if (!found.isDirectory()) return void await rm(old, { force: true });
	if (!await rename(old, output).then(() => true, () => false)) await removeMountedTree(old);
}
function asideOf(output) {
	return path.join(path.dirname(output), `.${path.basename(output)}.pkg-actions-old`);
}
async function refuseLinkOut(workspace, place, where) {
	const inside = (folder, file) => file === folder || file.startsWith(`${folder}/`);
	if (!inside(workspace, place)) return;
	const top = await realpath(workspace);
	for (let parent = path.dirname(place); inside(workspace, parent); parent = path.dirname(parent)) {
		if (!(await lstat(parent).catch(() => void 0) !== void 0)) continue;
		const real = await realpath(parent).catch(() => void 0);
		if (real !== void 0 && inside(top, real)) return;
		throw new UserError({
			what: "a link leads out of the workspace, and would be followed there",
			where,
			found: `${quote(parent)}${real === void 0 ? ", a link to nothing" : ` in ${quote(real)}`}`,
			expected: "folders of the workspace, or a path outside of it"
		});
	}
}

// src/location.ts
function parseLocation(uri, where, resolvePath) {
	const wrong = () => new UserError({
		what: "not the URI of a repository",
		where,
		found: quote(hideCredentials(uri)),
		expected: "http://, https://, file:/ or the path of a folder"
	});
	const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1]?.toLowerCase();
	if (scheme === void 0) return folderLocation(resolvePath(uri));
	if (scheme === "file" || scheme === "copy") {
		const rest = uri.slice(scheme.length + 1);
		if (!rest.startsWith("/")) throw wrong();
		try {
			return folderLocation(fileURLToPath(`file:${rest}`));
		} catch {
			throw wrong();
		}
	}
	if (scheme !== "http" && scheme !== "https" || !URL.canParse(uri)) throw wrong();
	const url = new URL(uri);
	if (url.search !== "" || url.hash !== "") throw wrong();
	const authorization = url.username === "" && url.password === "" ? void 0 : `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString("base64")}`;
	url.username = "";
	url.password = "";
	const plain = url.href.replace(/\/+$/, "");
	return {
		location: {
			kind: "http",
			url: plain,
			authorization
		},
		shown: plain
	};
}
function folderLocation(folder) {
	const resolved = path.resolve(folder);
	return {
		location: {
			kind: "folder",
			folder: resolved
		},
		shown: resolved
	};
}
function hideCredentials(text) {
	return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, "$1***@");
}

// src/version-check.ts
const OUTCOMES = [
	"conflict",
	"downgrade",
	"upgrade",
	"new",
	"same"
];
var VersionIndex = class {
	#byName = {
		binary: /* @__PURE__ */ new Map(),
		source: /* @__PURE__ */ new Map()
	};
	#size = 0;
	constructor(packages = []) {
		this.addAll(packages);
	}
	add(published) {
		const byName = this.#byName[published.kind];
		const list = byName.get(published.name);
		if (list === void 0) byName.set(published.name, [published]);
		else {
			if (list.some((other) => isSameEntry(other, published))) return;
			list.push(published);
		}
		this.#size++;
	}
	addAll(packages) {
		for (const published of packages) this.add(published);
	}
	get(kind, name) {
		return this.#byName[kind].get(name) ?? [];
	}
	get size() {
		return this.#size;
	}
};
function isSameEntry(a, b) {
	return a.version === b.version && a.architecture === b.architecture && a.channel === b.channel && a.sha256 === b.sha256;
}
function checkVersion(candidate, published, rules) {
	const known = published instanceof VersionIndex ? published.get(candidate.kind, candidate.name) : findByName(candidate, published);
	let highest;
	let same;
	for (const other of known) {
		const file = conflictingFile(candidate, other);
		if (file !== void 0) return {
			outcome: "conflict",
			candidate,
			against: other,
			file
		};
		if (!isComparable(candidate, other, rules)) continue;
		if (rules.compare(candidate.version, other.version) === 0) {
			if (!hasSameContent(candidate, other)) return {
				outcome: "conflict",
				candidate,
				against: other
			};
			same ??= other;
		}
		if (highest === void 0 || rules.compare(other.version, highest.version) > 0) highest = other;
	}
	if (highest === void 0) return {
		outcome: "new",
		candidate
	};
	if (rules.compare(candidate.version, highest.version) < 0) return {
		outcome: "downgrade",
		candidate,
		against: highest
	};
	return same === void 0 ? {
		outcome: "upgrade",
		candidate,
		against: highest
	} : {
		outcome: "same",
		candidate,
		against: same
	};
}
function isComparable(candidate, other, { independent }) {
	return candidate.kind === "source" || candidate.architecture === other.architecture || candidate.architecture === independent || other.architecture === independent;
}
function findByName(candidate, published) {
	const found = [];
	for (const other of published) if (other.kind === candidate.kind && other.name === candidate.name) found.push(other);
	return found;
}
function hasSameContent(candidate, other) {
	return candidate.version === other.version && candidate.architecture === other.architecture && candidate.sha256 === other.sha256;
}
function conflictingFile(candidate, other) {
	if (candidate.files === void 0 || other.files === void 0) return void 0;
	const digests = new Map(other.files.map((file) => [file.name, file.sha256]));
	return candidate.files.find((file) => (digests.get(file.name) ?? file.sha256) !== file.sha256)?.name;
}
function worstOutcome(outcomes) {
	const found = new Set(outcomes);
	return OUTCOMES.find((outcome) => found.has(outcome)) ?? "same";
}

// src/lock.ts
const HELD_BY_ANOTHER = 75;
const OPEN_AND_LOCK = "exec 9<\"$1\" && shift && exec \"$@\"";
async function takeLock(target, options) {
	const lock = await tryLock(target, options);
	if (lock === void 0) throw new InfrastructureError({
		what: `${options.what} is in use by another process`,
		where: target,
		found: `a lock still held after ${options.waitSeconds} s`,
		remedy: "wait for the other run, or raise the limit"
	});
	return lock;
}
async function tryLock(target, options) {
	options.signal?.throwIfAborted();
	const wait = options.waitSeconds === 0 ? ["--nonblock"] : ["--timeout", Math.max(.001, options.waitSeconds).toFixed(3)];
	const argv = [
		"sh",
		...[
			"-c",
			OPEN_AND_LOCK,
			"sh",
			target
		],
		"flock",
		"--no-fork",
		`--${options.mode}`,
		...wait,
		"--conflict-exit-code",
		String(HELD_BY_ANOTHER),
		"/proc/self/fd/9",
		"sh",
		"-c",
		"exec 9<&- && echo held && exec cat >/dev/null"
	];
	const child = start(argv);
	const exited = new Promise((resolve) => {
		child.once("close", (code) => resolve(code));
		child.once("error", () => resolve(null));
	});
	let errors = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		errors += text;
	});
	child.stdin.on("error", () => {});
	const began = performance.now();
	const waiting = setInterval(() => {
		options.logger?.progress(`waiting for ${options.what} (${Math.round((performance.now() - began) / 1e3)} s)`);
	}, 2e3);
	const onAbort = () => child.kill("SIGKILL");
	options.signal?.addEventListener("abort", onAbort, { once: true });
	try {
		const held = await Promise.race([new Promise((resolve) => child.stdout.once("data", () => resolve(true))), exited]);
		options.signal?.throwIfAborted();
		if (held === HELD_BY_ANOTHER) return void 0;
		if (held !== true) throw new UserError({
			what: `${options.what} cannot be locked`,
			where: target,
			found: errors.trim().replace(/^sh: \d+: /, "") || `exit ${held}`
		});
	} finally {
		clearInterval(waiting);
		options.signal?.removeEventListener("abort", onAbort);
	}
	child.unref();
	for (const stream of [
		child.stdin,
		child.stdout,
		child.stderr
	]) stream.unref?.();
	let released;
	const release = () => {
		released ??= (async () => {
			child.ref();
			child.stdin.end();
			await exited;
		})();
		return released;
	};
	return {
		lost: new Promise((resolve) => {
			exited.then(() => {
				if (released === void 0) resolve();
			});
		}),
		release,
		[Symbol.asyncDispose]: release
	};
}

// src/claimed-folder.ts
const PREFIX = ".claim-";
async function claimFolder(parent, name, { runId, what, mode = 493, record = {} }) {
	const begun = path.join(parent, ownedName(PREFIX));
	const folder = path.join(parent, name);
	await mkdir(begun, { mode });
	try {
		const lock = await takeLock(begun, {
			mode: "exclusive",
			waitSeconds: 0,
			what
		});
		try {
			await writeFile(path.join(begun, OWNER_NAME), `${JSON.stringify({
				...record,
				...currentOwner(runId)
			})}\n`);
			await rename(begun, folder);
		} catch (error) {
			await lock.release();
			throw error;
		}
		let removing;
		const remove = () => {
			removing ??= (async () => {
				try {
					await removeMountedTree(folder);
				} finally {
					await lock.release();
				}
			})();
			return removing;
		};
		return {
			folder,
			lock,
			remove,
			[Symbol.asyncDispose]: remove
		};
	} catch (error) {
		await removeMountedTree(begun);
		throw error;
	}
}
function claimant(name) {
	return name.startsWith(PREFIX) ? ownerOfName(name) : void 0;
}

// src/retry.ts
const FIRST_MS = 5e3;
const MOST_MS = 12e4;
const WAIT_VARIABLE = "PKG_ACTIONS_RETRY_WAIT";
function firstWait() {
	const text = process.env["PKG_ACTIONS_RETRY_WAIT"] ?? "";
	return /^\d{1,9}$/.test(text) ? Number(text) : void 0;
}
function waitAfter(attempt, chance = Math.random()) {
	const due = Math.min(MOST_MS, (firstWait() ?? FIRST_MS) * 2 ** Math.min(attempt - 1, 30));
	return Math.round(due * (.5 + chance / 2));
}
async function pause(milliseconds, signal) {
	signal.throwIfAborted();
	await setTimeout(milliseconds, void 0, { signal }).catch((error) => {
		signal.throwIfAborted();
		throw error;
	});
}
function retryLine(attempt, attempts, milliseconds) {
	return `W: attempt ${attempt} of ${attempts} failed; once more in ${milliseconds < 1e3 ? milliseconds / 1e3 : Math.round(milliseconds / 1e3)} s`;
}
function aptRetryOptions() {
	return ["-o", `Acquire::Retries=${firstWait() === void 0 ? 3 : 0}`];
}

// src/markdown.ts
const MAX_ROWS = 500;
function table(head, rows, whole) {
	const line = (cells) => `| ${cells.join(" | ")} |`;
	const more = rows.length - MAX_ROWS;
	const rest = `... and ${formatCount(more, "more", "more")}${whole === void 0 ? "" : `; ${whole} has all of them`}.`;
	return [
		line(head),
		`|${"---|".repeat(head.length)}`,
		...rows.slice(0, MAX_ROWS).map(line),
		"",
		...more > 0 ? [rest, ""] : []
	];
}
function fenced(lines) {
	const longest = Math.max(0, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
	const fence = "`".repeat(Math.max(3, longest + 1));
	return [
		`${fence}text`,
		...lines.map((line) => line.replace(/[\r\n]/g, " ")),
		fence
	].join("\n");
}
function code(text) {
	const line = text.replace(/[\r\n]+/g, " ");
	if (line === "") return "` `";
	const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
	const fence = "`".repeat(longest + 1);
	const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
	return `${fence}${pad}${line}${pad}${fence}`;
}
function codeCell(text) {
	return code(text).replaceAll("|", "\\|");
}
function escapeMarkdown(text) {
	return text.replace(/[\r\n]+/g, " ").replace(/[\\`*_{}[\]()#+!|~$]/g, "\\$&").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/@/g, "&#64;").replace(/:\/\//g, "&#58;//");
}

// src/report-file.ts
async function writeReport(file, value) {
	await mkdir(path.dirname(file), { recursive: true });
	await writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}

export { DIGEST_LENGTHS, MANIFEST_NAME, OUTCOMES, OWNER_NAME, VERDICTS, VersionIndex, aptRetryOptions, bytesOf, checkReplaceable, checkVersion, claimFolder, claimant, code, codeCell, deadTemporary, describeFiles, digestFile, digestListed, escapeMarkdown, fenced, giveBack, giveBackWritten, hashFile, hideCredentials, isStrong, openRegular, ownedName, ownerOfName, ownerState, parseLocation, parseStat, pause, readManifest, readOwner, readRegular, readSmall, recoverOutput, refuseLinkOut, removeMountedTree, replaceFolder, retryLine, stageOutput, table, takeLock, temporaryFolder, tryLock, verifyFiles, waitAfter, worstOutcome, writeManifest, writeReport };
