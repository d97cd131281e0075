import { CancelledError, CommandError, InfrastructureError, UserError, VERSION, formatCount, messageOf, oneLine, quote, run, runBytes, start } from "./frame.js";
import { compareVersions as compareVersions$1, parseVersion, withoutEpoch } from "./inputs.js";
import { _enum, array, boolean, datetime, discriminatedUnion, int, json, literal, record, strictObject, string } from "./zod.js";
import { VersionIndex, bytesOf as bytesOf$1, digestFile, digestListed, hideCredentials, openRegular, parseLocation, readManifest, readRegular, readSmall, temporaryFolder, tryLock, verifyFiles } from "./shared.js";
import { inParallel, swapLink, sync, syncAll, temporaryLink, writeDurably } from "./host-gitlab.js";
import { IndexReader, MAX_CONTROL_ARCHIVE, checkArchitecture, checkCandidate, checkDebFrame, checkPackageName, coveredText, formatDate, formatParagraph, isArchitecture, parseChecksums, parseControl, parseRelease, parseSingleParagraph, poolFolder, readDebFields, requireField, sourceDigest, stripSignature } from "./deb.js";
import { SIGNATURE_TAG, baseArchitecture, checkIndexTexts, checkRpmCandidate, compareEvr, compareSegments, deciding, describePackage, formatEvr, hasPayloadDigest, headerDigestOf, headerSize, inParallelByHeader, isDebugName, isRepeatable, openRpm, padded, parseEvr, parseHeader, payloadOf, readFrame, readRpmPackage, rpmArchitecture, rpmCandidate, sourceName, tagBytes, tagString, tagStrings, verifyPayload, versionText } from "./rpm.js";
import { require_dist } from "./yaml.js";
import { require_saxes } from "./saxes.js";
import { changedRpm, clearsignByAll, detachByAll, planKeyring, signRpms } from "./signing.js";
import http from "node:http";
import path from "node:path";
import { chmodSync, constants, createReadStream, existsSync, lstatSync, symlinkSync } from "node:fs";
import { access, chmod, constants as constants$1, copyFile, link, lstat, mkdir, open, readFile, readdir, readlink, realpath, rename, rm, rmdir, stat, statfs, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import https from "node:https";
import { Readable, Writable } from "node:stream";
import zlib from "node:zlib";
import { pipeline } from "node:stream/promises";
import { isDeepStrictEqual, promisify } from "node:util";

// src/repository/client/proxy.ts
const MOST_REDIRECTS = 20;
const REDIRECTS = [
	301,
	302,
	303,
	307,
	308
];
const WITHOUT_BODY = [
	204,
	205,
	304
];
async function fetchThrough(proxy, url, request) {
	const agents = {
		"http:": () => ({
			get: http.get,
			agent: new http.Agent({ proxyEnv: { http_proxy: proxy } })
		}),
		"https:": () => ({
			get: https.get,
			agent: new https.Agent({ proxyEnv: { https_proxy: proxy } })
		})
	};
	let place = new URL(url);
	let { headers } = request;
	for (let redirects = 0;; redirects++) {
		const { get, agent } = agents[place.protocol]();
		const answer = await new Promise((resolve, reject) => {
			get(place, {
				agent,
				headers,
				signal: request.signal
			}, resolve).on("error", reject);
		});
		const status = answer.statusCode ?? 0;
		const { location } = answer.headers;
		if (!REDIRECTS.includes(status) || location === void 0) return responseOf(answer, status);
		answer.destroy();
		const next = new URL(location, place);
		if (redirects === MOST_REDIRECTS || !(next.protocol in agents)) throw Object.assign(/* @__PURE__ */ new Error(`a redirect that is not followed, to ${next.protocol}//${next.host}`), { code: "ERR_INVALID_URL" });
		if (next.origin !== place.origin) {
			const { authorization: _notTheirs, ...rest } = headers;
			headers = rest;
		}
		place = next;
	}
}
function responseOf(answer, status) {
	const headers = new Headers();
	for (const [name, values] of Object.entries(answer.headersDistinct)) for (const value of values ?? []) headers.append(name, value);
	if (WITHOUT_BODY.includes(status)) {
		answer.resume();
		return new Response(null, {
			status,
			statusText: answer.statusMessage ?? "",
			headers
		});
	}
	const body = Readable.toWeb(answer);
	return new Response(body, {
		status,
		statusText: answer.statusMessage ?? "",
		headers
	});
}

// src/repository/client/transport.ts
var TransientError = class extends Error {
	name = "TransientError";
	waitSeconds;
	constructor(message, options = {}) {
		super(message, options);
		this.waitSeconds = options.waitSeconds;
	}
};
const LASTING_CODES = /^(ENOTFOUND|ERR_TLS_CERT_ALTNAME_INVALID|CERT_.*|.*_CERT|.*_CERTIFICATE.*|.*_SIGNATURE.*|ERR_INVALID_URL)$/;
const MIN_BYTES_PER_SECOND = 4096;
const SLOW_AFTER_SECONDS = 60;
const MAX_SECONDS = 3600;
function nameOf$2(location, file) {
	return location.kind === "http" ? `${location.url}/${file}` : path.join(location.folder, file);
}
async function fetchFile(location, file, options) {
	return location.kind === "http" ? fetchHttp(location, file, options) : readLocal(location.folder, file, options);
}
async function fetchStart(location, file, length, options) {
	return location.kind === "http" ? fetchHttp(location, file, options, length) : readLocal(location.folder, file, options, length);
}
async function readLocal(folder, file, options, first) {
	const where = path.join(folder, file);
	try {
		await using handle = await open(where, constants.O_RDONLY | constants.O_NONBLOCK);
		const stat = await handle.stat();
		if (!stat.isFile()) throw new UserError({
			what: "not a file",
			where,
			expected: "a file of the repository"
		});
		if (first !== void 0) return await readFirst(handle, Math.min(first, stat.size));
		if (stat.size > options.maxBytes) throw tooLarge(where, options.maxBytes);
		return await handle.readFile({ ...options.signal ? { signal: options.signal } : {} });
	} catch (error) {
		options.signal?.throwIfAborted();
		const { code } = error;
		if (code === "ENOENT" || code === "ENOTDIR") return void 0;
		if (code === void 0) throw error;
		throw new UserError({
			what: "a file of the repository cannot be read",
			where,
			found: code
		}, { cause: error });
	}
}
async function readFirst(handle, length) {
	const buffer = Buffer.allocUnsafe(length);
	let filled = 0;
	while (filled < length) {
		const { bytesRead } = await handle.read(buffer, filled, length - filled, filled);
		if (bytesRead === 0) break;
		filled += bytesRead;
	}
	return buffer.subarray(0, filled);
}
async function fetchHttp(location, file, options, first) {
	const where = nameOf$2(location, file);
	const stalled = new AbortController();
	const stall = () => stalled.abort(new TransientError(`${where}: no data for ${options.stallSeconds} s`));
	let timer = setTimeout(stall, options.stallSeconds * 1e3);
	const alive = () => {
		clearTimeout(timer);
		timer = setTimeout(stall, options.stallSeconds * 1e3);
	};
	const signals = options.signal === void 0 ? [stalled.signal] : [stalled.signal, options.signal];
	try {
		const request = {
			signal: AbortSignal.any(signals),
			headers: {
				"accept-encoding": "identity",
				"cache-control": "max-age=0",
				"user-agent": `pkg-actions/${VERSION}`,
				...location.authorization === void 0 ? {} : { authorization: location.authorization },
				...first === void 0 ? {} : { range: `bytes=0-${first - 1}` }
			}
		};
		const response = await (options.proxy === void 0 ? fetch(where, request) : fetchThrough(options.proxy, where, request));
		if (!response.ok || response.body === null) {
			await response.body?.cancel();
			if (response.status === 404 || response.status === 410) return void 0;
			throw statusError(where, response);
		}
		const range = response.headers.get("content-range");
		if (response.status === 206 && !(first !== void 0 && range?.startsWith("bytes 0-"))) {
			await response.body.cancel();
			throw new UserError({
				what: "the server answers with another part of a file",
				where,
				found: quote(range ?? "no Content-Range"),
				expected: first === void 0 ? "the whole file" : `bytes 0-${first - 1}`
			});
		}
		const pieces = [];
		let size = 0;
		const begun = performance.now();
		for await (const piece of response.body) {
			alive();
			size += piece.length;
			pieces.push(piece);
			checkSpeed(size, (performance.now() - begun) / 1e3, where, options);
			if (first !== void 0 && size >= first) return Buffer.concat(pieces).subarray(0, first);
			if (first === void 0 && size > options.maxBytes) throw tooLarge(where, options.maxBytes);
		}
		return Buffer.concat(pieces);
	} catch (error) {
		options.signal?.throwIfAborted();
		if (error instanceof UserError || error instanceof TransientError) throw error;
		if (stalled.signal.aborted) throw stalled.signal.reason;
		throw networkError(where, error);
	} finally {
		clearTimeout(timer);
	}
}
function checkSpeed(size, seconds, where, options) {
	const { slowAfterSeconds = SLOW_AFTER_SECONDS, maxSeconds = MAX_SECONDS } = options;
	if (seconds > maxSeconds) throw new UserError({
		what: "a file of the repository takes too long",
		where,
		found: `${size} bytes in ${maxSeconds} s`,
		expected: `the whole file in ${maxSeconds} s`
	});
	if (seconds > slowAfterSeconds && size / seconds < MIN_BYTES_PER_SECOND) throw new TransientError(`${where}: less than ${MIN_BYTES_PER_SECOND} bytes a second (${size} in ${Math.round(seconds)} s)`);
}
function statusError(where, response) {
	const status = `HTTP ${response.status} ${response.statusText}`.trimEnd();
	if (response.status >= 500 || response.status === 429 || response.status === 408) {
		const after = response.headers.get("retry-after") ?? "";
		const waitSeconds = /^\d{1,4}$/.test(after) ? Number(after) : void 0;
		return new TransientError(`${where}: ${status}`, waitSeconds === void 0 ? {} : { waitSeconds });
	}
	return new UserError({
		what: "the server refuses a file of the repository",
		where,
		found: quote(status),
		...response.status === 401 || response.status === 403 ? { expected: "a URI that may be read with its credentials" } : {}
	});
}
function networkError(where, error) {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	const code = cause?.code ?? "";
	const text = messageOf(cause) || code;
	if (LASTING_CODES.test(code)) return new UserError({
		what: "the server of the repository cannot be reached",
		where,
		found: `${code} ${text}`
	}, { cause: error });
	return new TransientError(`${where}: ${text}`, { cause: error });
}
function tooLarge(where, limit) {
	return new TransientError(`${where}: more than the ${limit} bytes that are expected`);
}

// src/repository/client/attempts.ts
const MAX_DELAY = 6e4;
async function withAttempts(uri, options, read) {
	const attempts = options.attempts ?? 4;
	for (let attempt = 1;; attempt++) try {
		return await read();
	} catch (error) {
		if (!(error instanceof TransientError)) throw error;
		if (attempt >= attempts) throw new UserError({
			what: "the repository cannot be read",
			where: uri,
			found: `${oneLine(messageOf(error))}${attempts > 1 ? `, after ${attempts} attempts` : ""}`
		}, { cause: error });
		const asked = error.waitSeconds === void 0 ? 0 : error.waitSeconds * 1e3;
		const delay = Math.min(MAX_DELAY, Math.max(asked, (options.delayMilliseconds ?? 1e3) * 2 ** (attempt - 1)));
		options.logger?.info(`${oneLine(error.message)}; attempt ${attempt + 1} of ${attempts} in ${delay / 1e3} s`);
		await setTimeout$1(delay, void 0, options.signal ? { signal: options.signal } : {});
	}
}
function fetchOptions(options, maxBytes) {
	return {
		maxBytes,
		stallSeconds: options.stallSeconds ?? 30,
		...options.proxy === void 0 ? {} : { proxy: options.proxy },
		...options.signal === void 0 ? {} : { signal: options.signal }
	};
}

// src/repository/client/decompress.ts
const COMPRESSIONS = [
	"",
	".zst",
	".gz",
	".xz"
];
const PIECE_SIZE = 1048576;
const XZ_MEMORY$1 = 536870912;
async function decompress(data, kind, options) {
	let size = 0;
	const take = (piece) => {
		options.signal?.throwIfAborted();
		size += piece.length;
		if (size > options.maxBytes) throw new UserError({
			what: "an index grows beyond its size",
			where: options.file,
			found: `more than ${options.maxBytes} bytes`
		});
		options.onPiece(piece);
	};
	if (data.length === 0) return;
	if (kind === "") take(data);
	else if (kind === ".xz") await decompressXz(data, take, options);
	else await decompressZlib(data, kind, take, options);
}
async function decompressZlib(data, kind, take, options) {
	let rest = data;
	while (rest.length > 0) {
		const decoder = kind === ".gz" ? zlib.createGunzip({ chunkSize: PIECE_SIZE }) : zlib.createZstdDecompress({ chunkSize: PIECE_SIZE });
		decoder.end(rest);
		try {
			const pieces = decoder[Symbol.asyncIterator]();
			while (true) {
				const next = await pieces.next().catch((error) => {
					throw damaged$1(options.file, messageOf(error), error);
				});
				if (next.done) break;
				take(next.value);
			}
		} finally {
			decoder.destroy();
		}
		if (kind === ".gz" || decoder.bytesWritten === 0) return;
		rest = rest.subarray(decoder.bytesWritten);
	}
}
async function decompressXz(data, take, options) {
	const { signal } = options;
	await runBytes([
		"xz",
		"--decompress",
		"--stdout",
		`--memlimit-decompress=${XZ_MEMORY$1}`
	], {
		input: data,
		onBytes: take,
		...signal === void 0 ? {} : { signal }
	}).catch((error) => {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		throw damaged$1(options.file, quote(error.failure.stderr.trim().split("\n")[0] ?? ""), error);
	});
}
function damaged$1(file, found, cause) {
	return new UserError({
		what: "a damaged index",
		where: file,
		found
	}, { cause });
}

// src/repository/client/verify.ts
const BLOCK = /-----BEGIN PGP ([A-Z ]+)-----\r?\n[\s\S]*?-----END PGP \1-----/g;
async function readKeyFiles(files) {
	const { readKeys } = await import("./lazy-openpgp.js");
	const keys = [];
	for (const file of files) {
		const wrong = (what, found, remedy) => new UserError({
			what,
			where: file,
			...found === void 0 ? {} : { found },
			...remedy === void 0 ? { expected: "OpenPGP public keys, armored or binary" } : { remedy }
		});
		const data = await readFile(file).catch((error) => {
			throw wrong("the key file cannot be read", error.code ?? "an error");
		});
		if (data.toString("latin1", 8, 12) === "KBXf") throw wrong("a keybox of GnuPG 2, which is no exchange format", void 0, "export the key: gpg --armor --export");
		const text = data.toString("latin1");
		const blocks = [...text.matchAll(BLOCK)];
		const found = [];
		try {
			for (const [armoredKeys, type] of blocks) {
				if (type === "PRIVATE KEY BLOCK") break;
				if (type === "PUBLIC KEY BLOCK") found.push(...await readKeys({ armoredKeys }));
			}
			if (!text.includes("-----BEGIN PGP ")) found.push(...await readKeys({ binaryKeys: data }));
		} catch (error) {
			throw wrong("not a file of public keys", quote(messageOf(error)));
		}
		if (found.some((key) => key.isPrivate()) || blocks.some(([, type]) => type === "PRIVATE KEY BLOCK")) throw wrong("a private key where a public one belongs", void 0, "export the public key: gpg --armor --export");
		if (found.length === 0) throw wrong("a file without a public key");
		keys.push(...found);
	}
	return keys;
}
const RELEASE = {
	subject: "the Release file",
	signature: "an InRelease, or a Release with its Release.gpg",
	remedy: "sign the repository, or write [trusted=yes] for one that nobody else can write to",
	keys: "signed-by or repository-keys"
};
async function verifyInRelease(data, options) {
	const { readCleartextMessage } = await import("./lazy-openpgp.js");
	const text = Buffer.from(data).toString("utf8");
	if (stripSignature(text, options.where) === text) throw notSigned(options);
	let message;
	try {
		message = await readCleartextMessage({ cleartextMessage: text });
	} catch (error) {
		throw badSignature(options, quote(messageOf(error)), error);
	}
	await requireSignature(message, options);
	return message.getText();
}
async function verifyDetached(data, signature, options) {
	if (signature === void 0) throw notSigned(options);
	const { createMessage, readSignature, PacketList, Signature } = await import("./lazy-openpgp.js");
	const armor = Buffer.from(signature).toString("latin1");
	const message = await createMessage({ binary: data });
	try {
		const signatures = armor.includes("-----BEGIN PGP ") ? await Promise.all([...armor.matchAll(BLOCK)].map(([block]) => readSignature({ armoredSignature: block }))) : [await readSignature({ binarySignature: signature })];
		const packets = new PacketList();
		for (const each of signatures) packets.push(...each.packets);
		await requireSignature(message, {
			...options,
			detached: new Signature(packets)
		});
	} catch (error) {
		if (error instanceof UserError) throw error;
		throw badSignature(options, quote(messageOf(error)), error);
	}
	return Buffer.from(data).toString("utf8");
}
async function requireSignature(message, options) {
	const openpgp = await import("./lazy-openpgp.js");
	const config = {
		...openpgp.config,
		allowMissingKeyFlags: true
	};
	const now = new Date(Date.now() + options.maxFuture * 1e3);
	const common = {
		verificationKeys: [...options.keys],
		date: now,
		config
	};
	const result = message instanceof openpgp.CleartextMessage ? await openpgp.verify({
		...common,
		message
	}) : await openpgp.verify({
		...common,
		message,
		format: "binary",
		...options.detached ? { signature: options.detached } : {}
	});
	if (result.signatures.length === 0) throw notSigned(options);
	const reasons = [];
	for (const { keyID, verified } of result.signatures) {
		const id = keyID.toHex().toUpperCase();
		const key = options.keys.find((candidate) => candidate.getKeys(keyID).length > 0);
		if (key === void 0) {
			reasons.push(`signed by ${id}, which is none of the given keys`);
			continue;
		}
		const signer = key.getKeys(keyID)[0]?.getFingerprint().toUpperCase() ?? "";
		const primary = key.getFingerprint().toUpperCase();
		if (options.fingerprints.length > 0 && !options.fingerprints.some((one) => one === signer || one === primary)) {
			reasons.push(`signed by ${signer}, which signed-by does not name`);
			continue;
		}
		try {
			await verified;
			await key.getSigningKey(keyID, /* @__PURE__ */ new Date(), void 0, config);
			return;
		} catch (error) {
			reasons.push(`key ${signer}: ${messageOf(error)}`);
		}
	}
	throw badSignature(options, quote(reasons.join("; "), 400));
}
function notSigned({ where, wording = RELEASE }) {
	return new UserError({
		what: `${wording.subject} is not signed`,
		where,
		expected: wording.signature,
		remedy: wording.remedy
	});
}
function badSignature({ where, wording = RELEASE }, found, cause) {
	return new UserError({
		what: "no valid signature by a trusted key",
		where,
		found,
		expected: `a signature by a key of ${wording.keys}`
	}, { cause });
}

// src/repository/deb-index/indexes.ts
function wantedIndexes(source, release, request, where) {
	const isLocal = source.location.kind === "folder";
	const wanted = [];
	const add = (kind, path) => {
		const variants = COMPRESSIONS.flatMap((compression) => {
			const listed = release.files.get(`${path}${compression}`);
			return listed === void 0 ? [] : [{
				compression,
				path: `${path}${compression}`,
				listed
			}];
		});
		if (variants.length === 0) return false;
		const plain = variants[0]?.compression === "" && !isLocal ? variants.splice(0, 1) : [];
		wanted.push({
			kind,
			path,
			variants: [...variants, ...plain],
			plainSize: release.files.get(path)?.size
		});
		return true;
	};
	const binaries = source.type === "deb" && request.binaries;
	if (source.isFlat) {
		const found = [binaries && add("Packages", "Packages"), request.sources && add("Sources", "Sources")];
		if (binaries && !found[0]) throw missing("the Release file lists no Packages index", where, [...release.files.keys()]);
		if (source.type === "deb-src" && request.sources && !found[1]) throw missing("the Release file lists no Sources index", where, [...release.files.keys()]);
		return wanted;
	}
	for (const component of source.components) {
		if (![...release.files.keys()].some((file) => file.startsWith(`${component}/`))) throw missing(`the repository has no component ${quote(component)}`, where, componentsOf$1(release));
		if (binaries) for (const architecture of architecturesToRead(component, source, release, request)) {
			add("Packages", `${component}/binary-${architecture}/Packages`);
			if (request.udebs) add("Packages", `${component}/debian-installer/binary-${architecture}/Packages`);
		}
		if (request.sources) {
			if (!add("Sources", `${component}/source/Sources`) && source.type === "deb-src") throw missing(`the component ${quote(component)} has no Sources index`, where, componentsOf$1(release));
		}
	}
	return wanted;
}
function architecturesToRead(component, source, release, request) {
	const concrete = [...request.architectures].filter((architecture) => architecture !== "all");
	const prefix = `${component}/binary-`;
	const listed = [...release.files.keys()].flatMap((file) => file.startsWith(prefix) ? [file.slice(prefix.length).split("/")[0] ?? ""] : []);
	const read = new Set(source.architectures ?? (concrete.length > 0 ? concrete : listed));
	if (!release.hasAllInEveryIndex) read.add("all");
	else if (read.size > 1) read.delete("all");
	return read;
}
function componentsOf$1(release) {
	return [...new Set([...release.files.keys()].map((file) => file.replace(/\/(?:binary-|source|debian-installer).*/, "")))].filter((component) => component !== "" && !component.includes("Contents")).slice(0, 8);
}
function missing(what, where, found) {
	return new UserError({
		what,
		where,
		found: found.length === 0 ? "none" : quote(found)
	});
}
function unlistedIndexes(source, request) {
	const index = (kind, isOptional = false) => ({
		kind,
		isOptional,
		path: kind,
		plainSize: void 0,
		variants: COMPRESSIONS.toReversed().map((compression) => ({
			compression,
			path: `${kind}${compression}`,
			listed: void 0
		}))
	});
	return [...source.type === "deb" && request.binaries ? [index("Packages")] : [], ...request.sources ? [index("Sources", source.type === "deb")] : []];
}

// src/repository/deb-index/read.ts
const MAX_RELEASE_BYTES = 67108864;
const MAX_INDEX_BYTES = 4294967296;
const PARALLEL$1 = 4;
async function readRepository(source, options) {
	const verified = /* @__PURE__ */ new Map();
	return withAttempts(source.uri, options, () => readOnce$1(source, options, verified));
}
async function readOnce$1(given, options, verified) {
	const { uri, suite } = given;
	const folder = given.isFlat ? suite.replace(/^\.?\/+|\/+$/g, "") : `dists/${suite}`;
	const source = await settle$2(given, folder);
	const empty = {
		uri,
		suite,
		channel: options.channel,
		date: void 0,
		packages: []
	};
	if (source === void 0) {
		if (options.allowMissing) {
			options.logger?.info(`${uri} ${suite}: not there yet, so it counts as empty`);
			return {
				...empty,
				exists: false
			};
		}
		throw new UserError({
			what: "the folder of the repository does not exist",
			where: path.join(uri, folder),
			expected: "a published repository",
			remedy: "say allow-missing where nothing has been published yet"
		});
	}
	const file = (name) => folder === "" ? name : `${folder}/${name}`;
	const release = await readRelease$2(source, file, options);
	const wanted = release === void 0 ? unlistedIndexes(source, options) : wantedIndexes(source, release, options, nameOf$2(source.location, file("Release")));
	const lists = [];
	const rest = [...wanted];
	const others = new AbortController();
	const signal = options.signal === void 0 ? others.signal : AbortSignal.any([options.signal, others.signal]);
	const context = {
		source,
		file,
		useByHash: usesByHash(source, release),
		options: {
			...options,
			signal
		},
		verified
	};
	const work = async () => {
		for (let index = rest.shift(); index !== void 0; index = rest.shift()) {
			options.logger?.progress(`Reading ${uri} ${suite} ${index.path}`);
			lists.push(await readIndexFile$1(index, context));
		}
	};
	try {
		await Promise.all(Array.from({ length: Math.min(PARALLEL$1, rest.length) }, work));
	} finally {
		others.abort();
	}
	return {
		...empty,
		exists: true,
		date: release?.date,
		packages: lists.flat()
	};
}
async function settle$2(source, folder) {
	if (source.location.kind !== "folder") return source;
	const resolved = await realpath(source.location.folder).catch((error) => {
		if (error.code === "ENOENT" || error.code === "ENOTDIR") return void 0;
		throw error;
	});
	if (resolved === void 0) return void 0;
	return (await stat(path.join(resolved, folder)).catch(() => void 0))?.isDirectory() ? {
		...source,
		location: {
			kind: "folder",
			folder: resolved
		}
	} : void 0;
}
async function readRelease$2(source, file, options) {
	const { location } = source;
	const get = (name) => fetchFile(location, file(name), fetchOptions(options, MAX_RELEASE_BYTES));
	const where = (name) => nameOf$2(location, file(name));
	const signed = source.trusted ? void 0 : await signatureOptions(source, options);
	const inRelease = await get("InRelease");
	if (inRelease !== void 0) {
		const text = signed === void 0 ? stripSignature(inRelease.toString("utf8"), where("InRelease")) : await verifyInRelease(inRelease, {
			...signed,
			where: where("InRelease")
		});
		return checkDates(parseRelease(text, where("InRelease")), source, where("InRelease"));
	}
	const release = await get("Release");
	if (release === void 0) {
		if (source.trusted && source.isFlat) return void 0;
		throw new UserError({
			what: "no Release file there",
			where: where("InRelease"),
			found: location.kind === "http" ? "HTTP 404 for InRelease and Release" : "neither InRelease nor Release",
			expected: "the URI and the suite of an apt repository"
		});
	}
	let text = release.toString("utf8");
	if (signed !== void 0) text = await verifyDetached(release, await get("Release.gpg"), {
		...signed,
		where: where("Release")
	});
	return checkDates(parseRelease(text, where("Release")), source, where("Release"));
}
async function signatureOptions(source, options) {
	const files = source.keyFiles.length > 0 ? source.keyFiles : options.keyFiles ?? [];
	if (files.length === 0) throw new UserError({
		what: "no key is named for the repository",
		where: source.uri,
		expected: "[signed-by=KEY-FILE] in its line, or a key file for all repositories",
		remedy: "or write [trusted=yes] for one that nobody else can write to"
	});
	return {
		keys: await readKeyFiles(files),
		fingerprints: source.fingerprints,
		maxFuture: source.dateMaxFuture
	};
}
function checkDates(release, source, where) {
	const now = Date.now() / 1e3;
	const shown = (seconds) => (/* @__PURE__ */ new Date(seconds * 1e3)).toISOString();
	if (release.date === void 0) {
		if (!source.checkDate || source.trusted) return release;
		throw new UserError({
			what: "a Release file without a date",
			where,
			expected: "the field Date"
		});
	}
	if (source.checkDate && release.date > now + source.dateMaxFuture) throw new UserError({
		what: "the Release file is not valid yet",
		where: `${where} Date`,
		found: shown(release.date),
		expected: `at most ${shown(now)}`,
		remedy: "set this machine's clock, or write [check-date=no]"
	});
	const { validUntilMax, validUntilMin } = source;
	let until = release.validUntil ?? Number.POSITIVE_INFINITY;
	if (validUntilMax !== void 0) until = Math.min(until, release.date + validUntilMax);
	if (validUntilMin !== void 0) until = Math.max(until, release.date + validUntilMin);
	if (source.checkDate && source.checkValidUntil && until < now) throw new UserError({
		what: "the Release file has expired",
		where: `${where} Valid-Until`,
		found: shown(until),
		expected: `later than ${shown(now)}`,
		remedy: "publish the repository again, or write [check-valid-until=no]"
	});
	return release;
}
function usesByHash(source, release) {
	return source.byHash === void 0 ? release?.acquireByHash ?? false : source.byHash !== "no";
}
async function readIndexFile$1(index, context) {
	const { source, file, options } = context;
	for (const variant of index.variants) {
		const data = await fetchVariant(variant, context);
		if (data === void 0) continue;
		const where = nameOf$2(source.location, file(variant.path));
		const packages = [];
		const reader = new IndexReader({
			kind: index.kind,
			channel: options.channel,
			file: where,
			...options.names === void 0 ? {} : { names: options.names }
		}, (published) => packages.push(published));
		await decompress(data, variant.compression, {
			file: where,
			maxBytes: index.plainSize ?? MAX_INDEX_BYTES,
			onPiece: (piece) => reader.push(piece),
			...options.signal === void 0 ? {} : { signal: options.signal }
		});
		reader.end();
		return packages;
	}
	if (index.isOptional) return [];
	throw new UserError({
		what: "an index of the repository is not there",
		where: nameOf$2(source.location, file(index.path)),
		found: `none of ${quote(index.variants.map((variant) => path.posix.basename(variant.path)))}`
	});
}
async function fetchVariant(variant, context) {
	const { file, options, verified } = context;
	const { location } = context.source;
	const { listed } = variant;
	const known = listed === void 0 ? void 0 : verified.get(listed.sha256);
	if (known !== void 0) return known;
	const folder = path.posix.dirname(variant.path);
	const names = listed !== void 0 && context.useByHash ? [path.posix.join(folder, "by-hash/SHA256", listed.sha256), variant.path] : [variant.path];
	for (const name of names) {
		const data = await fetchFile(location, file(name), fetchOptions(options, listed?.size ?? MAX_INDEX_BYTES));
		if (data === void 0) continue;
		if (listed === void 0) return data;
		const sha256 = createHash("sha256").update(data).digest("hex");
		if (data.length !== listed.size || sha256 !== listed.sha256) {
			const shown = (size, digest) => `${size} bytes, sha256 ${digest.slice(0, 12)}…`;
			throw new TransientError(`${nameOf$2(location, file(name))}: not the file that Release lists (found ${shown(data.length, sha256)}, expected ${shown(listed.size, listed.sha256)})`);
		}
		verified.set(sha256, data);
		return data;
	}
}

// src/repository/layout.ts
var RepositoryPaths = class {
	root;
	lease;
	public;
	pool;
	snapshots;
	private;
	history;
	staging;
	constructor(root) {
		this.root = root;
		this.lease = path.join(root, "lease");
		this.public = path.join(root, "public");
		this.pool = path.join(this.public, "pool");
		this.snapshots = path.join(this.public, "snapshots");
		this.private = path.join(root, "private");
		this.history = path.join(this.private, "history.jsonl");
		this.staging = path.join(root, "staging");
	}
	snapshot(id) {
		return path.join(this.snapshots, id);
	}
};
const KEEP_SUPERSEDED_MS = 864e5;
const RESERVED = /* @__PURE__ */ new Set([
	"pool",
	"snapshots",
	"dists",
	"review"
]);
function isChannelName(text) {
	return /^[A-Za-z0-9](?:[A-Za-z0-9+~_-]|\.(?!\.|$))*$/.test(text) && text.length <= 64 && !RESERVED.has(text) && !/\.(?:asc|gpg|html|sources|repo|json|txt|new)$/.test(text);
}
function checkChannelName(text, where) {
	if (isChannelName(text)) return text;
	throw new UserError({
		what: "not a name of a channel",
		where,
		found: quote(text),
		expected: `letters, digits, +~_- and single dots, starting with a letter or digit, no file name, and none of ${[...RESERVED].join(", ")}`
	});
}
const SNAPSHOT_ID = /^\d{8}T\d{6}Z-[0-9a-f]{6}$/;
function newSnapshotId(now) {
	return `${`${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`}-${randomBytes(3).toString("hex")}`;
}
function isSnapshotId(text) {
	return SNAPSHOT_ID.test(text);
}
function channelTarget(id) {
	return `snapshots/${id}`;
}
function isPoolPath(text) {
	const [first, ...rest] = text.split("/");
	return first === "pool" && rest.length > 0 && rest.every((part) => /^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]{0,254}$/.test(part));
}
function fileUri(folder) {
	if (/["\\\u0000-\u001f\u007f]/.test(folder)) throw new UserError({
		what: "a path that apt cannot use",
		where: "the repository",
		found: quote(folder),
		expected: "no quotes, backslashes or control characters"
	});
	return `file:${folder.split("/").map(encodeURIComponent).join("/")}`;
}
function fileUrl(target) {
	return `file://${target.split("/").map(encodeURIComponent).join("/")}`;
}

// src/repository/rpm-index/xml.ts
var import_saxes = require_saxes();
const PIECE = 1048576;
const MAX_TOKEN = 16777216;
const MAX_DEPTH = 32;
var XmlReader = class {
	#parser = new import_saxes.SaxesParser();
	#decoder = new TextDecoder("utf-8", { fatal: true });
	#options;
	#depth = 0;
	#pending = 0;
	constructor(options) {
		this.#options = options;
		const parser = this.#parser;
		parser.on("xmldecl", ({ encoding }) => {
			if (encoding !== void 0 && !/^(?:utf-?8|us-ascii)$/i.test(encoding)) throw this.#wrong("XML in another encoding", quote(encoding), "UTF-8");
		});
		parser.on("doctype", () => {
			throw this.#wrong("a document type declaration", "<!DOCTYPE", "XML without one");
		});
		parser.on("opentag", ({ name, attributes }) => {
			this.#pending = 0;
			this.#depth++;
			if (this.#depth > MAX_DEPTH) throw this.#wrong("XML that is nested too deep", `${this.#depth} tags`);
			if (this.#depth === 1 && name !== options.root) throw this.#wrong("XML of another kind", quote(name), `<${options.root}>`);
			options.onOpen({
				name,
				attributes,
				depth: this.#depth
			});
		});
		parser.on("text", options.onText);
		parser.on("cdata", options.onText);
		parser.on("closetag", () => {
			this.#pending = 0;
			options.onClose(this.#depth);
			this.#depth--;
		});
	}
	push(piece) {
		for (let start = 0; start < piece.length; start += PIECE) {
			const part = piece.subarray(start, start + PIECE);
			this.#write(() => this.#decoder.decode(part, { stream: true }));
		}
	}
	end() {
		this.#write(() => this.#decoder.decode());
		this.#guard(() => this.#parser.close());
	}
	#write(decode) {
		const text = this.#guard(decode);
		this.#pending += text.length;
		this.#guard(() => this.#parser.write(text));
		if (this.#pending > MAX_TOKEN) throw this.#wrong("XML with a tag or text that does not end", `${MAX_TOKEN} characters`);
	}
	#guard(body) {
		try {
			return body();
		} catch (error) {
			if (error instanceof UserError) throw error;
			const isEncoding = error instanceof TypeError;
			throw new UserError({
				what: isEncoding ? "XML that is not UTF-8" : "XML that is not well-formed",
				where: this.#where(),
				...isEncoding ? {} : { found: quote(messageOf(error).replace(/^\d+:\d+: /, "")) }
			}, { cause: error });
		}
	}
	#where() {
		return `${this.#options.file}:${this.#parser.line}`;
	}
	#wrong(what, found, expected) {
		return new UserError({
			what,
			where: this.#where(),
			found,
			...expected === void 0 ? {} : { expected }
		});
	}
};

// src/repository/rpm-index/reference.ts
const STRANGE = /[\u0000-\u001f\\]|%[01][0-9A-Fa-f]/;
function resolveReference(repository, { href, base }, where) {
	const root = repository.kind === "http" ? new URL(`${repository.url}/`) : pathToFileURL(`${repository.folder}/`);
	const refuse = (found) => new UserError({
		what: "a location that leads out of the repository",
		where,
		found: quote(found),
		expected: "a path below the repository, or an http or https address"
	});
	const baseUrl = base === void 0 ? root : parse(base.endsWith("/") ? base : `${base}/`, root);
	const url = baseUrl && parse(href, baseUrl);
	const isStrange = href === "" || STRANGE.test(href) || STRANGE.test(base ?? "");
	if (baseUrl === void 0 || url === void 0 || isStrange) throw refuse(base === void 0 ? href : `${base} ${href}`);
	const isBelow = (other) => url.origin === other.origin && url.pathname.startsWith(other.pathname);
	if (!isAddress(href) && !isBelow(baseUrl)) throw refuse(href);
	if (base !== void 0 && !isAddress(base) && !baseUrl.href.startsWith(root.href)) throw refuse(base);
	if (url.protocol === "file:") {
		if (repository.kind !== "folder" || !url.href.startsWith(root.href)) throw refuse(href);
		return {
			location: repository,
			file: relativePath(root, url, () => refuse(href))
		};
	}
	if (url.protocol !== "http:" && url.protocol !== "https:") throw refuse(href);
	const authorization = repository.kind === "http" && url.origin === root.origin ? repository.authorization : void 0;
	return {
		location: {
			kind: "http",
			url: url.origin,
			authorization
		},
		file: `${url.pathname.slice(1)}${isAddress(href) ? url.search : ""}`
	};
}
function isAddress(text) {
	return /^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}
function parse(text, base) {
	const path = text.replaceAll("?", "%3F").replaceAll("#", "%23").replace(/%(?![0-9A-Fa-f]{2})/g, "%25");
	const written = isAddress(text) ? text : path.startsWith("/") ? path : `./${path}`;
	return URL.parse(written, base.href) ?? void 0;
}
function relativePath(root, url, refusal) {
	try {
		return fileURLToPath(url).slice(fileURLToPath(root).length);
	} catch {
		throw refusal();
	}
}

// src/repository/rpm-index/header.ts
const MAX_HEADER_END = 67108864;
const UNKNOWN_HEADER_END = 4194304;
async function publishedHeaderDigest(repository, listed, file, options) {
	const place = resolveReference(repository, listed.location, `${file} ${listed.name}`);
	const where = nameOf$2(place.location, place.file);
	const end = headerEnd(listed, `${file} ${listed.name}`);
	const start = await fetchStart(place.location, place.file, end, fetchOptions(options, end));
	if (start === void 0) throw new UserError({
		what: "a package that the repository lists is not there",
		where,
		expected: shown$1(listed)
	});
	return checkHeader(start, listed, where);
}
function headerEnd({ headerRange, size }, where) {
	if (headerRange === void 0) return Math.min(size ?? UNKNOWN_HEADER_END, UNKNOWN_HEADER_END);
	const { start, end } = headerRange;
	if (start < 96 || end <= start || end > (size ?? MAX_HEADER_END) || end > MAX_HEADER_END) throw new UserError({
		what: "an impossible place for the header of a package",
		where: `${where} header-range`,
		found: `${start} to ${end}${size === void 0 ? "" : ` of ${size} bytes`}`,
		expected: `an end below ${MAX_HEADER_END}`
	});
	return end;
}
function checkHeader(bytes, listed, where) {
	const wrong = (what, found, expected) => new UserError({
		what,
		where,
		found,
		expected
	});
	const part = (start, length) => bytes.subarray(start, start + length);
	if (bytes.length < 96 || !bytes.subarray(0, 4).equals(Buffer.from("edabeedb", "hex"))) throw wrong("not an rpm package", "a file of another kind", shown$1(listed));
	const signatureSize = headerSize(part(96, 16), "signature", where);
	const signature = parseHeader(part(96, signatureSize), "signature", where);
	const start = 96 + padded(signatureSize);
	const mainSize = headerSize(part(start, 16), "main", where);
	const end = start + mainSize;
	const { headerRange } = listed;
	if (headerRange !== void 0 && (headerRange.start !== start || headerRange.end !== end)) throw wrong("a package that is not the listed one", `a header from ${start} to ${end}`, `one from ${headerRange.start} to ${headerRange.end}`);
	const main = part(start, mainSize);
	const header = parseHeader(main, "main", where);
	const headerDigest = headerDigestOf(main);
	const claimed = tagString(signature, SIGNATURE_TAG.sha256);
	if (claimed !== void 0 && claimed !== headerDigest) throw wrong("the header of a published package does not match its digest", headerDigest, quote(claimed));
	const found = rpmCandidate(describePackage({
		signature,
		header,
		headerRange: {
			start,
			end
		},
		headerDigest,
		size: listed.size ?? bytes.length
	}, where));
	if (shown$1(found) !== shown$1(listed)) throw wrong("a package that is not the listed one", shown$1(found), shown$1(listed));
	return headerDigest;
}
function shown$1({ name, version, architecture }) {
	return `${name} ${version} (${architecture})`;
}

// src/repository/rpm-index/primary.ts
var PrimaryReader = class {
	#options;
	#onPackage;
	#xml;
	#package;
	#field;
	#text = "";
	#count = 0;
	constructor(options, onPackage) {
		this.#options = options;
		this.#onPackage = onPackage;
		this.#xml = new XmlReader({
			file: options.file,
			root: "metadata",
			onOpen: (tag) => this.#open(tag),
			onText: (text) => {
				if (this.#field !== void 0) this.#text += text;
			},
			onClose: (depth) => this.#close(depth)
		});
	}
	push(piece) {
		this.#xml.push(piece);
	}
	end() {
		this.#xml.end();
	}
	get count() {
		return this.#count;
	}
	#open({ name, attributes, depth }) {
		if (depth === 2) {
			this.#package = name === "package" && attributes["type"] === "rpm" ? {
				name: void 0,
				architecture: void 0,
				version: void 0,
				location: void 0,
				range: void 0,
				size: void 0,
				source: void 0
			} : void 0;
			return;
		}
		const fields = this.#package;
		if (fields === void 0) return;
		this.#field = void 0;
		if (depth === 3) {
			if (name === "name" || name === "arch") {
				this.#field = name === "name" ? "name" : "architecture";
				this.#text = "";
			} else if (name === "version") fields.version = this.#once(fields.version, attributes, name);
			else if (name === "location") fields.location = this.#once(fields.location, attributes, name);
			else if (name === "size") fields.size = attributes["package"];
		} else if (depth === 4 && name === "rpm:header-range") fields.range = this.#once(fields.range, attributes, name);
		else if (depth === 4 && name === "rpm:sourcerpm") {
			this.#field = "source";
			this.#text = "";
		}
	}
	#close(depth) {
		const fields = this.#package;
		if (fields === void 0) return;
		if ((depth === 3 || depth === 4) && this.#field !== void 0) fields[this.#field] = this.#once(fields[this.#field], this.#text.trim(), this.#field);
		this.#field = void 0;
		if (depth !== 2) return;
		this.#package = void 0;
		this.#emit(fields);
		this.#count++;
	}
	#once(before, value, name) {
		if (before === void 0) return value;
		throw this.#wrong("a package that says twice what it is", name);
	}
	#emit({ name, architecture, version, location, range, size, source }) {
		if (name === void 0 || name === "") throw this.#wrong("a package without a name", "");
		if (this.#options.names !== void 0 && !this.#options.names.has(name)) return;
		const { ver = "", rel = "", epoch = "" } = version ?? {};
		const href = location?.["href"] ?? "";
		const lacks = ver === "" || rel === "" ? "version" : architecture === void 0 ? "arch" : href === "" ? "location" : "";
		if (lacks !== "") throw this.#wrong(`a package without ${lacks === "arch" ? "an" : "a"} ${lacks}`, name);
		if (!/^[A-Za-z0-9_]{1,40}$/.test(architecture ?? "")) throw this.#wrong("not an architecture", architecture ?? "");
		const evr = parseEvr(`${epoch === "" ? "" : `${epoch}:`}${ver}-${rel}`, `${this.#options.file} ${name}`);
		const isSource = architecture === "src" || architecture === "nosrc";
		const start = this.#number(range?.["start"], name);
		const end = this.#number(range?.["end"], name);
		this.#onPackage({
			kind: isSource ? "source" : "binary",
			name,
			version: versionText(evr),
			architecture: isSource ? "source" : architecture ?? "",
			...isSource ? { source: `${name}-${ver}-${rel}` } : source ? { source: sourceName(source) } : {},
			channel: this.#options.channel,
			location: {
				href,
				base: location?.["xml:base"]
			},
			headerRange: start === void 0 || end === void 0 ? void 0 : {
				start,
				end
			},
			size: this.#number(size, name)
		});
	}
	#number(text, name) {
		if (text === void 0 || text === "") return void 0;
		if (/^\d{1,15}$/.test(text)) return Number(text);
		throw this.#wrong(`not a number, in the package ${quote(name)}`, text);
	}
	#wrong(what, found) {
		return new UserError({
			what,
			where: `${this.#options.file} package ${this.#count + 1}`,
			...found === "" ? {} : { found: quote(found) }
		});
	}
};

// src/repository/rpm-index/repomd.ts
const ALGORITHMS = [
	"sha224",
	"sha256",
	"sha384",
	"sha512"
];
const LENGTHS = {
	sha224: 56,
	sha256: 64,
	sha384: 96,
	sha512: 128
};
function repomdData(data, file) {
	const records = [];
	let current;
	let field;
	let text = "";
	const reader = new XmlReader({
		file,
		root: "repomd",
		onOpen: ({ name, attributes, depth }) => {
			text = "";
			field = depth === 3 ? name : void 0;
			if (depth === 2 && name === "data") {
				current = {
					type: attributes["type"] ?? "",
					texts: /* @__PURE__ */ new Map(),
					checksumType: void 0,
					location: void 0
				};
				records.push(current);
			}
			if (current === void 0 || depth !== 3) return;
			if (name === "checksum") current.checksumType = attributes["type"] ?? "";
			if (name === "location") current.location = {
				href: attributes["href"] ?? "",
				base: attributes["xml:base"]
			};
		},
		onText: (piece) => {
			if (field !== void 0) text += piece;
		},
		onClose: (depth) => {
			if (depth === 3 && field !== void 0) current?.texts.set(field, text.trim());
			if (depth === 2) current = void 0;
			field = void 0;
		}
	});
	reader.push(data);
	reader.end();
	return records;
}
function parseRepomd(data, file) {
	const records = repomdData(data, file);
	const [primary, second] = records.filter(({ type }) => type === "primary");
	if (primary === void 0) throw new UserError({
		what: "the repository has no primary index",
		where: file,
		found: records.length === 0 ? "no index" : quote(records.map(({ type }) => type)),
		expected: "<data type=\"primary\">"
	});
	if (second !== void 0) throw new UserError({
		what: "a primary index that is listed twice",
		where: file
	});
	const dates = records.flatMap(({ texts }) => number(texts.get("timestamp"), `${file} timestamp`) ?? []);
	return {
		primary: indexRecord(primary, `${file} primary`),
		date: dates.length === 0 ? void 0 : Math.max(...dates)
	};
}
function indexRecord({ texts, checksumType, location }, where) {
	if (location === void 0) throw new UserError({
		what: "an index without a location",
		where
	});
	const checksum = parseChecksum(checksumType, texts.get("checksum"));
	if (checksum === void 0) throw new UserError({
		what: "an index without a digest that counts",
		where,
		found: quote(`${checksumType ?? "none"} ${texts.get("checksum") ?? ""}`.trim()),
		expected: ALGORITHMS.join(", "),
		remedy: "createrepo_c --checksum=sha256"
	});
	const extension = /\.xml(\.[a-z0-9]+)?$/.exec(location.href)?.[1] ?? "";
	const compression = COMPRESSIONS.find((known) => known === extension);
	if (compression === void 0) throw new UserError({
		what: "an index in a compression that cannot be read",
		where,
		found: quote(location.href),
		expected: "a primary.xml, plain or as .gz, .xz or .zst"
	});
	return {
		location,
		compression,
		checksum,
		size: number(texts.get("size"), `${where} size`),
		openSize: number(texts.get("open-size"), `${where} open-size`)
	};
}
function parseChecksum(type, value) {
	const algorithm = ALGORITHMS.find((known) => known === type);
	const digest = value?.toLowerCase() ?? "";
	if (algorithm === void 0 || digest.length !== LENGTHS[algorithm] || !/^[0-9a-f]+$/.test(digest)) return void 0;
	return {
		algorithm,
		digest
	};
}
function number(text, where) {
	if (text === void 0 || text === "") return void 0;
	if (/^\d{1,15}(?:\.\d+)?$/.test(text)) return Math.floor(Number(text));
	throw new UserError({
		what: "not a number",
		where,
		found: quote(text)
	});
}

// src/repository/rpm-index/read.ts
const DEBUG_FOLDER = "debug";
const SOURCE_FOLDERS = [
	"source",
	"SRPMS",
	"src"
];
const BASE_ARCHITECTURES = [
	"x86_64",
	"aarch64",
	"ppc64le",
	"s390x",
	"riscv64",
	"i386",
	"armhfp",
	"noarch"
];
const REPOMD$1 = "repodata/repomd.xml";
const MAX_REPOMD_BYTES = 16777216;
const MAX_PRIMARY_BYTES = 1073741824;
const MAX_OPEN_BYTES = 8589934592;
const PARALLEL = 4;
const MAX_FUTURE = 10;
const WORDING = {
	subject: "repomd.xml",
	signature: "a repomd.xml.asc beside it",
	remedy: "sign the repository, or write trusted=yes for one that nobody else can write to",
	keys: "the repository's key= or repository-keys"
};
async function readRpmRepositories(source, options) {
	const settled = await settle$1(source.location);
	const found = [];
	if (settled !== void 0) {
		for (const below of stages(source, options.candidates)) {
			const places = below.map((folder) => placeOf(source, settled, folder));
			const contents = await inParallel(places, PARALLEL, (place) => withAttempts(place.uri, options, () => readOnce(place, source, options)));
			found.push(...contents.filter((content) => content !== void 0));
			if (found.length > 0) return found;
		}
		if (await isRoot(source, settled, options)) {
			options.logger?.info(`${source.uri}: has no repository of these architectures yet`);
			return [{
				uri: source.uri,
				channel: options.channel,
				exists: true,
				date: void 0,
				packages: []
			}];
		}
	}
	if (options.allowMissing && source.location.kind === "folder") {
		options.logger?.info(`${source.uri}: not there yet, so it counts as empty`);
		return [{
			uri: source.uri,
			channel: options.channel,
			exists: false,
			date: void 0,
			packages: []
		}];
	}
	const isFolder = source.location.kind === "folder";
	throw new UserError({
		what: settled === void 0 ? "the folder of the repository does not exist" : "no rpm repository there",
		where: source.uri,
		...settled === void 0 ? {} : { found: `no repodata/repomd.xml${isFolder ? "" : " (HTTP 404)"}` },
		expected: "a folder with repodata/repomd.xml, or one that holds such folders: x86_64, source",
		...isFolder ? { remedy: "say allow-missing where nothing has been published yet" } : {}
	});
}
function stages({ location }, candidates) {
	const binaries = candidates.filter(({ kind }) => kind === "binary");
	const architectures = binaries.map(({ architecture }) => architecture);
	const isAny = architectures.includes("noarch");
	const needed = new Set(isAny ? BASE_ARCHITECTURES : architectures.map(baseArchitecture));
	if (needed.size > 0) needed.add("noarch");
	const hasDebug = binaries.some(({ name }) => isDebugName(name));
	const withDebug = (folder) => [folder, ...hasDebug ? [path.posix.join(folder, DEBUG_FOLDER)] : []];
	if (usesVariable(location)) return [[...needed]];
	const hasSource = candidates.some(({ kind }) => kind === "source");
	return [withDebug(""), [...[...needed].flatMap(withDebug), ...hasSource ? SOURCE_FOLDERS : []]];
}
async function isRoot(source, settled, options) {
	const folders = [...BASE_ARCHITECTURES, ...usesVariable(settled) ? [] : SOURCE_FOLDERS];
	return (await inParallel(folders, PARALLEL, (folder) => {
		const { location, uri } = placeOf(source, settled, folder);
		return withAttempts(uri, options, () => fetchFile(location, REPOMD$1, fetchOptions(options, MAX_REPOMD_BYTES)));
	})).some((data) => data !== void 0);
}
const VARIABLE$1 = "$basearch";
function usesVariable(location) {
	return (location.kind === "http" ? location.url : location.folder).includes(VARIABLE$1);
}
function placeOf(source, location, folder) {
	const isVariable = usesVariable(location);
	const inside = (text) => isVariable ? text.replaceAll(VARIABLE$1, folder) : folder === "" ? text : `${text.replace(/\/$/, "")}/${folder}`;
	return {
		uri: inside(source.uri),
		location: location.kind === "http" ? {
			...location,
			url: inside(location.url)
		} : {
			kind: "folder",
			folder: inside(location.folder)
		}
	};
}
async function settle$1(location) {
	if (location.kind !== "folder" || usesVariable(location)) return location;
	const resolved = await realpath(location.folder).catch((error) => {
		if (error.code === "ENOENT" || error.code === "ENOTDIR") return void 0;
		throw error;
	});
	if (resolved === void 0 || !(await stat(resolved)).isDirectory()) return void 0;
	return {
		kind: "folder",
		folder: resolved
	};
}
async function readOnce({ location, uri }, source, options) {
	const get = (name) => fetchFile(location, name, fetchOptions(options, MAX_REPOMD_BYTES));
	const data = await get(REPOMD$1);
	if (data === void 0) return void 0;
	try {
		const repomd = await verify(data, () => get(`${REPOMD$1}.asc`), nameOf$2(location, REPOMD$1), {
			source,
			options
		});
		const packages = await withDigests(location, await readPrimary$1(location, repomd, options), options);
		return {
			uri,
			channel: options.channel,
			exists: true,
			date: repomd.date,
			packages
		};
	} catch (error) {
		if (!(error instanceof UserError) || (await get(REPOMD$1).catch(() => data))?.equals(data)) throw error;
		throw new TransientError(`${nameOf$2(location, REPOMD$1)} was replaced while it was read: ${error.message}`, { cause: error });
	}
}
async function verify(data, signature, where, { source, options }) {
	if (!source.trusted) {
		const files = source.keyFiles.length > 0 ? source.keyFiles : options.keyFiles ?? [];
		if (files.length > 0) {
			const keys = await readKeyFiles(files);
			await verifyDetached(data, await signature(), {
				where,
				keys,
				fingerprints: [],
				maxFuture: MAX_FUTURE,
				wording: WORDING
			});
		} else if (source.location.kind === "http") throw new UserError({
			what: "no key is named for the repository",
			where: source.uri,
			expected: "key=FILE in its line, or a key file for all repositories",
			remedy: "or write trusted=yes for one that nobody else can write to"
		});
	}
	return parseRepomd(data, where);
}
async function readPrimary$1(location, { primary }, options) {
	const place = resolveReference(location, primary.location, nameOf$2(location, REPOMD$1));
	const file = nameOf$2(place.location, place.file);
	const data = await fetchFile(place.location, place.file, fetchOptions(options, primary.size ?? MAX_PRIMARY_BYTES));
	if (data === void 0) throw new UserError({
		what: "an index of the repository is not there",
		where: file,
		expected: "the listed file"
	});
	checkIndex(data, primary, file);
	const packages = [];
	const names = new Set(options.candidates.map(({ name }) => name));
	const reader = new PrimaryReader({
		channel: options.channel,
		file,
		names
	}, (listed) => packages.push(listed));
	await decompress(data, primary.compression, {
		file,
		maxBytes: Math.min(primary.openSize ?? MAX_OPEN_BYTES, MAX_OPEN_BYTES),
		onPiece: (piece) => reader.push(piece),
		...options.signal === void 0 ? {} : { signal: options.signal }
	});
	reader.end();
	return packages;
}
function checkIndex(data, { checksum, size }, file) {
	const digest = createHash(checksum.algorithm).update(data).digest("hex");
	if (digest === checksum.digest && (size === void 0 || size === data.length)) return;
	const short = (length, value) => `${length === void 0 ? "" : `${length} bytes, `}${checksum.algorithm} ${value.slice(0, 12)}…`;
	throw new TransientError(`${file}: not the file that repomd.xml lists (found ${short(data.length, digest)}, expected ${short(size, checksum.digest)})`);
}
async function withDigests(location, listed, options) {
	const wanted = deciding(options.candidates, listed);
	const digests = /* @__PURE__ */ new Map();
	await inParallel(wanted, PARALLEL, async (each) => {
		digests.set(each, await publishedHeaderDigest(location, each, nameOf$2(location, "repodata/primary.xml"), options));
	});
	return listed.map((each) => {
		const { location: _, headerRange: _range, size: _size, ...published } = each;
		const sha256 = digests.get(each);
		return {
			...published,
			...sha256 === void 0 ? {} : { sha256 }
		};
	});
}

// src/repository/rpm-index/source.ts
const FORM = "rpm URI [key=FILE] [trusted=yes]";
const NAME$1 = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LOOKS_LIKE_URI = /^(?:[a-z]+:\/|\.{0,2}\/)/i;
function isRpmLine(line) {
	const [first = "", second = ""] = line.trim().split(/[ \t]+/);
	return first === "rpm" || first !== "deb" && first !== "deb-src" && NAME$1.test(first) && LOOKS_LIKE_URI.test(second);
}
function parseRpmLine(line, where, resolvePath) {
	const wrong = (what, found, expected) => new UserError({
		what,
		where,
		found: quote(hideCredentials(found)),
		expected
	});
	const [, first = "", bracketed = "", uri = "", rest = ""] = /^(\S+)[ \t]+(?:\[([^\]]*)\][ \t]*)?(\S+)((?:[ \t]+\S+)*)$/.exec(line.trim()) ?? [];
	if (uri === "") throw wrong("not an rpm repository", line, FORM);
	if (!NAME$1.test(first)) throw wrong("not a name of a repository", first, "letters, digits and ._-");
	const keyFiles = [];
	let trusted = false;
	for (const option of `${bracketed} ${rest}`.split(/[ \t]+/)) {
		if (option === "") continue;
		const [, name, value = ""] = /^(key|trusted|priority)=(.+)$/.exec(option) ?? [];
		if (name === "key") keyFiles.push(resolvePath(value));
		else if (name === "trusted" && /^(?:yes|no)$/.test(value)) trusted = value === "yes";
		else if (name !== "priority" || !/^\d{1,4}$/.test(value)) throw wrong("not an option of a repository", option, FORM);
	}
	if (/(?:mirrorlist|metalink)\b/.test(uri)) throw wrong("a list of mirrors", uri, "the baseurl of one repository");
	const variable = /\$(?!basearch\b)\S*/.exec(uri)?.[0];
	if (variable !== void 0) throw wrong("a variable of dnf that is not known here", variable, "only $basearch");
	const { location, shown } = parseLocation(uri, where, resolvePath);
	return {
		location,
		uri: shown,
		name: first === "rpm" ? void 0 : first,
		trusted,
		keyFiles
	};
}

// src/repository/builds.ts
async function readBuild(location, rules) {
	const { manifest, file, folder, sha256 } = await readManifest(location);
	const refuse = (what, found, expected, remedy) => new UserError({
		what,
		where: file,
		found,
		expected,
		...remedy === void 0 ? {} : { remedy }
	});
	if (manifest.stage !== "build") throw refuse("not the manifest of a build", `the stage ${manifest.stage}`, "what a build has made: publish its folder, not the one of the sources");
	if (manifest.verdict !== "success") throw refuse("the build did not succeed", `the verdict ${manifest.verdict ?? "(none)"}`, "success");
	if (manifest.package.format !== rules.format) throw refuse("packages of another format", manifest.package.format, rules.format);
	if (manifest.change === "review" && !rules.allowReview) throw refuse("a build of a change that is not merged", "change: review", "change: merge", "publish it to a review repository, with allow-review");
	await verifyFiles(folder, manifest);
	return {
		manifest,
		sha256,
		folder
	};
}
function filesOf$1(build, ...roles) {
	return build.manifest.files.filter((file) => roles.includes(file.role)).map((file) => ({
		...file,
		path: path.join(build.folder, file.name)
	}));
}
function fileNamed(build, name) {
	const file = build.manifest.files.find((each) => each.name === name);
	return file === void 0 ? void 0 : {
		...file,
		path: path.join(build.folder, file.name)
	};
}
function shown(file) {
	return /^[\x21-\x7e]+$/.test(file.path) ? file.path : quote(file.path, 400);
}
const FILES_AT_ONCE$6 = 8;
async function blameChanged(files, error) {
	const states = await inParallel(files, FILES_AT_ONCE$6, async (file) => {
		const found = await digestListed(file.path, file.size).catch(() => void 0);
		return found?.size === file.size && found.sha256 === file.sha256;
	});
	const changed = files.find((_, index) => !states[index]);
	if (changed === void 0) return error;
	return new UserError({
		what: "the file changed after it was verified: nothing is published",
		where: shown(changed),
		expected: `${changed.size} bytes, sha256 ${changed.sha256.slice(0, 12)}…, as the manifest lists it`,
		remedy: "publish from a folder where nobody else writes"
	});
}

// src/repository/retention.ts
function keptVersions(settings) {
	return settings?.keepVersions ?? 1;
}
function keepsFewer(after, before) {
	return keptVersions(after) < keptVersions(before);
}
function keepVersionsField(asked, before) {
	const count = asked ?? keptVersions(before);
	return count === 1 ? {} : { keepVersions: count };
}
function newestVersions(versions, count, compare) {
	return new Set([...new Set(versions)].sort((a, b) => compare(b, a)).slice(0, count));
}

// src/repository/deb/retention.ts
function versionsToKeep(listed, keep, wanted) {
	const sources = /* @__PURE__ */ new Map();
	for (const { architecture, each } of listed) {
		if (!wanted.has(each.source)) continue;
		const known = sources.get(each.source) ?? {
			listed: /* @__PURE__ */ new Map(),
			native: /* @__PURE__ */ new Map(),
			withNative: /* @__PURE__ */ new Set(),
			sources: /* @__PURE__ */ new Set()
		};
		sources.set(each.source, known);
		const { sourceVersion } = each;
		if (each.kind === "source") {
			known.sources.add(sourceVersion);
			continue;
		}
		addTo$1(known.listed, architecture, sourceVersion);
		if (each.architecture === "all") continue;
		addTo$1(known.native, architecture, sourceVersion);
		known.withNative.add(sourceVersion);
	}
	const kept = new Map([...sources].map(([name, source]) => [name, keptOf(source, keep)]));
	return ({ architecture, each }) => kept.get(each.source)?.get(architecture)?.has(each.sourceVersion) === true;
}
function keptOf({ listed, native, withNative, sources }, keep) {
	const kept = /* @__PURE__ */ new Map();
	const ofSources = newestVersions(sources, keep, compareVersions$1);
	const everywhere = [...listed.values()].flatMap((versions) => [...versions]);
	for (const [architecture, versions] of listed) {
		const own = native.get(architecture);
		const complete = [...versions].filter((version) => own?.has(version) === true || !withNative.has(version));
		const found = own === void 0 ? newestVersions(everywhere, keep, compareVersions$1) : [...newestVersions(complete, keep, compareVersions$1), ...newestVersions(versions, keep, compareVersions$1)];
		kept.set(architecture, new Set(found));
		for (const version of found) ofSources.add(version);
	}
	return kept.set("source", ofSources);
}
function addTo$1(versions, architecture, version) {
	const set = versions.get(architecture);
	if (set === void 0) versions.set(architecture, /* @__PURE__ */ new Set([version]));
	else set.add(version);
}

// src/repository/deb/state.ts
function indexFolder({ component, area, architecture }) {
	if (area === "source") return `${component}/source`;
	return `${component}/${area === "installer" ? "debian-installer/" : ""}binary-${architecture}`;
}
function areaOf(type) {
	if (type === "dsc") return "source";
	return type === "udeb" ? "installer" : "binary";
}
function isNewer(each, other) {
	return compareVersions$1(each.version, other.version) > 0;
}
var DebState = class {
	architectures;
	#indexes = /* @__PURE__ */ new Map();
	constructor(packages, architectures) {
		this.architectures = architectures;
		for (const each of packages) for (const key of this.#keysOf(each)) insert(this.#index(key), each);
	}
	get indexes() {
		return [...this.#indexes.values()].filter((index) => index.packages.size > 0);
	}
	index(key) {
		return this.#indexes.get(indexFolder(key))?.packages ?? /* @__PURE__ */ new Map();
	}
	current(key) {
		const others = this.#besides(key);
		const found = /* @__PURE__ */ new Map();
		for (const [name, [newest]] of this.index(key)) {
			if (newest === void 0) continue;
			if (!others.some(({ packages }) => {
				const other = packages.get(name)?.[0];
				return other !== void 0 && isNewer(other, newest);
			})) found.set(name, newest);
		}
		return found;
	}
	hasOlder(key) {
		const others = this.#besides(key);
		for (const [name, list] of this.index(key)) if (list.length > 1 || others.some(({ packages }) => packages.has(name))) return true;
		return false;
	}
	newest({ name, ...group }) {
		return this.#versions(group, name)[0];
	}
	named(kind, name) {
		return [...this.#indexes.values()].flatMap(({ key, packages }) => key.area === "source" === (kind === "source") ? packages.get(name) ?? [] : []);
	}
	add(added) {
		const newer = /* @__PURE__ */ new Set();
		const older = /* @__PURE__ */ new Set();
		const slots = [];
		for (const key of this.#keysOf(added)) {
			for (const { key: at, each } of this.#versions(key, added.name)) {
				if (isNewer(added, each)) {
					older.add(each);
					continue;
				}
				takeOut(this.#index(at), each);
				if (each.version !== added.version) newer.add(each);
			}
			insert(this.#index(key), added);
			slots.push({
				area: key.area,
				architecture: key.architecture,
				name: added.name
			});
		}
		return {
			newer,
			older,
			slots
		};
	}
	withdrawOthers(source, sourceVersion, architectures, which) {
		const withdrawn = /* @__PURE__ */ new Set();
		const slots = [];
		const withdraw = (index, each) => {
			takeOut(index, each);
			withdrawn.add(each);
			slots.push({
				area: index.key.area,
				architecture: index.key.architecture,
				name: each.name
			});
		};
		const isMeant = (each) => {
			const order = compareVersions$1(each.sourceVersion, sourceVersion);
			return each.source === source && (which === "any" ? order !== 0 : order > 0);
		};
		const others = [...this.#indexes.values()].flatMap((index) => [...index.packages.values()].flat().filter(isMeant).map((each) => ({
			index,
			each
		})));
		for (const { index, each } of others) if (each.kind === "binary" && architectures.has(index.key.architecture)) withdraw(index, each);
		const left = new Set(others.filter(({ index, each }) => each.kind === "binary" && index.packages.get(each.name)?.includes(each) === true).map(({ each }) => each.sourceVersion));
		if (architectures.size === 0) return {
			withdrawn,
			slots
		};
		for (const { index, each } of others) if (each.kind === "source" && !left.has(each.sourceVersion)) withdraw(index, each);
		return {
			withdrawn,
			slots
		};
	}
	retain(keep, sources) {
		const left = /* @__PURE__ */ new Set();
		const older = [...this.#older(sources)];
		if (older.length === 0) return left;
		const names = new Set(older.map(({ each }) => each.source));
		const stays = keep === 1 ? () => false : versionsToKeep(this.#listed(), keep, names);
		for (const { key, each } of older) {
			if (stays({
				architecture: key.architecture,
				each
			})) continue;
			takeOut(this.#index(key), each);
			left.add(each);
		}
		return left;
	}
	flood(architecture) {
		for (const { key } of this.indexes) {
			if (key.area === "source" || key.architecture === architecture) continue;
			const target = this.#index({
				...key,
				architecture
			}).packages;
			for (const [name, each] of this.current(key)) {
				const there = target.get(name)?.[0];
				if (each.architecture !== "all") continue;
				if (there === void 0 || isNewer(each, there)) target.set(name, [each]);
			}
		}
	}
	packages() {
		const listed = /* @__PURE__ */ new Map();
		for (const { architecture, each } of this.#listed()) listed.set(each, [...listed.get(each) ?? [], architecture]);
		const found = [...listed].map(([each, architectures]) => {
			const isEverywhere = each.architecture !== "all" || architectures.length === this.architectures.length;
			if (isEverywhere && each.listedIn === void 0) return each;
			const { listedIn: _, ...plain } = each;
			return isEverywhere ? plain : {
				...plain,
				listedIn: architectures.sort()
			};
		});
		const sortKey = (each) => [
			each.component,
			each.type,
			each.name,
			each.version,
			each.architecture
		].join("\0");
		return found.map((each) => ({
			each,
			key: sortKey(each)
		})).sort((a, b) => a.key < b.key ? -1 : 1).map(({ each }) => each);
	}
	*#listed() {
		for (const { key, packages } of this.#indexes.values()) for (const list of packages.values()) for (const each of list) yield {
			architecture: key.architecture,
			each
		};
	}
	*#older(sources) {
		for (const { key, packages } of this.#indexes.values()) {
			const others = this.#besides(key);
			for (const [name, list] of packages) {
				if (list.length === 1 && !others.some((other) => other.packages.has(name))) continue;
				if (sources !== void 0 && !list.some((each) => sources.has(each.source))) continue;
				const newest = this.newest({
					...key,
					name
				})?.each;
				for (const each of list) if (each !== newest && (sources === void 0 || sources.has(each.source))) yield {
					key,
					each
				};
			}
		}
	}
	#versions({ area, architecture }, name) {
		return [...this.#indexes.values()].filter(({ key }) => key.area === area && key.architecture === architecture).flatMap(({ key, packages }) => (packages.get(name) ?? []).map((each) => ({
			key,
			each
		}))).sort((a, b) => compareVersions$1(b.each.version, a.each.version));
	}
	#besides({ component, area, architecture }) {
		return [...this.#indexes.values()].filter(({ key }) => key.area === area && key.architecture === architecture && key.component !== component);
	}
	#keysOf(each) {
		const area = areaOf(each.type);
		const own = each.architecture === "all" ? this.architectures : [each.architecture];
		return (each.listedIn ?? own).map((architecture) => ({
			component: each.component ?? "main",
			area,
			architecture
		}));
	}
	#index(key) {
		const folder = indexFolder(key);
		let index = this.#indexes.get(folder);
		if (index === void 0) {
			index = {
				key,
				packages: /* @__PURE__ */ new Map()
			};
			this.#indexes.set(folder, index);
		}
		return index;
	}
};
function insert({ packages }, each) {
	const list = packages.get(each.name);
	if (list === void 0) {
		packages.set(each.name, [each]);
		return;
	}
	const at = list.findIndex((other) => isNewer(each, other));
	list.splice(at === -1 ? list.length : at, 0, each);
}
function takeOut({ packages }, each) {
	const left = packages.get(each.name)?.filter((other) => other !== each) ?? [];
	if (left.length === 0) packages.delete(each.name);
	else packages.set(each.name, left);
}

// src/repository/deb/apply.ts
function applyTo$1(head, settings, added, replacesSources = false) {
	const before = new DebState(head?.packages ?? [], head?.settings.architectures ?? []);
	const state = new DebState(before.packages().map((each) => ({
		...each,
		listedIn: each.listedIn ?? listing(each, before.architectures)
	})), settings.architectures);
	for (const name of settings.architectures) if (!before.architectures.includes(name)) state.flood(name);
	const slots = /* @__PURE__ */ new Map();
	const touch = (touched) => {
		for (const each of touched) slots.set(`${each.area} ${each.architecture} ${each.name}`, each);
	};
	const replacing = /* @__PURE__ */ new Set();
	const results = added.map((each) => {
		const result = state.add(each);
		if (replacesSources || [...result.newer].some((former) => isNewer(former, each))) replacing.add(each.source);
		touch(result.slots);
		return result;
	});
	const withdrawn = /* @__PURE__ */ new Set();
	for (const source of replacing) {
		const own = added.filter((each) => each.source === source);
		const [newest] = own.map(({ sourceVersion }) => sourceVersion).sort((a, b) => compareVersions$1(b, a));
		const binaries = own.filter(({ kind }) => kind === "binary").map(({ architecture }) => architecture);
		const native = binaries.filter((name) => name !== "all");
		const touched = new Set(native.length > 0 || binaries.length === 0 ? native : settings.architectures);
		const result = state.withdrawOthers(source, newest ?? "", touched, replacesSources ? "any" : "newer");
		for (const each of result.withdrawn) withdrawn.add(each);
		touch(result.slots);
	}
	const changed = [...added, ...results.flatMap(({ newer, older }) => [...newer, ...older])];
	const sources = new Set(changed.map(({ source }) => source));
	const isLower = keepsFewer(settings, head?.settings);
	for (const each of state.retain(keptVersions(settings), isLower ? void 0 : sources)) withdrawn.add(each);
	const replaced = results.map(({ newer, older }) => [...newer, ...[...older].filter((each) => withdrawn.has(each))]);
	for (const each of replaced.flat()) withdrawn.delete(each);
	const leaves = /* @__PURE__ */ new Set([...withdrawn, ...replaced.flat()]);
	return {
		state,
		replaced,
		kept: results.map(({ older }) => [...older].filter((each) => !leaves.has(each)).sort((a, b) => compareVersions$1(b.version, a.version))),
		withdrawn,
		...toolChanges(before, state, [...slots.values()], new Set(added))
	};
}
function toolChanges(before, after, slots, added) {
	const removed = [];
	const restored = [];
	for (const slot of slots) {
		const former = before.newest(slot);
		const now = after.newest(slot);
		if (former === void 0) continue;
		if (!(now !== void 0 && indexFolder(now.key) === indexFolder(former.key)) || isNewer(former.each, now.each)) removed.push({
			key: former.key,
			name: slot.name
		});
		const isNew = now !== void 0 && (added.has(now.each) || !isNewer(former.each, now.each));
		if (now !== void 0 && !isNew) restored.push(now);
	}
	return {
		removed,
		restored
	};
}
function listing(each, architectures) {
	return each.architecture === "all" ? [...architectures] : [each.architecture];
}

// src/repository/deb/unpack.ts
const FILES_AT_ONCE$5 = 8;
const SMALL_BYTES = 262144;
const MOST_AT_ONCE = 4194304;
const TINY_BYTES = 16384;
const BATCH = 256;
const XZ_MEMORY = "--memlimit-decompress=1GiB";
async function unpackAll(archives, most, signal) {
	const results = /* @__PURE__ */ new Map();
	const xz = [];
	const others = [];
	for (const archive of archives) (path.extname(archive.member.name) === ".xz" ? xz : others).push(archive);
	await inParallel(others, FILES_AT_ONCE$5, async (archive) => {
		signal.throwIfAborted();
		results.set(archive, await unpackOne(archive, most, signal));
	});
	const size = most === void 0 ? xz.length : BATCH;
	for (let start = 0; start < xz.length; start += size) {
		const batch = xz.slice(start, start + size);
		const isWhole = await unpackXz(batch, most, signal) === "whole";
		for (const each of batch) results.set(each, isWhole ? "whole" : await unpackXz([each], most, signal));
	}
	return archives.map((archive) => results.get(archive));
}
async function unpackOne(archive, most, signal) {
	const { member } = archive;
	switch (path.extname(member.name)) {
		case ".tar": return most !== void 0 && member.size > most ? "large" : "whole";
		case ".gz":
			if (member.size <= SMALL_BYTES && await gunzipAtOnce(archive, most)) return "whole";
			return await unpackByStream(archive, zlib.createGunzip(), most, signal);
		case ".zst": {
			const decoder = zlib.createZstdDecompress();
			const result = await unpackByStream(archive, decoder, most, signal);
			if (result !== "whole" || decoder.bytesWritten >= member.size) return result;
			if (archive.option === "--ctrl-tarfile") return "damaged";
		}
	}
	return await unpackWithDpkg(archive, most, signal);
}
var TooLarge = class extends Error {};
function counter(most) {
	let size = 0;
	return (piece) => {
		size += piece.length;
		if (size > most) throw new TooLarge();
	};
}
async function unpackByStream(archive, decoder, most = Number.POSITIVE_INFINITY, signal) {
	const count = counter(most);
	const nowhere = new Writable({ write: (chunk, _encoding, next) => {
		try {
			count(chunk);
			next();
		} catch (error) {
			next(error);
		}
	} });
	try {
		await pipeline(dataOf([archive]), decoder, nowhere, { signal });
		return "whole";
	} catch (error) {
		if (signal.aborted) throw error;
		return error instanceof TooLarge ? "large" : "damaged";
	}
}
async function gunzipAtOnce({ file, member }, most = MOST_AT_ONCE) {
	const { offset, size } = member;
	const piece = readSmall(file.path)?.subarray(offset, offset + size) ?? await readPiece(file.path, offset, size);
	if (piece.length !== size) return false;
	const maxOutputLength = Math.min(most, MOST_AT_ONCE);
	if (size > TINY_BYTES) return await gunzip(piece, { maxOutputLength }).then(always, never);
	try {
		zlib.gunzipSync(piece, { maxOutputLength });
		return true;
	} catch {
		return false;
	}
}
async function readPiece(file, offset, size) {
	await using handle = await openRegular(file);
	const piece = Buffer.allocUnsafe(size);
	const { bytesRead } = await handle.read(piece, 0, size, offset);
	return piece.subarray(0, bytesRead);
}
const gunzip = promisify(zlib.gunzip);
const always = () => true;
const never = () => false;
async function unpackWithDpkg({ file, option }, most = Number.POSITIVE_INFINITY, signal) {
	try {
		await runBytes([
			"dpkg-deb",
			option,
			file.path
		], {
			signal,
			onBytes: counter(most)
		});
		return "whole";
	} catch (error) {
		if (error instanceof TooLarge) return "large";
		if (error instanceof CommandError && error.failure.end === "exit") return "damaged";
		throw error;
	}
}
async function unpackXz(archives, most, signal) {
	const child = start([
		"xz",
		most === void 0 ? "--test" : "--decompress",
		"--stdout",
		XZ_MEMORY,
		"-"
	]);
	const ended = new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", resolve);
	});
	let isLarge = false;
	const count = counter(most ?? Number.POSITIVE_INFINITY);
	child.stdout.on("data", (piece) => {
		try {
			count(piece);
		} catch {
			isLarge = true;
			child.kill("SIGKILL");
		}
	});
	child.stderr.resume();
	try {
		await pipeline(dataOf(archives), child.stdin, { signal }).catch((error) => {
			if (error.code !== "EPIPE" && error.code !== "ECONNRESET" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
		});
		const code = await ended;
		if (isLarge) return "large";
		return code === 0 ? "whole" : "damaged";
	} finally {
		child.kill("SIGKILL");
	}
}
const READ_AT_ONCE = 16;
async function* dataOf(archives) {
	for (let start = 0; start < archives.length; start += READ_AT_ONCE) {
		const group = archives.slice(start, start + READ_AT_ONCE);
		const isSmall = ({ member }) => member.size <= SMALL_BYTES;
		const small = await Promise.all(group.map(async (each) => isSmall(each) ? await readWhole$1(each) : void 0));
		if (group.every(isSmall)) {
			yield Buffer.concat(small.map((bytes) => bytes ?? Buffer.alloc(0)));
			continue;
		}
		for (const [index, archive] of group.entries()) yield* small[index] === void 0 ? bytesOf(archive) : [small[index]];
	}
}
async function readWhole$1({ file, member: { offset, size } }) {
	if (size === 0) return Buffer.alloc(0);
	await using handle = await openRegular(file.path);
	const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, offset);
	return buffer.subarray(0, bytesRead);
}
async function* bytesOf({ file, member: { offset, size } }) {
	await using handle = await openRegular(file.path);
	for await (const chunk of handle.createReadStream({
		start: offset,
		end: offset + size - 1,
		autoClose: false
	})) yield chunk;
}

// src/repository/deb/archive.ts
const FILES_AT_ONCE$4 = 8;
const MAX_FIELDS = 1048576;
const MAX_ALL_FIELDS = 268435456;
async function readPackages(files, signal) {
	if (files.length === 0) return [];
	const frames = await inParallel(files, FILES_AT_ONCE$4, (file) => checkDebFrame(file.path, shown(file)));
	await checkControlArchives(files, frames, signal);
	const [controls, data] = await Promise.allSettled([readControls(files, signal), checkData(files, frames, signal)]);
	if (controls.status === "rejected") throw controls.reason;
	if (data.status === "rejected") throw data.reason;
	return controls.value;
}
async function readControls(files, signal) {
	await using temporary = await temporaryFolder("packages");
	const folder = temporary.path;
	for (const [index, file] of files.entries()) symlinkSync(file.path, path.join(folder, `${index}.deb`));
	const config = path.join(folder, "apt.conf");
	await writeFile(config, "Dir::Etc::main \"/dev/null\";\nDir::Etc::parts \"/dev/null\";\n");
	const digests = [
		"MD5",
		"SHA1",
		"SHA256",
		"SHA512"
	].flatMap((name) => ["-o", `APT::FTPArchive::${name}=false`]);
	const { stdout } = await run([
		"apt-ftparchive",
		...digests,
		"packages",
		"."
	], {
		cwd: folder,
		env: { APT_CONFIG: config },
		captureBytes: MAX_ALL_FIELDS,
		signal
	});
	if (Buffer.byteLength(stdout) >= MAX_ALL_FIELDS) throw new UserError({
		what: "too many packages at once, or too large ones",
		where: "input packages",
		found: `more than ${MAX_ALL_FIELDS} bytes of control fields`
	});
	const indices = /* @__PURE__ */ new Map();
	const folders = /* @__PURE__ */ new Map();
	for (const [index, file] of files.entries()) {
		indices.set(`./${index}.deb`, [index]);
		const place = path.dirname(file.path);
		const real = folders.get(place) ?? await realpath(place);
		folders.set(place, real);
		const target = path.join(real, path.basename(file.path));
		indices.set(target, [...indices.get(target) ?? [], index]);
	}
	const controls = /* @__PURE__ */ new Map();
	for (const text of stdout.split("\n\n")) {
		if (text.trim() === "") continue;
		const [name, another] = [...text.matchAll(/(?:^|\n)Filename:[ \t]*([^\n]*)/gi)].map(([, value = ""]) => value);
		const found = another === void 0 ? indices.get(name ?? "") : void 0;
		if (found === void 0) throw new Error("apt-ftparchive names a file that it was not given");
		for (const index of found) controls.set(index, readFields(text, files[index]));
	}
	return await Promise.all(files.map(async (file, index) => controls.get(index) ?? await Promise.reject(await unreadable(file, signal))));
}
const CONTROL$1 = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
function readFields(text, file) {
	const where = `control of ${shown(file)}`;
	const refuse = (what, found) => new UserError({
		what,
		where,
		found
	});
	if (text.length > MAX_FIELDS) throw refuse("control fields that are too long", `more than ${MAX_FIELDS} bytes`);
	const [paragraph] = parseControl(text, { file: where });
	if (paragraph === void 0) throw new Error("apt-ftparchive wrote no fields");
	for (const [name, value] of paragraph) {
		const wrong = CONTROL$1.exec(value);
		if (wrong !== null) throw refuse(`a control character in the field ${name}`, quote(wrong[0]));
	}
	return paragraph;
}
async function blameFields(files, error, signal) {
	return (await inParallel(files, FILES_AT_ONCE$4, async (file) => {
		return await readDebFields(file.path, { signal }).then(() => void 0, (reason) => reason instanceof UserError ? reason : void 0);
	})).find((reason) => reason !== void 0) ?? error;
}
async function unreadable(file, signal) {
	const found = await readDebFields(file.path, { signal }).then(() => "a control archive that dpkg and apt read in different ways", (error) => {
		if (!(error instanceof UserError)) throw error;
		return error.parts.found ?? error.parts.what;
	});
	return new UserError({
		what: "the package cannot be read",
		where: shown(file),
		found
	});
}
async function checkControlArchives(files, frames, signal) {
	const archives = frames.map(({ control }, index) => {
		return {
			file: files[index],
			member: control,
			option: "--ctrl-tarfile"
		};
	});
	const results = await unpackAll(archives, MAX_CONTROL_ARCHIVE, signal);
	const wrong = archives.findIndex((_, index) => results[index] !== "whole");
	const file = files[wrong];
	if (file === void 0) return;
	if (results[wrong] !== "large") throw await unreadable(file, signal);
	const found = `a control archive of more than ${MAX_CONTROL_ARCHIVE} bytes`;
	throw new UserError({
		what: "the package cannot be read",
		where: shown(file),
		found
	});
}
async function checkData(files, frames, signal) {
	const archives = frames.map(({ data }, index) => {
		return {
			file: files[index],
			member: data,
			option: "--fsys-tarfile"
		};
	});
	const results = await unpackAll(archives, void 0, signal);
	const damaged = archives.find((_, index) => results[index] !== "whole");
	if (damaged !== void 0) throw damagedData(damaged.file);
}
function damagedData(file) {
	return new UserError({
		what: "the package is damaged",
		where: shown(file),
		found: "data that cannot be unpacked",
		remedy: "build it again"
	});
}

// src/repository/deb/source-field.ts
function readSourceField(control, name, version, where) {
	const value = control.get("Source")?.trim();
	if (value === void 0 || value === "") return {
		source: name,
		sourceVersion: version
	};
	const [, source = "", sourceVersion = version] = /^([^\s(]+)(?:\s*\(([^()\s]+)\))?$/.exec(value) ?? [];
	checkPackageName(source, `${where}, field Source`);
	parseVersion(sourceVersion, `${where}, field Source`);
	return {
		source,
		sourceVersion
	};
}

// src/repository/deb/text-files.ts
const MAX_BYTES$3 = 16777216;
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f]/;
async function readText(file) {
	const bytes = await readRegular(file.path, MAX_BYTES$3, shown(file));
	if (createHash("sha256").update(bytes).digest("hex") !== file.sha256) throw new UserError({
		what: "the file changed while it was read",
		where: shown(file)
	});
	let text;
	try {
		text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		throw new UserError({
			what: "the file is not text in UTF-8",
			where: shown(file),
			expected: "UTF-8 (Debian Policy 5.1)"
		});
	}
	const wrong = CONTROL.exec(text);
	if (wrong === null) return text;
	throw new UserError({
		what: "a control character in the file",
		where: shown(file),
		found: quote(wrong[0])
	});
}
function readListed(control, where) {
	const main = "Checksums-Sha256";
	const listed = parseChecksums(requireField(control, main, where), `${where}, field ${main}`);
	const sizes = new Map(listed.map(({ name, size }) => [name, size]));
	for (const [field, value] of control) {
		if (!/^(?:Files|Checksums-.*)$/i.test(field)) continue;
		const refuse = (what, found, expected) => new UserError({
			what,
			where: `${where}, field ${field}`,
			found,
			expected
		});
		const others = parseChecksums(value, `${where}, field ${field}`);
		const wrong = others.find(({ name, size }) => sizes.get(name) !== size);
		if (wrong !== void 0) {
			const size = sizes.get(wrong.name);
			const expected = size === void 0 ? `only files of ${main}` : `${size} bytes, as in ${main}`;
			throw refuse("fields that list other files", `${quote(wrong.name)} of ${wrong.size} bytes`, expected);
		}
		if (others.length !== sizes.size) throw refuse("fields that list other files", `${others.length} files`, `${sizes.size}, as in ${main}`);
		const algorithm = field.toLowerCase() === "files" ? "md5" : field.slice(10).toLowerCase();
		const [first] = others;
		if (first !== void 0 && first.algorithm !== algorithm) throw refuse("digests of another kind than the field says", first.algorithm, algorithm);
	}
	return listed;
}

// src/repository/deb/records.ts
async function readRecord(build, file) {
	const where = shown(file);
	const text = stripSignature(await readText(file), where);
	const control = parseSingleParagraph(text, { file: where });
	const version = requireField(control, "Version", where);
	parseVersion(version, `${where}, field Version`);
	const { source, sourceVersion } = readSourceField(control, requireField(control, "Source", where), version, where);
	const type = file.role;
	if (!file.name.startsWith(`${source}_`) || !file.name.endsWith(`.${type}`)) throw new UserError({
		what: "the file is not named after the source package",
		where,
		found: quote(file.name),
		expected: `${source}_VERSION_ARCHITECTURE.${type}`
	});
	const checksums = readListed(control, where);
	for (const checksum of checksums) {
		const listed = fileNamed(build, checksum.name);
		if (listed !== void 0 && (listed.sha256 !== checksum.digest || listed.size !== checksum.size)) throw new UserError({
			what: `the file is not the one that the .${file.role} lists`,
			where: shown(listed),
			found: `sha256 ${listed.sha256.slice(0, 12)}…`,
			expected: `sha256 ${checksum.digest.slice(0, 12)}… as in ${file.name}`
		});
	}
	return {
		type,
		file,
		text,
		source,
		sourceVersion,
		lists: checksums.map((checksum) => checksum.name)
	};
}
function checkRecords(builds, records, packages) {
	const byPath = new Map(packages.map((each) => [each.file.path, each]));
	for (const build of builds) {
		const own = records.filter(({ file }) => fileNamed(build, file.name)?.path === file.path);
		for (const { file, lists, source, sourceVersion } of own) for (const name of lists) {
			const listed = byPath.get(fileNamed(build, name)?.path ?? "");
			if (listed === void 0 || listed.source === source && listed.sourceVersion === sourceVersion) continue;
			throw new UserError({
				what: `the .${file.role} lists a package of another source`,
				where: shown(file),
				found: `${name} of ${listed.source} ${listed.sourceVersion}`,
				expected: `packages of ${source} ${sourceVersion}`
			});
		}
		const changes = own.filter(({ type }) => type === "changes");
		if (changes.length === 0) continue;
		const listed = new Set(changes.flatMap((each) => each.lists));
		const stray = filesOf$1(build, "deb", "udeb", "ddeb").find((file) => !listed.has(file.name));
		if (stray !== void 0) throw new UserError({
			what: "a package that no .changes of its build lists",
			where: shown(stray),
			expected: `an entry in ${changes.map((each) => each.file.name).join(" or ")}`
		});
	}
}
function onceByName(records) {
	const kept = /* @__PURE__ */ new Map();
	for (const record of records) if (!kept.has(record.file.name)) kept.set(record.file.name, record);
	return [...kept.values()];
}

// src/repository/deb/candidates.ts
async function readCandidates(builds, signal) {
	const files = builds.flatMap((build) => filesOf$1(build, "deb", "udeb", "ddeb"));
	const controls = await readPackages(files, signal);
	const binaries = files.map((file, index) => readBinary(file, controls[index]));
	const sources = [];
	const records = [];
	for (const build of builds) {
		for (const file of filesOf$1(build, "dsc")) sources.push(await readSource(build, file));
		for (const file of filesOf$1(build, "changes", "buildinfo")) records.push(await readRecord(build, file));
	}
	const packages = [...binaries, ...sources.map((each) => ({
		...each,
		file: each.dsc
	}))];
	checkRecords(builds, records, packages);
	const found = {
		binaries: once$1(binaries, (each) => [each.candidate, each.file]),
		sources: once$1(sources, (each) => [each.candidate, each.dsc]),
		records: onceByName(records),
		builds
	};
	if (found.binaries.length + found.sources.length === 0) throw new UserError({
		what: "nothing to publish",
		where: "input packages",
		found: "builds without a .deb, .udeb, .ddeb or .dsc"
	});
	return found;
}
function readBinary(file, control) {
	const where = `control of ${shown(file)}`;
	const name = checkPackageName(requireField(control, "Package", where), `${where}, field Package`);
	const version = requireField(control, "Version", where);
	parseVersion(version, `${where}, field Version`);
	const architecture = requireField(control, "Architecture", where);
	checkArchitecture(architecture, `${where}, field Architecture`);
	const { source, sourceVersion } = readSourceField(control, name, version, where);
	const type = file.role;
	return {
		type,
		candidate: {
			kind: "binary",
			name,
			version,
			architecture,
			sha256: file.sha256
		},
		source,
		sourceVersion,
		section: readSection(control.get("Section"), `${where}, field Section`),
		priority: readPriority(control.get("Priority")),
		isDebugSymbols: type === "ddeb" || control.get("Auto-Built-Package") === "debug-symbols",
		file
	};
}
const NO_PARTS = /\.(?:u?deb|ddeb|dsc|changes|buildinfo)$/;
async function readSource(build, file) {
	const where = shown(file);
	const signed = await readText(file);
	const text = stripSignature(signed, where);
	const control = parseSingleParagraph(text, { file: where });
	const name = checkPackageName(requireField(control, "Source", where), `${where}, field Source`);
	const version = requireField(control, "Version", where);
	parseVersion(version, `${where}, field Version`);
	const expected = `${name}_${withoutEpoch(version)}.dsc`;
	if (file.name !== expected) throw new UserError({
		what: "the file is not named after the source package",
		where,
		found: quote(file.name),
		expected
	});
	const listedParts = readListed(control, where);
	const odd = listedParts.find((part) => !part.name.startsWith(`${name}_`) || NO_PARTS.test(part.name));
	if (odd !== void 0) throw new UserError({
		what: "a file that is no part of a source package",
		where,
		found: quote(odd.name),
		expected: `a tarball, a diff or a signature, named ${name}_...`
	});
	const parts = listedParts.map((checksum) => partOf(build, checksum, where));
	const listed = control.get("Package-List")?.trim().split("\n")[0]?.trim().split(/\s+/) ?? [];
	return {
		type: "dsc",
		candidate: {
			kind: "source",
			name,
			version,
			architecture: "source",
			sha256: sourceDigest(parts),
			files: parts.map((part) => ({
				name: part.name,
				sha256: part.sha256
			}))
		},
		source: name,
		sourceVersion: version,
		section: readSection(control.get("Section") ?? listed[2], `${where}, field Package-List`),
		priority: readPriority(control.get("Priority") ?? listed[3]),
		dsc: file,
		text,
		parts
	};
}
function partOf(build, checksum, where) {
	const part = fileNamed(build, checksum.name);
	if (part === void 0) throw new UserError({
		what: "a file of the source package is missing",
		where,
		found: quote(checksum.name),
		expected: "all files that the .dsc lists, in the same folder and manifest"
	});
	if (part.sha256 !== checksum.digest || part.size !== checksum.size) throw new UserError({
		what: "a file of the source package is not the one that the .dsc lists",
		where: shown(part),
		found: `${part.size} bytes, sha256 ${part.sha256.slice(0, 12)}…`,
		expected: `${checksum.size} bytes, sha256 ${checksum.digest.slice(0, 12)}…`
	});
	return part;
}
function once$1(items, of) {
	const kept = /* @__PURE__ */ new Map();
	for (const item of items) {
		const [candidate, file] = of(item);
		const key = `${candidate.kind} ${candidate.name} ${candidate.architecture}`;
		const other = kept.get(key);
		if (other === void 0) {
			kept.set(key, item);
			continue;
		}
		const [otherCandidate, otherFile] = of(other);
		if (otherCandidate.version === candidate.version && otherCandidate.sha256 === candidate.sha256) continue;
		throw new UserError({
			what: "the builds bring a package twice, with other content",
			where: shown(file),
			found: `${candidate.name} ${candidate.version} (${candidate.architecture})`,
			expected: `the same as ${shown(otherFile)}, ${otherCandidate.version}`
		});
	}
	return [...kept.values()];
}
function readSection(value, where) {
	const text = value?.trim();
	if (text === void 0 || text === "" || text === "unknown" || text === "-") return void 0;
	if (/^[a-z0-9][a-z0-9.+-]*(?:\/[a-z0-9][a-z0-9.+-]*)*$/i.test(text)) return text;
	throw new UserError({
		what: "not a section",
		where,
		found: quote(text),
		expected: "such as net or contrib/net"
	});
}
function readPriority(value) {
	const text = value?.trim();
	return text !== void 0 && /^[a-z]+$/.test(text) && text !== "unknown" ? text : void 0;
}

// src/repository/gpgv.ts
async function checkWithGpgv({ files, keyring, home, fingerprints, where }, signal) {
	const { stdout, stderr, exitCode } = await run([
		"gpgv",
		"--status-fd",
		"1",
		"--keyring",
		keyring,
		...files.filter((file) => file !== void 0)
	], {
		signal,
		okExitCodes: "any",
		env: { GNUPGHOME: home }
	});
	const valid = new Set([...stdout.matchAll(/^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40})$/gm)].map(([, primary]) => primary));
	if (exitCode === 0 && fingerprints.every((each) => valid.has(each))) return;
	throw new UserError({
		what: "gpgv does not accept the signature",
		where,
		found: stderr.trim().split("\n").at(-1) ?? `exit code ${exitCode}`,
		expected: `a good signature by ${fingerprints.join(" and by ")}`
	});
}

// src/repository/deb/client-check.ts
const PACKAGES_PER_CALL = 500;
const FILES_AT_ONCE$3 = 4;
async function checkAsClient(plan, draft, context) {
	const folder = path.join(context.staging.work, "client");
	await mkdir(folder);
	const keyring = path.join(folder, "keyring.gpg");
	await writeFile(keyring, context.keys.binary);
	const added = [...plan.binaries, ...plan.sources].map(({ candidate }) => candidate);
	const [names, versions] = [new Set(added.map(nameOf$1)), new Set(added.map(versionOf))];
	const packages = draft.packages.filter((each) => names.has(nameOf$1(each)));
	const files = packages.filter((each) => versions.has(versionOf(each))).flatMap((each) => each.files);
	const askApt = async () => {
		const apt = await Apt.configure(folder, draft, context);
		await apt.update();
		return await apt.whereFrom(packages);
	};
	const [signed, seen, onDisk] = await Promise.allSettled([
		checkSignatures$1(plan, keyring, context),
		askApt(),
		digestsOf$1(files, context)
	]);
	if (signed.status === "rejected") throw signed.reason;
	if (seen.status === "rejected") throw seen.reason;
	if (onDisk.status === "rejected") throw onDisk.reason;
	for (const [index, file] of files.entries()) checkFile(file, seen.value.get(file.path), onDisk.value[index]);
	const older = packages.filter((each) => !versions.has(versionOf(each)));
	for (const file of older.flatMap((each) => each.files)) checkFile(file, seen.value.get(file.path), file);
}
function nameOf$1({ kind, name, architecture }) {
	return `${kind} ${name} ${architecture}`;
}
function versionOf(each) {
	return `${nameOf$1(each)} ${each.version}`;
}
async function digestsOf$1(files, { staging, signal }) {
	return await inParallel(files, FILES_AT_ONCE$3, async (file) => {
		signal.throwIfAborted();
		return await digestFile(path.join(staging.public, file.path));
	});
}
function checkFile(file, seen, onDisk) {
	if ([seen, onDisk].every((each) => each?.size === file.size && each.sha256 === file.sha256)) return;
	throw new UserError({
		what: "a client would not get the file that was published",
		where: file.path,
		found: seen === void 0 ? "that apt does not ask for it" : `sha256 ${seen.sha256.slice(0, 12)}…, on disk ${onDisk?.sha256.slice(0, 12)}…`,
		expected: `sha256 ${file.sha256.slice(0, 12)}…, ${file.size} bytes`
	});
}
async function checkSignatures$1(plan, keyring, context) {
	const dists = path.join(context.staging.snapshot, "dists", plan.settings.suite);
	const home = path.dirname(keyring);
	const { fingerprint, nextFingerprint, signal } = context;
	const fingerprints = [fingerprint, ...nextFingerprint === void 0 ? [] : [nextFingerprint]];
	for (const [where, data] of [["InRelease"], ["Release.gpg", "Release"]]) {
		const signature = path.join(dists, where);
		const files = data === void 0 ? [signature] : [signature, path.join(dists, data)];
		await checkWithGpgv({
			files,
			keyring,
			home,
			fingerprints,
			where
		}, signal);
	}
}
var Apt = class Apt {
	#config;
	#folder;
	#draft;
	#context;
	constructor(config, folder, draft, context) {
		this.#config = config;
		this.#folder = folder;
		this.#draft = draft;
		this.#context = context;
	}
	static async configure(folder, draft, context) {
		const { settings } = draft;
		const uri = fileUri(context.staging.snapshot);
		for (const part of [
			"state/lists/partial",
			"cache/archives/partial",
			"etc/trusted.gpg.d",
			"log",
			"download"
		]) await mkdir(path.join(folder, part), { recursive: true });
		await writeFile(path.join(folder, "status"), "");
		await writeFile(path.join(folder, "etc", "trusted.gpg.d", "repository.gpg"), context.keys.binary);
		const components = [...settings.components, ...settings.udebComponents.map((component) => `${component}/debian-installer`)].join(" ");
		await writeFile(path.join(folder, "etc", "sources.list"), ["deb", "deb-src"].map((type) => `${type} ${uri} ${settings.suite} ${type === "deb" ? components : settings.components.join(" ")}\n`).join(""));
		const lines = [...[
			["Dir", folder],
			["Dir::State", path.join(folder, "state")],
			["Dir::State::status", path.join(folder, "status")],
			["Dir::Cache", path.join(folder, "cache")],
			["Dir::Log", path.join(folder, "log")],
			["Dir::Etc", path.join(folder, "etc")],
			["Dir::Etc::main", "/dev/null"],
			["Dir::Etc::parts", "/dev/null"],
			["Dir::Etc::sourceparts", "/dev/null"],
			["Dir::Etc::preferencesparts", "/dev/null"],
			["Dir::Etc::trusted", "/dev/null"],
			["APT::Architecture", settings.architectures[0] ?? ""],
			["APT::Get::AllowUnauthenticated", "false"],
			["Acquire::AllowInsecureRepositories", "false"],
			["Acquire::Languages", "none"],
			["APT::Update::Error-Mode", "any"],
			["APT::Sandbox::User", "root"]
		].map(([name, value]) => `${name} "${value}";`), `APT::Architectures { ${settings.architectures.map((name) => `"${name}";`).join(" ")} };`];
		const config = path.join(folder, "apt.conf");
		await writeFile(config, `${lines.join("\n")}\n`);
		return new Apt(config, folder, draft, context);
	}
	async update() {
		const { stderr } = await this.#run([
			"apt-get",
			"--quiet",
			"--quiet",
			"update"
		], "apt does not accept the repository");
		const complaint = stderr.split("\n").find((line) => /^[WE]: /.test(line));
		if (complaint !== void 0) throw new UserError({
			what: "apt does not accept the repository",
			where: "the staged snapshot",
			found: complaint
		});
	}
	async whereFrom(packages) {
		const binaries = packages.filter((each) => each.kind === "binary");
		const sources = packages.filter((each) => each.kind === "source");
		const seen = /* @__PURE__ */ new Map();
		for (const [list, command] of [[binaries, ["download"]], [sources, [
			"source",
			"--download-only",
			"--only-source"
		]]]) for (let start = 0; start < list.length; start += PACKAGES_PER_CALL) {
			const names = list.slice(start, start + PACKAGES_PER_CALL).map((each) => this.#nameOf(each));
			const argv = [
				"apt-get",
				"--quiet",
				"--quiet",
				"--print-uris",
				...command,
				...names
			];
			const { stdout } = await this.#run([...argv], "apt does not find what was published");
			for (const line of stdout.split("\n")) {
				const [, uri = "", size = "", sha256 = ""] = /^'([^']+)' \S+ (\d+) SHA256:([0-9a-f]{64})$/.exec(line) ?? [];
				const poolPath = uri.split(`/snapshots/${this.#context.staging.id}/`)[1];
				if (poolPath !== void 0) seen.set(decodeURIComponent(poolPath), {
					size: Number(size),
					sha256
				});
			}
		}
		return seen;
	}
	#nameOf(each) {
		const architecture = each.kind === "source" || each.architecture === "all" ? "" : `:${each.architecture}`;
		return `${each.name}${architecture}=${each.version}`;
	}
	async #run(argv, what) {
		try {
			return await run(argv, {
				signal: this.#context.signal,
				cwd: path.join(this.#folder, "download"),
				env: { APT_CONFIG: this.#config },
				captureBytes: 67108864
			});
		} catch (error) {
			if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
			const found = error.failure.stderr.split("\n").filter((line) => line.startsWith("E: "));
			throw new UserError({
				what: error.failure.stderr.includes("No space left on device") ? "no space left for apt to check it" : what,
				where: `the staged snapshot of ${this.#draft.settings.suite}`,
				found: found[0] ?? error.message
			}, { cause: error });
		}
	}
};

// src/repository/deb/indexes.ts
function* indexKeys(settings) {
	for (const component of settings.components) {
		yield {
			component,
			area: "source",
			architecture: "source"
		};
		for (const architecture of settings.architectures) {
			yield {
				component,
				area: "binary",
				architecture
			};
			if (settings.udebComponents.includes(component)) yield {
				component,
				area: "installer",
				architecture
			};
		}
	}
}
function indexPath$1(key) {
	return path.join(indexFolder(key), key.area === "source" ? "Sources" : "Packages");
}
async function readIndexFile(suiteFolder, key) {
	const file = path.join(suiteFolder, indexPath$1(key));
	const text = await readFile(file, "latin1");
	return key.area === "source" ? readSourcesFile(text, file) : readPackagesFile(text, file);
}
function identityOf(entry) {
	const { name, version, architecture, files } = entry;
	const list = files.map((file) => `${file.path} ${file.size} ${file.sha256}`).sort();
	return [`${name} ${version} (${architecture})`, ...list].join(", ");
}
function readPackagesFile(text, file) {
	return paragraphs(text).map(({ fields, text: paragraph }) => {
		const value = (name) => needed(fields, name, file);
		const filename = value("Filename");
		return {
			text: paragraph,
			name: value("Package"),
			version: value("Version"),
			architecture: value("Architecture"),
			files: [poolFile$1(filename, value("Size"), value("SHA256"), file)],
			weak: /* @__PURE__ */ new Map([[filename, {
				md5: value("MD5sum"),
				sha1: value("SHA1")
			}]])
		};
	});
}
function readSourcesFile(text, file) {
	return paragraphs(text).map(({ fields, text: paragraph }) => {
		const value = (name) => needed(fields, name, file);
		const folder = value("Directory");
		const list = (name) => value(name).split("\n").map((line) => line.trim().split(/\s+/)).filter((words) => words.length === 3);
		const sha1 = new Map(list("Checksums-Sha1").map(([digest, , name]) => [name, digest]));
		const md5 = new Map(list("Files").map(([digest, , name]) => [name, digest]));
		const files = list("Checksums-Sha256").map(([digest, size, name]) => poolFile$1(`${folder}/${name}`, size, digest, file));
		const weak = new Map(files.map((each) => {
			const name = each.path.slice(folder.length + 1);
			return [each.path, {
				md5: md5.get(name) ?? "",
				sha1: sha1.get(name) ?? ""
			}];
		}));
		const [name, version] = [value("Package"), value("Version")];
		return {
			text: paragraph,
			name,
			version,
			architecture: "source",
			files,
			weak
		};
	});
}
const WANTED = /* @__PURE__ */ new Set([
	"Package",
	"Version",
	"Architecture",
	"Filename",
	"Size",
	"SHA256",
	"SHA1",
	"MD5sum",
	"Directory",
	"Files",
	"Checksums-Sha1",
	"Checksums-Sha256"
]);
function paragraphs(text) {
	const found = [];
	let fields = /* @__PURE__ */ new Map();
	let current;
	let first = 0;
	const finish = (end) => {
		if (fields.size > 0) found.push({
			fields,
			text: text.slice(first, text[end - 1] === "\n" ? end - 1 : end)
		});
		fields = /* @__PURE__ */ new Map();
		current = void 0;
	};
	for (let start = 0; start < text.length;) {
		const newline = text.indexOf("\n", start);
		const end = newline === -1 ? text.length : newline;
		if (end === start) {
			finish(start);
			first = end + 1;
		} else if (text[start] === " " || text[start] === "	") {
			if (current !== void 0) fields.set(current, `${fields.get(current)}\n${text.slice(start, end)}`);
		} else {
			const colon = text.indexOf(":", start);
			const name = colon === -1 || colon > end ? "" : text.slice(start, colon);
			current = WANTED.has(name) ? name : void 0;
			if (current !== void 0) fields.set(current, text.slice(colon + 1, end).trim());
		}
		start = end + 1;
	}
	finish(text.length);
	return found;
}
function needed(fields, name, file) {
	const value = fields.get(name);
	if (value !== void 0) return value;
	throw new UserError({
		what: "a paragraph of the index lacks a field",
		where: file,
		found: fields.get("Package") ?? "no Package",
		expected: `the field ${name}`
	});
}
function poolFile$1(name, size, sha256, file) {
	if (isPoolPath(name) && /^\d+$/.test(size) && /^[0-9a-f]{64}$/.test(sha256)) return {
		path: name,
		size: Number(size),
		sha256
	};
	throw new UserError({
		what: "the index names a file that cannot be",
		where: file,
		found: JSON.stringify(name)
	});
}

// src/repository/deb/older.ts
const gzip = promisify(zlib.gzip);
const DIGESTS$1 = {
	MD5Sum: "md5",
	SHA1: "sha1",
	SHA256: "sha256",
	SHA512: "sha512"
};
async function mergeOlder(settings, expected, { view, staging }) {
	const { head, paths } = view;
	const unchanged = /* @__PURE__ */ new Set();
	if (head === void 0) return unchanged;
	const suiteFolder = path.join(staging.snapshot, "dists", settings.suite);
	const formerFolder = path.join(paths.snapshot(head.id), "dists", settings.suite);
	const former = new DebState(head.packages, head.settings.architectures);
	const written = /* @__PURE__ */ new Map();
	const linked = [];
	for (const key of indexKeys(settings)) {
		const file = indexPath$1(key);
		const isLinked = await isSameFile(path.join(formerFolder, file), path.join(suiteFolder, file));
		if (isLinked && isSameIndex(former.index(key), expected.index(key))) {
			unchanged.add(indexFolder(key));
			linked.push(file, `${file}.gz`);
			continue;
		}
		if (!isLinked && !expected.hasOlder(key)) continue;
		written.set(file, await mergedIndex(key, expected, suiteFolder, isLinked ? void 0 : formerFolder));
	}
	const compress = async ([file, content]) => [`${file}.gz`, await gzip(content)];
	for (const [file, content] of await Promise.all([...written].map(compress))) written.set(file, content);
	for (const [name, content] of written) {
		const file = path.join(suiteFolder, name);
		await writeFile(`${file}.new`, content);
		await rename(`${file}.new`, file);
	}
	await writeChecksums(suiteFolder, written, await checksumLines(formerFolder, linked));
	return unchanged;
}
function isSameIndex(a, b) {
	if (a.size !== b.size) return false;
	for (const [name, list] of a) {
		const others = b.get(name) ?? [];
		if (!list.every((each, index) => {
			const other = others[index];
			return other !== void 0 && identityOf(each) === identityOf(other);
		}) || list.length !== others.length) return false;
	}
	return true;
}
async function isSameFile(a, b) {
	const [one, other] = await Promise.all([a, b].map((file) => lstat(file).catch(() => void 0)));
	return one !== void 0 && other !== void 0 && one.ino === other.ino && one.dev === other.dev;
}
async function mergedIndex(key, expected, suiteFolder, formerFolder) {
	const wanted = new Set([...expected.index(key).values()].flat().map(identityOf));
	const staged = await readIndexFile(suiteFolder, key);
	const known = new Set(staged.map(identityOf));
	const isMissing = (entry) => {
		const identity = identityOf(entry);
		return wanted.has(identity) && !known.has(identity);
	};
	const entries = formerFolder === void 0 ? staged.filter((entry) => wanted.has(identityOf(entry))) : [...staged, ...(await readIfThere$3(formerFolder, key)).filter(isMissing)];
	entries.sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : compareVersions$1(b.version, a.version));
	return Buffer.from(entries.map(({ text }) => `${text}\n\n`).join(""), "latin1");
}
async function readIfThere$3(suiteFolder, key) {
	return await readIndexFile(suiteFolder, key).catch((error) => {
		if (error.code === "ENOENT") return [];
		throw error;
	});
}
const CHECKSUM_LINE$1 = /^ *[0-9a-f]+ +\d+ +(\S+)$/;
async function checksumLines(suiteFolder, names) {
	const wanted = new Set(names);
	const lines = /* @__PURE__ */ new Map();
	if (wanted.size === 0) return lines;
	const release = await readRelease$1(suiteFolder);
	for (const field of Object.keys(DIGESTS$1)) {
		const found = /* @__PURE__ */ new Map();
		for (const line of release.get(field)?.split("\n") ?? []) {
			const [, name = ""] = CHECKSUM_LINE$1.exec(line) ?? [];
			if (wanted.has(name)) found.set(name, line);
		}
		lines.set(field, found);
	}
	return lines;
}
async function writeChecksums(suiteFolder, written, linked) {
	const release = await readRelease$1(suiteFolder);
	let isOther = false;
	for (const [field, algorithm] of Object.entries(DIGESTS$1)) {
		const value = release.get(field);
		if (value === void 0) continue;
		const lines = value.split("\n").map((line) => {
			const [, name = ""] = CHECKSUM_LINE$1.exec(line) ?? [];
			const content = written.get(name);
			if (content === void 0) return linked.get(field)?.get(name) ?? line;
			return `${createHash(algorithm).update(content).digest("hex")} ${content.length} ${name}`;
		});
		if (lines.join("\n") === value) continue;
		isOther = true;
		release.set(field, lines.join("\n"));
	}
	if (isOther) await writeFile(path.join(suiteFolder, "Release"), formatParagraph([...release]));
}
async function readRelease$1(suiteFolder) {
	const file = path.join(suiteFolder, "Release");
	return parseSingleParagraph(await readFile(file, "utf8"), { file });
}

// src/repository/address.ts
function checkAddress(text) {
	const address = text.replace(/\/+$/, "");
	const refuse = (found, expected, remedy) => new UserError({
		what: "not an address that clients can be given",
		where: "input url",
		found,
		expected,
		...remedy === void 0 ? {} : { remedy }
	});
	if (!/^(?:https?|file|copy):\/[A-Za-z0-9._~:/@+=%[\]-]+$/.test(address) || address.length > 1e3 || !URL.canParse(address)) throw refuse(quote(address), "an http, https or file URI of letters, digits and ._~:/+=%-, without ? and #");
	const { username, password } = new URL(address);
	if (username !== "" || password !== "") throw refuse("a user or password in it", "an address that everyone may read", "give them to clients by apt_auth.conf(5) or dnf.conf(5)");
	return address;
}

// src/repository/refusal.ts
function versionRefusal(result, all, subject) {
	const { outcome, against, file } = result;
	if (outcome !== "downgrade" && outcome !== "conflict") return [];
	const { name, version, architecture } = subject.candidate;
	const there = `${against?.name} ${against?.version} (${against?.architecture}) in the channel ${against?.channel}`;
	const found = `${name} ${version} (${architecture})`;
	const error = outcome === "downgrade" ? new UserError({
		what: "the package is older than the published one: a downgrade",
		where: subject.where,
		found,
		expected: `a version above ${there}`,
		remedy: HOW_TO_GO_BACK
	}) : new UserError({
		what: "the version is published already, with other content: a conflict",
		where: subject.where,
		found: `${found}${file === void 0 ? "" : `, file ${file}`}`,
		expected: `the content of ${there}`,
		remedy: "give it a new version"
	});
	return [refusal(subject, outcome, all.flatMap(asAgainst), error)];
}
function checkEachChannel({ kind, name }, published, check) {
	const byChannel = /* @__PURE__ */ new Map();
	for (const each of published.get(kind, name)) byChannel.set(each.channel, [...byChannel.get(each.channel) ?? [], each]);
	return [...byChannel.values()].map(check);
}
const HOW_TO_GO_BACK = "to go back on purpose, set allow-downgrade, with a reason";
function refusal({ candidate, type }, outcome, against, error) {
	const { kind, name, version, architecture } = candidate;
	return {
		kind,
		type,
		name,
		version,
		architecture,
		outcome,
		against,
		error
	};
}
function asAgainst({ outcome, against, file }) {
	if (against === void 0 || outcome !== "downgrade" && outcome !== "conflict") return [];
	const { name, version, architecture, channel } = against;
	return [{
		outcome,
		name,
		version,
		architecture,
		channel,
		...file === void 0 ? {} : { file }
	}];
}
function misplacedRefusal(subject, architectures) {
	return refusal(subject, "misplaced", [], new UserError({
		what: "a package of an architecture that the repository does not have",
		where: subject.where,
		found: subject.candidate.architecture,
		expected: architectures.join(", "),
		remedy: "add it to the input architectures"
	}));
}
function refuseAll(errors) {
	const [only, ...more] = errors;
	if (only === void 0) return;
	if (more.length === 0) throw only;
	throw new AggregateError(errors, `${errors.length} packages cannot be published; the first: ${only.message}`);
}
function targetOf(before, packages) {
	if (before === void 0 || packages === void 0 || packages === before) return before ?? packages;
	throw new UserError({
		what: "the packages are built for another target than those of the repository",
		where: "input packages",
		found: quote(packages),
		expected: quote(before),
		remedy: "one repository serves one target: give a repository of its own to each"
	});
}

// src/repository/deb/settings.ts
const NAME = /^[A-Za-z0-9][A-Za-z0-9.+~-]{0,63}$/;
const NO_COMPONENTS = /^(?:InRelease|Release(?:\.gpg)?|by-hash|source|debian-installer|binary-.*)$/i;
const MAX_PARTS = 4;
const LINE$1 = /^[^\p{Cc}#]{1,200}$/u;
function resolveSettings(request, before, hints) {
	if (before !== void 0 && request.suite !== void 0 && request.suite !== before.suite) throw new UserError({
		what: "the repository serves another suite",
		where: "input suite",
		found: quote(request.suite),
		expected: quote(before.suite),
		remedy: "one repository serves one suite: give a repository of its own to each"
	});
	const target = targetOf(before?.target, hints.target);
	const suite = before?.suite ?? request.suite ?? hints.suite;
	if (suite === void 0) throw new UserError({
		what: "a new repository needs the name of its suite",
		where: "input suite",
		expected: "such as bookworm"
	});
	const components = union(before?.components, request.components ?? (before === void 0 ? [request.component ?? "main"] : []));
	for (const [input, name] of [["component", request.component], ["udeb-component", request.udebComponent]]) {
		if (name === void 0 || components.includes(name)) continue;
		throw new UserError({
			what: "the repository does not have the component",
			where: `input ${input}`,
			found: quote(name),
			expected: `one of ${components.join(", ")}`,
			remedy: "add it to the input components"
		});
	}
	const given = request.architectures ?? (before === void 0 ? hints.architectures : []);
	const architectures = union(before?.architectures, given);
	if (architectures.length === 0) throw new UserError({
		what: "a new repository needs its architectures",
		where: "input architectures",
		found: "only packages for all architectures",
		expected: "such as amd64"
	});
	const origin = request.origin ?? before?.origin ?? hints.origin;
	const label = request.label ?? before?.label ?? origin;
	const description = request.description ?? before?.description;
	const validSeconds = request.validSeconds ?? before?.validSeconds;
	const url = request.url === void 0 ? before?.url : checkAddress(request.url);
	check("suite", [suite], (text) => NAME.test(text), "letters, digits and .+~-");
	check("components", components, (text) => {
		const parts = text.split("/");
		return parts.length <= MAX_PARTS && parts.every((part) => NAME.test(part) && !NO_COMPONENTS.test(part));
	}, "letters, digits and .+~-, and no name that indexes have");
	check("architectures", architectures, (text) => text !== "all" && isArchitecture(text), "one such as amd64, not all or source");
	check("origin", [origin], (text) => LINE$1.test(text), "one line without #");
	check("label", [label], (text) => LINE$1.test(text), "one line without #");
	check("description", description === void 0 ? [] : [description], (text) => LINE$1.test(text), "one line without #");
	return {
		suite,
		...target === void 0 ? {} : { target },
		components,
		udebComponents: before?.udebComponents ?? [],
		architectures,
		origin,
		label,
		...description === void 0 ? {} : { description },
		...validSeconds === void 0 || validSeconds === 0 ? {} : { validSeconds },
		...url === void 0 ? {} : { url },
		...keepVersionsField(request.keepVersions, before)
	};
}
function debugComponent(component) {
	return component.endsWith("/debug") ? component : `${component}/debug`;
}
function check(input, values, isGood, expected) {
	const wrong = values.find((value) => !isGood(value));
	if (wrong === void 0) return;
	throw new UserError({
		what: "a value that cannot be",
		where: `input ${input}`,
		found: quote(wrong),
		expected
	});
}
function union(before = [], more) {
	return [.../* @__PURE__ */ new Set([...before, ...more])];
}

// src/repository/deb/packages.ts
function binaryPackage(each) {
	const { name, version, architecture, sha256 } = each.candidate;
	const extension = each.type === "udeb" ? "udeb" : "deb";
	const fileName = `${name}_${withoutEpoch(version)}_${architecture}.${extension}`;
	return {
		kind: "binary",
		type: each.type,
		name,
		version,
		architecture,
		component: each.component,
		source: each.source,
		sourceVersion: each.sourceVersion,
		files: [{
			path: `${poolFolder(each.component, each.source)}/${fileName}`,
			size: each.file.size,
			sha256
		}]
	};
}
function sourcePackage(each, dsc) {
	const folder = poolFolder(each.component, each.source);
	const file = (name, { size, sha256 }) => ({
		path: `${folder}/${name}`,
		size,
		sha256
	});
	return {
		kind: "source",
		type: "dsc",
		name: each.source,
		version: each.sourceVersion,
		architecture: "source",
		component: each.component,
		source: each.source,
		sourceVersion: each.sourceVersion,
		files: [file(each.dsc.name, dsc), ...each.parts.map((part) => file(part.name, part))]
	};
}
function componentOf$1(each, settings, { component: asked, udebComponent }) {
	if (each.type === "udeb" && udebComponent !== void 0) return udebComponent;
	const [area, rest] = each.section?.split("/") ?? [];
	const named = rest !== void 0 && area !== void 0 && settings.components.includes(area) ? area : void 0;
	const component = asked ?? named ?? settings.components[0] ?? "main";
	return each.type !== "dsc" && each.isDebugSymbols ? debugComponent(component) : component;
}
function placeRecords(records, binaries, sources) {
	const files = /* @__PURE__ */ new Map();
	for (const each of binaries) if (!each.isDebugSymbols || !files.has(each.file.name)) files.set(each.file.name, each.component);
	for (const each of sources) files.set(each.dsc.name, each.component);
	return records.flatMap((each) => {
		const components = each.lists.flatMap((name) => files.get(name) ?? []);
		const component = components.find((name) => !name.endsWith("/debug")) ?? components[0];
		return component === void 0 ? [] : [{
			...each,
			component
		}];
	});
}

// src/repository/withdrawn.ts
const INDEPENDENT$2 = /* @__PURE__ */ new Set(["all", "noarch"]);
function isComparable$1(a, b) {
	return a === b || INDEPENDENT$2.has(a) || INDEPENDENT$2.has(b);
}
function withdrawnOf(entries, superseded, named) {
	const replaced = /* @__PURE__ */ new Map();
	for (const { kind, name, architecture, replaces } of entries) for (const old of replaces) {
		const key = `${kind} ${name} ${old}`;
		replaced.set(key, [...replaced.get(key) ?? [], architecture]);
	}
	return superseded.filter((each) => {
		const { kind, name, version, architecture } = each;
		if ((replaced.get(`${kind} ${name} ${version}`) ?? []).some((own) => isComparable$1(own, architecture))) return false;
		return ![...named(kind, name)].some((other) => other !== each && isComparable$1(other.architecture, architecture));
	});
}
function stayingOf(added, listed) {
	const binaries = added.filter(({ kind }) => kind === "binary");
	const groups = /* @__PURE__ */ new Map();
	for (const each of binaries) groups.set(each.source, [...groups.get(each.source) ?? [], each]);
	const now = new Set(listed.map((each) => `${each.source} ${each.sourceVersion} ${each.name}`));
	return listed.filter((each) => {
		const own = groups.get(each.source) ?? [];
		const comparable = own.filter(({ architecture }) => isComparable$1(architecture, each.architecture));
		if (each.kind !== "binary" || comparable.length === 0) return false;
		return own.every(({ sourceVersion }) => sourceVersion !== each.sourceVersion && !now.has(`${each.source} ${sourceVersion} ${each.name}`));
	});
}

// src/repository/deb/published.ts
var Published$1 = class {
	#everywhere = new VersionIndex();
	#inChannel = new VersionIndex();
	constructor({ heads, channel }) {
		for (const [name, { packages }] of heads) {
			const published = packages.map((each) => asPublished(each, name));
			this.#everywhere.addAll(published);
			if (name === channel) this.#inChannel.addAll(published);
		}
	}
	objections(each, { architectures }) {
		const { candidate, type } = each;
		const subject = {
			candidate,
			type,
			where: shown(each.type === "dsc" ? each.dsc : each.file)
		};
		const { architecture } = candidate;
		if (type !== "dsc" && architecture !== "all" && !architectures.includes(architecture)) return [misplacedRefusal(subject, architectures)];
		const result = checkCandidate(candidate, this.#everywhere);
		if (result.outcome !== "conflict" && result.outcome !== "downgrade") return [];
		const eachChannel = checkEachChannel(candidate, this.#everywhere, (of) => checkCandidate(candidate, of));
		return versionRefusal(result, eachChannel, subject);
	}
	isLeft(candidate, newestOnly) {
		const { outcome } = checkCandidate(candidate, this.#inChannel);
		if (outcome !== "downgrade" || newestOnly) return outcome === "same";
		const equal = this.#inChannel.get(candidate.kind, candidate.name).filter(({ version }) => version === candidate.version);
		return checkCandidate(candidate, equal).outcome === "same";
	}
};
function asPublished(each, channel) {
	const { kind, name, version, architecture } = each;
	if (kind === "binary") return {
		kind,
		name,
		version,
		architecture,
		sha256: each.files[0]?.sha256 ?? "",
		channel
	};
	const files = each.files.filter(({ path }) => !path.endsWith(".dsc")).map(({ path, sha256 }) => ({
		name: path.slice(path.lastIndexOf("/") + 1),
		sha256
	}));
	return {
		kind,
		name,
		version,
		architecture,
		sha256: sourceDigest(files),
		files,
		channel
	};
}

// src/repository/deb/plan.ts
function architecturesOf$1({ binaries, builds }) {
	const own = binaries.map((each) => each.candidate.architecture).filter((name) => name !== "all");
	const built = builds.flatMap(({ manifest }) => manifest.target?.architecture ?? []);
	return [...new Set(own.length > 0 ? own : built)];
}
function makePlan(candidates, view, request, { now, allowDowngrade, replacesSources = false }) {
	const before = view.head?.settings ?? [...view.heads.values()][0]?.settings;
	const base = resolveSettings(request, before, {
		target: oneTarget$1(candidates)?.name,
		suite: oneTarget$1(candidates)?.suite,
		architectures: architecturesOf$1(candidates),
		origin: request.name
	});
	const published = new Published$1(view);
	const newestOnly = allowDowngrade || keepsFewer(base, view.head?.settings);
	const isSame = (each) => published.isLeft(each.candidate, newestOnly);
	const all = [...candidates.binaries, ...candidates.sources];
	const objections = all.map((each) => [each, published.objections(each, base)]).filter(([each, [first]]) => first !== void 0 && !(first.outcome === "downgrade" && isSame(each)));
	const isAllowed = ({ outcome }) => outcome === "downgrade" && allowDowngrade;
	const refused = new Set(objections.filter(([, found]) => !found.every(isAllowed)).map(([each]) => each));
	const place = (each) => ({
		...each,
		component: componentOf$1(each, base, request)
	});
	const isAdded = (each) => !refused.has(each) && !isSame(each);
	const binaries = candidates.binaries.filter(isAdded).map(place);
	const sources = candidates.sources.filter(isAdded).map(place);
	const settings = extend(base, binaries);
	const provisional = [...binaries.map(binaryPackage), ...sources.map((each) => sourcePackage(each, {
		size: each.dsc.size,
		sha256: each.dsc.sha256
	}))];
	const { state, replaced, kept, withdrawn, removed, restored } = applyTo$1(view.head, settings, provisional, replacesSources);
	const superseded = [.../* @__PURE__ */ new Set([...replaced.flat(), ...withdrawn])];
	const entries = [...provisional.map((each, index) => entry(each, replaced[index] ?? [], kept[index] ?? [])), ...all.filter((each) => !refused.has(each) && isSame(each)).map((each) => sameEntry$2(each, view.head))];
	return {
		entries,
		superseded: superseded.map(refOf$3),
		withdrawn: withdrawnOf(entries, superseded, (kind, name) => state.named(kind, name)).map(refOf$3),
		staying: keptVersions(settings) === 1 ? [] : stayingOf(provisional, state.packages()).map(refOf$3),
		reasons: reasonsOf(view.head, settings, now),
		refusals: objections.flatMap(([, found]) => found.filter((each) => !isAllowed(each))),
		downgrades: objections.flatMap(([each, found]) => refused.has(each) ? [] : found),
		settings,
		given: {},
		binaries,
		sources,
		records: placeRecords(candidates.records, binaries, sources),
		newArchitectures: view.head === void 0 ? [] : settings.architectures.filter((name) => !view.head?.settings.architectures.includes(name)),
		removed,
		restored,
		replacesSources
	};
}
function entry(each, former, kept) {
	const { kind, type, name, version, architecture, component } = each;
	return {
		kind,
		type,
		name,
		version,
		architecture,
		...component === void 0 ? {} : { component },
		action: former.some((other) => isNewer(other, each)) ? "downgrade" : former.length + kept.length > 0 ? "upgrade" : "add",
		replaces: [...new Set(former.map((other) => other.version))],
		...kept.length === 0 ? {} : { keeps: [...new Set(kept.map((other) => other.version))] }
	};
}
function sameEntry$2(each, head) {
	const ref = each.candidate;
	const component = (head?.packages.find(({ kind, name, version, architecture }) => kind === ref.kind && name === ref.name && version === ref.version && architecture === ref.architecture))?.component;
	return {
		...refOf$3(each.candidate),
		type: each.type,
		...component === void 0 ? {} : { component },
		action: "same",
		replaces: []
	};
}
function refOf$3({ kind, name, version, architecture }) {
	return {
		kind,
		name,
		version,
		architecture
	};
}
function extend(settings, binaries) {
	const components = /* @__PURE__ */ new Set([...settings.components, ...binaries.map((each) => each.component)]);
	const withUdebs = binaries.filter((each) => areaOf(each.type) === "installer").map((each) => each.component);
	return {
		...settings,
		components: [...components],
		udebComponents: [.../* @__PURE__ */ new Set([...settings.udebComponents, ...withUdebs])]
	};
}
function oneTarget$1(candidates) {
	const targets = candidates.builds.flatMap(({ manifest }) => manifest.target ?? []);
	const [target] = targets;
	const other = targets.find(({ name, suite }) => name !== target?.name || suite !== target.suite);
	if (other === void 0) return target;
	throw new UserError({
		what: "the builds are for several targets",
		where: "input packages",
		found: `${target?.name} and ${other.name}`,
		expected: "builds of one target: each target has a repository of its own"
	});
}
function reasonsOf(head, settings, now) {
	if (head === void 0) return [];
	const reasons = [];
	const changed = [.../* @__PURE__ */ new Set([...Object.keys(settings), ...Object.keys(head.settings)])].filter((name) => !isDeepStrictEqual(settings[name], head.settings[name]));
	if (changed.length > 0) reasons.push(`settings changed: ${changed.join(", ")}`);
	const age = (now.getTime() - Date.parse(head.createdAt)) / 1e3;
	if (settings.validSeconds !== void 0 && age > settings.validSeconds / 2) reasons.push("more than half of the time is over that clients take the Release file for valid");
	return reasons;
}

// src/repository/snapshot.ts
const text$2 = string().max(4096);
const sha256$1 = string().regex(/^[0-9a-f]{64}$/);
const fingerprint$1 = string().regex(/^[0-9A-F]{40}$/);
const snapshotId$2 = string().refine(isSnapshotId, "the name of a snapshot");
const poolFile = strictObject({
	path: string().max(1024).refine(isPoolPath, "a path inside the pool"),
	size: int().nonnegative(),
	sha256: sha256$1
});
const packageSchema = strictObject({
	kind: _enum(["binary", "source"]),
	type: _enum([
		"deb",
		"udeb",
		"ddeb",
		"dsc",
		"rpm",
		"srpm"
	]),
	name: text$2,
	version: text$2,
	architecture: text$2,
	component: text$2.optional(),
	source: text$2,
	sourceVersion: text$2,
	headerDigest: sha256$1.optional(),
	signedBy: fingerprint$1.optional(),
	listedIn: array(text$2).optional(),
	files: array(poolFile).min(1)
});
const indexFile = strictObject({
	path: string().max(1024).regex(/^(?:[A-Za-z0-9][A-Za-z0-9.+~_-]*\/)+[A-Za-z0-9][A-Za-z0-9.+~_-]*$/),
	supersededAt: datetime()
});
const keepVersions = int().min(2).optional();
const debSettings = strictObject({
	suite: text$2,
	target: text$2.optional(),
	components: array(text$2).min(1),
	udebComponents: array(text$2),
	architectures: array(text$2).min(1),
	origin: text$2,
	label: text$2,
	description: text$2.optional(),
	validSeconds: int().positive().optional(),
	url: text$2.optional(),
	keepVersions
});
const rpmSettings = strictObject({
	label: text$2,
	target: text$2.optional(),
	architectures: array(text$2).min(1),
	url: text$2.optional(),
	keepVersions
});
const packageRef$1 = strictObject({
	kind: _enum(["binary", "source"]),
	name: text$2,
	version: text$2,
	architecture: text$2
});
const common = {
	schema: literal("pkg-actions/snapshot/1"),
	id: snapshotId$2,
	createdAt: datetime(),
	parent: snapshotId$2.nullable(),
	channel: text$2,
	signedBy: fingerprint$1,
	alsoSignedBy: array(fingerprint$1).min(1).optional(),
	nextKey: fingerprint$1.optional(),
	tool: strictObject({
		name: literal("pkg-actions"),
		version: text$2
	}),
	run: text$2.optional(),
	layeredOver: strictObject({
		channel: text$2,
		snapshot: snapshotId$2,
		url: text$2.optional()
	}).optional(),
	change: strictObject({
		added: array(packageRef$1),
		superseded: array(packageRef$1),
		overrides: array(strictObject({
			...packageRef$1.shape,
			over: text$2,
			channel: text$2,
			reason: text$2
		})).optional(),
		builds: array(strictObject({
			manifest: sha256$1,
			package: text$2,
			version: text$2,
			change: _enum(["review", "merge"]),
			origins: array(strictObject({
				role: _enum(["code", "spec"]),
				project: text$2,
				commit: text$2
			}))
		}))
	}),
	packages: array(packageSchema),
	records: array(strictObject({
		...poolFile.shape,
		source: text$2,
		sourceVersion: text$2
	})),
	supersededIndexes: array(indexFile)
};
function ofFormat(format, settings) {
	const { schema, id, createdAt, parent, channel, ...rest } = common;
	return strictObject({
		schema,
		id,
		createdAt,
		parent,
		channel,
		format: literal(format),
		settings,
		...rest
	});
}
const debSnapshot = ofFormat("deb", debSettings);
const rpmSnapshot = ofFormat("rpm", rpmSettings);
const snapshotSchema = discriminatedUnion("format", [debSnapshot, rpmSnapshot]);
const SNAPSHOT_FILE = "snapshot.json";
const known = /* @__PURE__ */ new WeakSet();
function formatSnapshot(snapshot) {
	const fresh = snapshot.packages.filter((each) => !known.has(each));
	const { packages: parsed, records, ...rest } = snapshotSchema.parse({
		...snapshot,
		packages: fresh
	});
	const checked = new Map(fresh.map((each, index) => [each, parsed[index]]));
	const packages = snapshot.packages.map((each) => checked.get(each) ?? each);
	const lines = (items) => items.length === 0 ? "[]" : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;
	return `${JSON.stringify(rest, null, 2).slice(0, -2)},\n  "packages": ${lines(packages)},\n  "records": ${lines(records)}\n}\n`;
}
async function readSnapshot(paths, id) {
	const file = path.join(paths.snapshot(id), SNAPSHOT_FILE);
	const damaged = (found) => new UserError({
		what: "the snapshot cannot be read",
		where: file,
		found,
		expected: "what the publisher wrote"
	});
	let json;
	try {
		json = JSON.parse(await readFile(file, "utf8"));
	} catch (error) {
		throw damaged(error.code ?? "no JSON");
	}
	const parsed = snapshotSchema.safeParse(json);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw damaged(`${issue?.path.join(".")}: ${issue?.message}`);
	}
	if (parsed.data.id !== id) throw damaged(`the snapshot ${quote(parsed.data.id)}`);
	for (const each of parsed.data.packages) known.add(each);
	return parsed.data;
}
async function listSnapshots(paths) {
	return (await readdirIfThere(paths.snapshots)).filter(isSnapshotId).sort();
}
async function readChannels(paths) {
	const channels = /* @__PURE__ */ new Map();
	for (const name of (await readdirIfThere(paths.public)).filter(isChannelName).sort()) {
		const link = path.join(paths.public, name);
		const target = await readlink(link).catch((error) => {
			if (error.code === "EINVAL" || error.code === "ENOENT") return void 0;
			throw error;
		});
		if (target === void 0) continue;
		const [, id = ""] = /^snapshots\/([^/]+)$/.exec(target) ?? [];
		if (!isSnapshotId(id)) throw new UserError({
			what: "a channel does not point to a snapshot",
			where: link,
			found: quote(target),
			expected: "snapshots/<id>"
		});
		channels.set(name, id);
	}
	return channels;
}
function* poolFilesOf(snapshot) {
	for (const { files } of snapshot.packages) yield* files;
	yield* snapshot.records;
}
async function readdirIfThere(folder) {
	return await readdir(folder).catch((error) => {
		if (error.code === "ENOENT") return [];
		throw error;
	});
}

// src/repository/taken.ts
async function takenNames(view, poolPaths) {
	const open = /* @__PURE__ */ new Set();
	for (const poolPath of new Set(poolPaths)) if (isThere$1(path.join(view.paths.public, poolPath))) open.add(poolPath);
	const taken = /* @__PURE__ */ new Map();
	const lookInto = ({ id, packages }, channel) => {
		for (const each of packages) for (const file of each.files) {
			if (!open.delete(file.path)) continue;
			taken.set(file.path, {
				file,
				package: each,
				snapshot: id,
				...channel === void 0 ? {} : { channel }
			});
		}
	};
	for (const [channel, head] of view.heads) if (open.size > 0) lookInto(head, channel);
	if (open.size === 0) return taken;
	const heads = new Set([...view.heads.values()].map(({ id }) => id));
	for (const id of await listSnapshots(view.paths)) {
		if (heads.has(id)) continue;
		const snapshot = await readIfThere$2(view, id);
		if (snapshot !== void 0) lookInto(snapshot);
		if (open.size === 0) break;
	}
	return taken;
}
function isThere$1(file) {
	try {
		return lstatSync(file, { throwIfNoEntry: false }) !== void 0;
	} catch (error) {
		if (error.code === "ENOTDIR") return false;
		throw error;
	}
}
async function readIfThere$2({ paths }, id) {
	try {
		return await readSnapshot(paths, id);
	} catch (error) {
		if (await lstat(paths.snapshot(id)).catch(() => void 0) === void 0) return void 0;
		throw error;
	}
}
function takenRefusal(subject, { file, package: there, snapshot, channel }) {
	const { name, version, architecture } = there;
	const where = channel === void 0 ? `the snapshot ${snapshot}` : `the channel ${channel}`;
	const error = new UserError({
		what: "the file is published with other content: a conflict",
		where: subject.where,
		found: `${subject.candidate.name} ${subject.candidate.version} (${subject.candidate.architecture}), file ${path.basename(file.path)}`,
		expected: `the content of ${name} ${version} (${architecture}) in ${where}`,
		remedy: "give it a new version"
	});
	const against = {
		outcome: "conflict",
		name,
		version,
		architecture,
		...channel === void 0 ? { snapshot } : { channel },
		file: path.basename(file.path)
	};
	return refusal(subject, "conflict", [against], error);
}

// src/repository/deb/sign-sources.ts
async function signSources(sources, records, { signer, staging, view }) {
	const inPool = async (poolPath) => await readIfThere$1(path.join(view.paths.public, poolPath));
	const contents = /* @__PURE__ */ new Map();
	const signedSources = [];
	for (const [index, source] of sources.entries()) {
		const poolPath = `${poolFolder(source.component, source.source)}/${source.dsc.name}`;
		const published = await inPool(poolPath);
		const content = published !== void 0 && (isServed(view, poolPath) || isSignedCopy(published.toString(), source.text)) ? published : Buffer.from(await signer.clearsign(source.text));
		contents.set(source.dsc.name, content);
		const folder = path.join(staging.work, "sources", String(index));
		await mkdir(folder, { recursive: true });
		const file = path.join(folder, source.dsc.name);
		await writeFile(file, content);
		for (const part of source.parts) await symlink(part.path, path.join(folder, part.name));
		signedSources.push({
			source,
			file,
			size: content.length,
			sha256: digest("sha256", content)
		});
	}
	const signedRecords = [];
	const files = [];
	for (const type of ["buildinfo", "changes"]) for (const record of records.filter((each) => each.type === type)) {
		const folder = poolFolder(record.component, record.source);
		for (const name of record.lists) {
			const published = contents.has(name) || !name.endsWith(".dsc") ? void 0 : await inPool(`${folder}/${name}`);
			if (published !== void 0) contents.set(name, published);
		}
		const poolPath = `${folder}/${record.file.name}`;
		let content = await inPool(poolPath);
		const isPublished = content !== void 0;
		if (content === void 0) {
			content = Buffer.from(await signer.clearsign(updateChecksums(record, contents)));
			const file = path.join(staging.public, poolPath);
			await mkdir(path.dirname(file), { recursive: true });
			await writeFile(file, content);
		}
		contents.set(record.file.name, content);
		const { source, sourceVersion } = record;
		const file = {
			path: poolPath,
			size: content.length,
			sha256: digest("sha256", content)
		};
		signedRecords.push({
			...file,
			source,
			sourceVersion
		});
		if (!isPublished) files.push(file);
	}
	return {
		sources: signedSources,
		records: signedRecords,
		files
	};
}
function isSignedCopy(signed, text) {
	return coveredText(stripSignature(signed)) === coveredText(stripSignature(text));
}
function isServed(view, poolPath) {
	return [...view.heads.values()].some(({ packages }) => packages.some((each) => each.kind === "source" && each.files.some((file) => file.path === poolPath)));
}
async function readIfThere$1(file) {
	return await readFile(file).catch((error) => {
		if (error.code === "ENOENT") return void 0;
		throw error;
	});
}
const DIGESTS = {
	32: "md5",
	40: "sha1",
	64: "sha256",
	128: "sha512"
};
const CHECKSUM_LINE = /^( +)([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})( +)\d+( +(?:\S+ +\S+ +)?)(\S+)$/;
function updateChecksums(record, contents) {
	const updated = /* @__PURE__ */ new Set();
	const lines = record.text.split("\n").map((line) => {
		const [, indent = "", former = "", gap = "", rest = "", name = ""] = CHECKSUM_LINE.exec(line) ?? [];
		const content = contents.get(name);
		const algorithm = DIGESTS[former.length];
		if (content === void 0 || algorithm === void 0) return line;
		updated.add(name);
		return `${indent}${digest(algorithm, content)}${gap}${content.length}${rest}${name}`;
	});
	const words = new Set(record.text.split(/\s+/));
	const missed = [...contents.keys()].find((name) => words.has(name) && !updated.has(name) && name !== record.file.name);
	if (missed === void 0) return lines.join("\n");
	throw new UserError({
		what: "a file is listed in a form that cannot be read",
		where: shown(record.file),
		found: quote(missed),
		expected: "digest, size and name on a line (deb-changes(5))"
	});
}
function digest(algorithm, content) {
	return createHash(algorithm).update(content).digest("hex");
}

// src/repository/deb/pool-check.ts
async function withoutTaken(plan, view) {
	const added = [...plan.binaries.map((each) => {
		const { candidate, type, file } = each;
		return {
			package: binaryPackage(each),
			subject: {
				candidate,
				type,
				where: shown(file)
			}
		};
	}), ...plan.sources.map((source) => {
		const { candidate, type, dsc } = source;
		return {
			package: sourcePackage(source, dsc),
			subject: {
				candidate,
				type,
				where: shown(dsc)
			},
			source
		};
	})];
	const taken = await takenNames(view, added.flatMap((each) => each.package.files.map((file) => file.path)));
	if (taken.size === 0) return plan;
	const refusals = [];
	for (const each of added) for (const file of each.package.files) {
		const there = taken.get(file.path);
		if (there === void 0 || there.file.sha256 === file.sha256) continue;
		const isServed = there.channel !== void 0 && there.package.kind === "source";
		const { source } = each;
		if (source !== void 0 && file.path.endsWith(".dsc")) {
			if (isServed || await isSameText(view, file.path, source.text)) continue;
		}
		refusals.push(takenRefusal(each.subject, there));
		break;
	}
	if (refusals.length === 0) return plan;
	const isRefused = (each) => refusals.some((other) => isSameRef$1(each, other));
	return {
		...plan,
		entries: plan.entries.filter((each) => !isRefused(each)),
		downgrades: plan.downgrades.filter((each) => !isRefused(each)),
		refusals: [...plan.refusals, ...refusals]
	};
}
async function isSameText({ paths }, poolPath, text) {
	return isSignedCopy(await readFile(path.join(paths.public, poolPath), "utf8"), text);
}
function isSameRef$1(a, b) {
	return a.kind === b.kind && a.name === b.name && a.version === b.version && a.architecture === b.architecture;
}

// src/repository/deb/provenance.ts
async function checkSignedBuilds(builds, provenance) {
	for (const build of builds) await checkSignedBuild(build, provenance);
}
async function checkSignedBuild(build, provenance) {
	const expected = `a signature by ${provenance.signers.fingerprints.join(" or ")}`;
	const changes = filesOf$1(build, "changes");
	if (changes.length === 0) throw new UserError({
		what: "the build is not signed",
		where: build.folder,
		found: "no .changes file",
		expected,
		remedy: "sign its .changes (docs/signing.md)"
	});
	const covered = /* @__PURE__ */ new Map();
	const signers = /* @__PURE__ */ new Set();
	for (const file of changes) {
		const where = shown(file);
		const text = await readText(file);
		const signatures = await provenance.signers.verifyText(text, where);
		provenance.add(build, signatures);
		for (const { fingerprint } of signatures) signers.add(fingerprint);
		const control = parseSingleParagraph(stripSignature(text, where), { file: where });
		for (const { name, digest } of readListed(control, where)) covered.set(name, digest);
	}
	const stray = filesOf$1(build, "deb", "udeb", "ddeb", "dsc", "buildinfo").find((file) => covered.get(file.name) !== file.sha256);
	if (stray === void 0) return;
	const digest = covered.get(stray.name);
	throw new UserError({
		what: "a file that the signed .changes of its build does not cover",
		where: shown(stray),
		found: `sha256 ${stray.sha256.slice(0, 12)}…, ${digest === void 0 ? "not listed" : `listed as ${digest.slice(0, 12)}…`}, signed by ${[...signers].join(", ")}`,
		expected: `an entry in ${changes.map(({ name }) => name).join(" or ")} with its SHA-256, and ${expected}`
	});
}

// src/repository/superseded.ts
async function linkSuperseded(own, { view, staging, now }) {
	const { head, paths } = view;
	if (head === void 0) return [];
	const oldest = now.getTime() - KEEP_SUPERSEDED_MS;
	const candidates = /* @__PURE__ */ new Map();
	for (const each of head.supersededIndexes) if (Date.parse(each.supersededAt) >= oldest) candidates.set(each.path, each.supersededAt);
	for (const each of own) candidates.set(each, now.toISOString());
	const kept = [];
	for (const [index, supersededAt] of candidates) {
		const target = path.join(staging.snapshot, index);
		if (existsSync(target)) continue;
		await mkdir(path.dirname(target), { recursive: true });
		await linkIfAbsent(path.join(paths.snapshot(head.id), index), target);
		kept.push({
			path: index,
			supersededAt
		});
	}
	return kept;
}
async function linkIfAbsent(from, to) {
	await link(from, to).catch((error) => {
		if (error.code !== "EEXIST") throw error;
	});
}

// src/repository/deb/release.ts
async function finishRelease(settings, context) {
	const { staging, signer, nextSigner, now } = context;
	const suiteFolder = path.join(staging.snapshot, "dists", settings.suite);
	const file = path.join(suiteFolder, "Release");
	const release = parseSingleParagraph(await readFile(file, "utf8"), { file });
	for (const index of listedIndexes(release, file)) await linkByHash(suiteFolder, index);
	const superseded = await linkSuperseded(await indexesBefore(context), context);
	const checksums = /* @__PURE__ */ new Set([
		"MD5Sum",
		"SHA1",
		"SHA256",
		"SHA512"
	]);
	const head = [...release].filter(([name]) => !checksums.has(name) && ![
		"Date",
		"Valid-Until",
		"Acquire-By-Hash"
	].includes(name));
	const validUntil = settings.validSeconds === void 0 ? void 0 : now.getTime() + settings.validSeconds * 1e3;
	const text = formatParagraph([
		...head,
		["Date", releaseDate(now)],
		...validUntil === void 0 ? [] : [["Valid-Until", releaseDate(new Date(validUntil))]],
		["Acquire-By-Hash", "yes"],
		...[...release].filter(([name]) => checksums.has(name))
	]);
	await writeFile(file, text);
	const signers = [signer, ...nextSigner === void 0 ? [] : [nextSigner]];
	await writeFile(path.join(suiteFolder, "InRelease"), await clearsignByAll(signers, text));
	await writeFile(path.join(suiteFolder, "Release.gpg"), (await detachByAll(signers, Buffer.from(text))).armored);
	return superseded;
}
function listedIndexes(release, file) {
	return requireField(release, "SHA256", file).split("\n").filter((line) => line.trim() !== "").map((line) => {
		const [, sha256 = "", listed = ""] = /^ *([0-9a-f]{64}) +\d+ +(\S+)$/.exec(line) ?? [];
		if (sha256 === "" || !/^(?:[A-Za-z0-9][A-Za-z0-9.+~_-]*\/)*[A-Za-z0-9][A-Za-z0-9.+~_-]*$/.test(listed)) throw new Error(`${file} lists ${JSON.stringify(line)}`);
		return {
			path: listed,
			sha256
		};
	});
}
function byHashPath({ path: listed, sha256 }) {
	return path.join(path.dirname(listed), "by-hash", "SHA256", sha256);
}
async function linkByHash(suiteFolder, index) {
	const file = path.join(suiteFolder, index.path);
	const named = path.join(suiteFolder, byHashPath(index));
	if (!existsSync(file)) throw new Error(`${file} is listed in Release and is not there`);
	await mkdir(path.dirname(named), { recursive: true });
	await linkIfAbsent(file, named);
}
async function indexesBefore({ view }) {
	const { head, paths } = view;
	if (head === void 0) return [];
	const dists = path.posix.join("dists", head.settings.suite);
	const file = path.join(paths.snapshot(head.id), dists, "Release");
	return listedIndexes(parseSingleParagraph(await readFile(file, "utf8"), { file }), file).map((index) => path.posix.join(dists, byHashPath(index)));
}
function releaseDate(date) {
	return formatDate(Math.floor(date.getTime() / 1e3)).replace("+0000", "UTC");
}

// src/repository/memory.ts
const PLACE = "/dev/shm";
const TMPFS = 16914836;
async function makeMemoryFolder(id, bytes) {
	try {
		const { type, bavail, bsize } = await statfs(PLACE);
		if (type !== TMPFS || bavail * bsize < bytes) return void 0;
		const folder = memoryFolder(id);
		await mkdir(folder, { mode: 448 });
		return folder;
	} catch {
		return;
	}
}
async function removeMemoryFolder(id) {
	const folder = memoryFolder(id);
	const stat = await lstat(folder).catch(() => void 0);
	if (stat?.isDirectory() && stat.uid === process.getuid?.()) await rm(folder, {
		recursive: true,
		force: true
	});
}
function memoryFolder(id) {
	return path.join(PLACE, `pkg-actions-${id}`);
}

// src/repository/deb/in-pool.ts
const FILES_AT_ONCE$2 = 4;
async function linkFromPool$1(files, { staging, view, signal }) {
	const own = new Set(view.head?.packages.flatMap((each) => each.files.map((file) => file.path)));
	return (await inParallel(files, FILES_AT_ONCE$2, async (file) => {
		signal.throwIfAborted();
		if (own.has(file.path)) return void 0;
		const there = path.join(view.paths.public, file.path);
		const stat = await lstat(there).catch((error) => {
			if (error.code === "ENOENT" || error.code === "ENOTDIR") return void 0;
			throw error;
		});
		if (!stat?.isFile() || stat.size !== file.size) return void 0;
		const { md5, sha1, sha256 } = await digestsOf(there);
		if (sha256 !== file.sha256) return void 0;
		const staged = path.join(staging.public, file.path);
		await mkdir(path.dirname(staged), { recursive: true });
		await link(there, staged);
		return `${file.path} :1:${sha1} :2:${sha256} ${md5} ${file.size}\n`;
	})).filter((line) => line !== void 0);
}
async function digestsOf(file) {
	const hashes = {
		md5: createHash("md5"),
		sha1: createHash("sha1"),
		sha256: createHash("sha256")
	};
	for await (const chunk of createReadStream(file)) for (const hash of Object.values(hashes)) hash.update(chunk);
	return {
		md5: hashes.md5.digest("hex"),
		sha1: hashes.sha1.digest("hex"),
		sha256: hashes.sha256.digest("hex")
	};
}

// src/repository/deb/reprepro-call.ts
const TYPE = {
	binary: "deb",
	installer: "udeb",
	source: "dsc"
};
var Reprepro = class {
	#base;
	#signal;
	#logger;
	constructor(folders, context) {
		this.#signal = context.signal;
		this.#logger = context.logger;
		this.#base = [
			...["--basedir", folders.state],
			...["--dbdir", folders.database],
			...["--outdir", folders.out],
			...["--distdir", folders.dists],
			...["--logdir", path.join(folders.work, "logs")],
			...["--listdir", path.join(folders.work, "lists")],
			...["--gnupghome", path.join(folders.work, "gnupg")],
			"--ignore=extension"
		];
	}
	async call(args, options = {}) {
		const exports = {
			never: ["--export=silent-never"],
			lookedat: ["--export=lookedat"],
			default: []
		};
		const scope = [
			"component",
			"architecture",
			"type"
		].flatMap((name) => {
			const value = options[name];
			return value === void 0 ? [] : [`--${name}`, value];
		});
		const argv = [
			"reprepro",
			...this.#base,
			...exports[options.exports ?? "default"],
			...scope,
			...args
		];
		try {
			await run(argv, {
				signal: this.#signal,
				...options.input === void 0 ? {} : { input: options.input },
				onLine: (line) => this.#logger.debug(`reprepro: ${line}`)
			});
		} catch (error) {
			throw error instanceof CommandError ? withItsReason(error) : error;
		}
	}
};
function withItsReason(error) {
	const lines = error.failure.stderr.split("\n");
	const isReason = (line) => !/^(?:There have been errors!|Deleting files|\(to avoid use|Warning: |\s*$)/.test(line);
	const reasons = lines.filter(isReason);
	const first = reasons.find((line) => /error|cannot|could not|no space/i.test(line)) ?? reasons[0];
	return first === void 0 ? error : new CommandError({
		...error.failure,
		stderr: [...lines, first].join("\n")
	});
}
function scopeOf(key) {
	return {
		component: key.component,
		architecture: key.architecture,
		type: TYPE[key.area]
	};
}

// src/repository/deb/reprepro.ts
const FILES_PER_CALL = 2e3;
const PACKAGE_BYTES = 65536;
const DATABASE_BYTES = 16777216;
const INCLUDE = {
	binary: "includedeb",
	installer: "includeudeb",
	source: "includedsc"
};
async function makeIndexes$1(plan, inclusions, context) {
	const { staging, view } = context;
	const kept = path.join(staging.private, "db");
	const memory = await makeMemoryFolder(staging.id, await roomFor(view, inclusions.length));
	const folders = {
		state: staging.private,
		database: memory === void 0 ? kept : path.join(memory, "db"),
		out: staging.public,
		dists: path.join(staging.snapshot, "dists"),
		work: path.join(staging.work, "reprepro")
	};
	try {
		await makeIndexesIn(folders, plan, inclusions, context);
		if (memory !== void 0) await copyFiles(folders.database, kept);
	} finally {
		await removeMemoryFolder(staging.id);
	}
}
async function roomFor({ paths, head }, count) {
	let bytes = 0;
	const kept = head === void 0 ? void 0 : path.join(paths.private, head.id, "db");
	for (const name of kept !== void 0 && existsSync(kept) ? await readdir(kept) : []) bytes += (await stat(path.join(kept ?? "", name))).size;
	return 2 * bytes + (count + (bytes === 0 ? head?.packages.length ?? 0 : 0)) * PACKAGE_BYTES + DATABASE_BYTES;
}
async function makeIndexesIn(folders, plan, inclusions, context) {
	const { view } = context;
	await mkdir(folders.work);
	await mkdir(folders.dists);
	if (view.head !== void 0) {
		await copyState(view.paths, view.head, folders, context);
		await copyDists(view.paths, view.head, folders.dists);
	}
	await writeConfiguration(plan.settings, inclusions, folders.state);
	const reprepro = new Reprepro(folders, context);
	const { suite } = plan.settings;
	let exportAll = view.head === void 0 || plan.reasons.length > 0;
	for (const architecture of plan.newArchitectures) {
		exportAll = true;
		await reprepro.call([
			"flood",
			suite,
			architecture
		], { exports: "never" });
	}
	for (const { key, name } of plan.removed) {
		exportAll = true;
		await reprepro.call([
			"remove",
			suite,
			name
		], {
			exports: "never",
			...scopeOf(key)
		});
	}
	if (view.head !== void 0 && plan.restored.length > 0) await putBack(plan.restored.map(({ key, each }) => ({
		key,
		packages: [each]
	})), view.paths, view.head, folders, reprepro);
	const added = [...plan.binaries.map(binaryPackage), ...plan.sources.map((each) => sourcePackage(each, each.dsc))];
	const checksums = await linkFromPool$1(added.flatMap((each) => each.files), context);
	if (checksums.length > 0) await reprepro.call(["_addchecksums"], {
		exports: "never",
		input: checksums.join("")
	});
	let included = 0;
	for (const { area, component, files } of groupByIndex(inclusions)) {
		const size = area === "source" ? 1 : FILES_PER_CALL;
		if (files.length > size && area !== "source") exportAll = true;
		for (let start = 0; start < files.length; start += size) {
			const part = files.slice(start, start + size);
			await reprepro.call([
				INCLUDE[area],
				suite,
				...part
			], {
				component,
				exports: start + size < files.length || exportAll ? "never" : "lookedat"
			});
			included += part.length;
			context.logger.progress(`reprepro: ${included} of ${formatCount(inclusions.length, "package")}`);
		}
	}
	if (exportAll) await reprepro.call(["export", suite]);
}
function groupByIndex(inclusions) {
	const groups = /* @__PURE__ */ new Map();
	for (const { area, component, file } of inclusions) {
		const key = `${area} ${component}`;
		const group = groups.get(key) ?? {
			area,
			component,
			files: []
		};
		group.files.push(file);
		groups.set(key, group);
	}
	return [...groups.values()];
}
async function writeConfiguration(settings, inclusions, folder) {
	const conf = path.join(folder, "conf");
	await mkdir(conf, { recursive: true });
	const overrides = {
		binary: ["DebOverride", "override.deb"],
		installer: ["UDebOverride", "override.udeb"],
		source: ["DscOverride", "override.dsc"]
	};
	const fields = [
		["Codename", settings.suite],
		["Suite", settings.suite],
		["Origin", settings.origin],
		["Label", settings.label],
		...settings.description === void 0 ? [] : [["Description", settings.description]],
		["Architectures", [...settings.architectures, "source"].join(" ")],
		["Components", settings.components.join(" ")],
		...settings.udebComponents.length === 0 ? [] : [["UDebComponents", settings.udebComponents.join(" ")]],
		["DebIndices", "Packages Release . .gz"],
		["UDebIndices", "Packages . .gz"],
		["DscIndices", "Sources Release . .gz"]
	];
	for (const [area, [field, file]] of Object.entries(overrides)) {
		const lines = inclusions.filter((each) => each.area === area).flatMap(overrideLines);
		await writeFile(path.join(conf, file), [...new Set(lines)].join(""));
		fields.push([field, file]);
	}
	await writeFile(path.join(conf, "distributions"), fields.map(([name, value]) => `${name}: ${value}\n`).join(""));
}
function overrideLines({ name, section, priority }) {
	const lines = [];
	if (section !== void 0) lines.push(`${name} Section ${section}\n`);
	if (priority !== void 0) lines.push(`${name} Priority ${priority}\n`);
	return lines;
}
async function copyState(paths, head, folders, context) {
	const kept = path.join(paths.private, head.id, "db");
	if (!existsSync(kept)) {
		context.logger.info(`reprepro's database of the snapshot ${head.id} is not there: making it anew from the indexes`);
		await rebuildState(paths, head, folders, context);
		return;
	}
	await copyFiles(kept, folders.database);
}
async function copyFiles(from, to) {
	await mkdir(to);
	for (const name of await readdir(from)) await copyFile(path.join(from, name), path.join(to, name), constants.COPYFILE_FICLONE);
}
async function copyDists(paths, head, dists) {
	const { suite } = head.settings;
	const from = path.join(paths.snapshot(head.id), "dists", suite);
	const to = path.join(dists, suite);
	const files = [...indexKeys(head.settings)].flatMap((key) => [
		"Release",
		"Packages",
		"Packages.gz",
		"Sources",
		"Sources.gz"
	].map((name) => path.join(indexFolder(key), name)));
	for (const file of files) {
		if (!existsSync(path.join(from, file))) continue;
		await mkdir(path.dirname(path.join(to, file)), { recursive: true });
		await link(path.join(from, file), path.join(to, file));
	}
}
async function rebuildState(paths, head, folders, context) {
	await writeConfiguration(head.settings, [], folders.state);
	const state = new DebState(head.packages, head.settings.architectures);
	await putBack([...indexKeys(head.settings)].map((key) => ({
		key,
		packages: [...state.current(key).values()]
	})), paths, head, folders, new Reprepro(folders, context));
}
async function putBack(parts, paths, head, folders, reprepro) {
	const suiteFolder = path.join(paths.snapshot(head.id), "dists", head.settings.suite);
	const checksums = /* @__PURE__ */ new Map();
	const indexes = [];
	for (const { key, packages } of parts) {
		if (packages.length === 0) continue;
		const wanted = new Set(packages.map(identityOf));
		const entries = (await readIndexFile(suiteFolder, key)).filter((entry) => wanted.has(identityOf(entry)));
		for (const { files, weak } of entries) for (const { path: file, size, sha256 } of files) {
			const { md5, sha1 } = weak.get(file) ?? {
				md5: "",
				sha1: ""
			};
			checksums.set(file, `${file} :1:${sha1} :2:${sha256} ${md5} ${size}\n`);
		}
		const file = path.join(folders.work, `index-${indexes.length}`);
		await writeFile(file, entries.map(({ text }) => `${text}\n\n`).join(""), "latin1");
		indexes.push({
			key,
			file,
			names: entries.map(({ name }) => name)
		});
	}
	await reprepro.call(["_addchecksums"], {
		exports: "never",
		input: [...checksums.values()].join("")
	});
	for (const { key, file, names } of indexes) for (let start = 0; start < names.length; start += FILES_PER_CALL) await reprepro.call([
		"_addpackage",
		head.settings.suite,
		file,
		...names.slice(start, start + FILES_PER_CALL)
	], {
		exports: "never",
		...scopeOf(key)
	});
}

// src/repository/deb/verify.ts
async function verifyIndexes(plan, expected, unchanged, context) {
	const { head } = context.view;
	const suiteFolder = path.join(context.staging.snapshot, "dists", plan.settings.suite);
	for (const key of indexKeys(plan.settings)) {
		const folder = indexFolder(key);
		if (!unchanged.has(folder)) compare$3(await readIndexFile(suiteFolder, key), expected.index(key), folder);
	}
	const known = new Set(head?.packages.flatMap((each) => each.files.map((file) => file.path)));
	const fresh = /* @__PURE__ */ new Map();
	for (const { files } of expected.packages()) for (const file of files) if (!known.has(file.path)) fresh.set(file.path, file);
	for (const file of fresh.values()) {
		const stat = lstatSync(path.join(context.staging.public, file.path), { throwIfNoEntry: false });
		if (!stat?.isFile() || stat.size !== file.size) throw new Error(`reprepro did not put ${file.path} (${file.size} bytes) into the pool`);
	}
	return [...fresh.values()];
}
function compare$3(entries, listed, index) {
	const wanted = new Map([...listed.values()].flat().map((each) => [keyOf(each), each]));
	const found = new Map(entries.map((entry) => [keyOf(entry), entry]));
	if (found.size !== entries.length) throw new Error(`a package is listed twice in ${index}`);
	for (const [key, each] of wanted) {
		const entry = found.get(key);
		const is = entry === void 0 ? "nothing" : identityOf(entry);
		if (is !== identityOf(each)) throw new Error(`reprepro did not do as planned: ${index} has ${is}, not ${identityOf(each)}`);
	}
	const stray = entries.find((entry) => !wanted.has(keyOf(entry)));
	if (stray !== void 0) throw new Error(`reprepro did not do as planned: ${index} still has ${identityOf(stray)}`);
}
function keyOf({ name, version }) {
	return `${name} ${version}`;
}

// src/repository/deb/driver.ts
const DEFAULT_SECTION = "misc";
const DEFAULT_PRIORITY = "optional";
function debDriver(request) {
	return {
		format: "deb",
		read: async (builds, { signal, provenance }) => {
			if (provenance !== void 0) await checkSignedBuilds(builds, provenance);
			return await readCandidates(builds, signal);
		},
		plan: async (candidates, view, rules) => await withoutTaken(makePlan(candidates, view, request, rules), view),
		async stage(plan, context) {
			const { view, done, signal } = context;
			const signed = await signSources(plan.sources, plan.records, context);
			await done("signed");
			const inclusions = [...plan.binaries.map((each) => ({
				file: each.file.path,
				name: each.candidate.name,
				area: areaOf(each.type),
				component: each.component,
				section: each.section === void 0 ? DEFAULT_SECTION : void 0,
				priority: each.priority === void 0 ? DEFAULT_PRIORITY : void 0
			})), ...signed.sources.map(({ source, file }) => ({
				file,
				name: source.source,
				area: "source",
				component: source.component,
				section: source.section ?? DEFAULT_SECTION,
				priority: source.priority ?? DEFAULT_PRIORITY
			}))];
			const packed = plan.binaries.map(({ file }) => file);
			const orBlame = async (error) => {
				if (signal.aborted) throw error;
				const changed = await blameChanged([...packed, ...plan.sources.flatMap(({ parts }) => parts)], error);
				throw changed === error ? await blameFields(packed, error, signal) : changed;
			};
			await makeIndexes$1(plan, inclusions, context).catch(orBlame);
			const added = [...plan.binaries.map(binaryPackage), ...signed.sources.map(({ source, size, sha256 }) => sourcePackage(source, {
				size,
				sha256
			}))];
			const { state } = applyTo$1(view.head, plan.settings, added, plan.replacesSources);
			const unchanged = await mergeOlder(plan.settings, state, context);
			const files = await verifyIndexes(plan, state, unchanged, context).catch(orBlame);
			await done("indexed");
			const supersededIndexes = await finishRelease(plan.settings, context);
			await done("released");
			const packages = state.packages();
			const living = new Set(packages.map((each) => `${each.source} ${each.sourceVersion}`));
			const records = new Map([...view.head?.records ?? [], ...signed.records].map((each) => [each.path, each]));
			return {
				settings: plan.settings,
				packages,
				records: [...records.values()].filter((each) => living.has(`${each.source} ${each.sourceVersion}`)),
				supersededIndexes,
				poolFiles: [...files, ...signed.files]
			};
		},
		check: checkAsClient
	};
}

// src/repository/keys.ts
function fingerprintsOf({ signer, nextSigner }) {
	return [signer, ...nextSigner === void 0 ? [] : [nextSigner]].map(({ key }) => key.fingerprint);
}
function keyFields({ signer, nextSigner }, format) {
	const next = nextSigner?.key.fingerprint;
	return {
		signedBy: signer.key.fingerprint,
		...next === void 0 || format === "rpm" ? {} : { alsoSignedBy: [next] },
		...next === void 0 ? {} : { nextKey: next }
	};
}
function keysOfSnapshot({ signedBy, alsoSignedBy = [], nextKey }) {
	return [.../* @__PURE__ */ new Set([
		signedBy,
		...alsoSignedBy,
		...nextKey === void 0 ? [] : [nextKey]
	])];
}
async function planKeys(view, format, { signer, nextSigner }, draft) {
	const heads = [...view.heads.values()];
	const needed = new Set(draft === void 0 ? [] : signersOf(draft));
	for (const [channel, head] of view.heads) {
		for (const fingerprint of signersOf(head)) needed.add(fingerprint);
		if (head.nextKey !== void 0 && channel !== view.channel) needed.add(head.nextKey);
	}
	const request = {
		file: path.join(view.paths.public, "keyring.gpg"),
		format,
		signer,
		next: nextSigner
	};
	const first = await planKeyring({
		...request,
		needed
	});
	if (first.retired.length === 0) return first;
	const still = await neededByOthers(view, new Set(first.retired), new Set(heads.map(({ id }) => id)));
	return still.size === 0 ? first : await planKeyring({
		...request,
		needed: /* @__PURE__ */ new Set([...needed, ...still])
	});
}
function signersOf(snapshot) {
	const found = new Set(snapshot.signedBy === void 0 ? [] : [snapshot.signedBy]);
	for (const { signedBy } of snapshot.packages) if (signedBy !== void 0) found.add(signedBy);
	return found;
}
async function neededByOthers({ paths }, candidates, heads) {
	const found = /* @__PURE__ */ new Set();
	for (const id of await listSnapshots(paths)) {
		if (heads.has(id)) continue;
		const text = await readFile(path.join(paths.snapshot(id), SNAPSHOT_FILE)).catch(() => void 0);
		const open = [...candidates].filter((each) => !found.has(each) && text?.includes(each) === true);
		if (open.length === 0) continue;
		const signers = signersOf(await readSnapshot(paths, id));
		for (const each of open) if (signers.has(each)) found.add(each);
		if (found.size === candidates.size) break;
	}
	return found;
}

// src/repository/provenance.ts
var Provenance = class {
	signers;
	#found = /* @__PURE__ */ new Map();
	constructor(signers) {
		this.signers = signers;
	}
	add(build, signatures) {
		const found = this.#found.get(build) ?? /* @__PURE__ */ new Map();
		this.#found.set(build, found);
		for (const each of signatures) found.set(each.fingerprint, each);
	}
	of(build) {
		const found = [...this.#found.get(build)?.values() ?? []];
		if (found.length === 0) throw new Error(`nobody verified the signatures of ${build.folder}`);
		return found.sort((a, b) => a.fingerprint < b.fingerprint ? -1 : 1);
	}
};

// src/repository/decision.ts
async function prepare(rules, context, driver) {
	checkChannelName(rules.channel, "input channel");
	const { logger, signal } = context;
	const builds = [];
	for (const [index, location] of rules.packages.entries()) {
		logger.progress(`verifying ${location} (${index + 1} of ${rules.packages.length})`);
		signal.throwIfAborted();
		builds.push(await readBuild(location, {
			format: driver.format,
			allowReview: rules.allowReview
		}));
	}
	const { allowedSigners } = rules;
	const provenance = allowedSigners === void 0 ? void 0 : new Provenance(allowedSigners);
	return {
		builds,
		candidates: await driver.read(builds, {
			...context,
			provenance
		}),
		signers: provenance && builds.map((build) => provenance.of(build))
	};
}
async function decide({ candidates }, view, signs, rules, context, driver, keyChanges = []) {
	const { allowDowngrade: reason } = rules;
	const plan = await driver.plan(candidates, view, {
		...context,
		allowDowngrade: reason !== void 0
	});
	const key = decideKey(view, signs, rules.allowKeyChange, keyChanges);
	const overrides = plan.downgrades.flatMap(({ kind, name, version, architecture, against }) => against.map((other) => {
		const { version: over, channel = "" } = other;
		return {
			kind,
			name,
			version,
			architecture,
			over,
			channel,
			reason: reason ?? ""
		};
	}));
	const reasons = [...plan.reasons, ...key.changes];
	const isSame = plan.entries.every(({ action }) => action === "same");
	const isRefused = plan.refusals.length > 0 || key.refusal !== void 0;
	const isNothing = view.head !== void 0 && isSame && reasons.length === 0;
	return {
		plan,
		key,
		overrides,
		reasons,
		verdict: isRefused ? "refused" : isNothing ? "nothing" : "publish"
	};
}
function refuseDecision({ plan, key }) {
	const errors = plan.refusals.map(({ error }) => error);
	refuseAll(key.refusal === void 0 ? errors : [key.refusal, ...errors]);
}
function decideKey(view, signs, allowKeyChange, keyChanges) {
	const [fingerprint = ""] = signs;
	const known = view.head === void 0 ? [...view.heads.values()] : [view.head];
	const before = [...new Set(known.flatMap(keysOfSnapshot))];
	const changes = [...view.head === void 0 ? [] : keyReasons(view.head, signs), ...keyChanges];
	if (allowKeyChange || known.length === 0 || before.includes(fingerprint)) return {
		signs,
		before,
		changes,
		refusal: void 0
	};
	return {
		signs,
		before,
		changes,
		refusal: new UserError({
			what: "the repository is signed by another key, which is the one that its clients have",
			where: "input signing-key",
			found: fingerprint,
			expected: known[0]?.signedBy ?? "",
			remedy: "give that key; to change keys on purpose, set allow-key-change and hand the new key to the clients first"
		})
	};
}
function keyReasons(head, [fingerprint, next]) {
	return [
		...head.signedBy === fingerprint ? [] : ["another key signs"],
		...next === void 0 || head.nextKey === next ? [] : [`the next key signs too, or is named: ${next}`],
		...head.nextKey === void 0 || head.nextKey === next || head.nextKey === fingerprint ? [] : [`no longer the next key: ${head.nextKey}`]
	];
}

// src/repository/trees.ts
const SERVED_FILE = 420;
const SERVED_FOLDER = 493;
const PRIVATE_FILE = 384;
const PRIVATE_FOLDER = 448;
async function listTree(root) {
	const tree = {
		folders: [root],
		files: [],
		links: []
	};
	for (const folder of tree.folders) for (const entry of await readdir(folder, { withFileTypes: true })) {
		const full = path.join(folder, entry.name);
		if (entry.isDirectory()) tree.folders.push(full);
		else if (entry.isSymbolicLink()) tree.links.push(full);
		else if (entry.isFile()) tree.files.push(full);
		else throw new Error(`${full} is neither file, folder nor link`);
	}
	return tree;
}
async function finishServedTree(root) {
	await finishTree(root, {
		file: 420,
		folder: 493
	});
}
async function finishPrivateTree(root) {
	await finishTree(root, {
		file: 384,
		folder: 448
	});
}
async function finishTree(root, modes) {
	const tree = await listTree(root);
	const byInode = /* @__PURE__ */ new Map();
	for (const file of tree.files) byInode.set(setMode(file, modes.file), file);
	await syncAll([...byInode.values()]);
	for (const folder of tree.folders.toReversed()) {
		setMode(folder, modes.folder);
		await sync(folder);
	}
}
function setMode(target, mode) {
	const stat = lstatSync(target);
	if ((stat.mode & 4095) !== mode) chmodSync(target, mode);
	return stat.ino;
}

// src/repository/history.ts
const snapshotId$1 = string().refine(isSnapshotId, "the name of a snapshot");
const text$1 = string().max(4096);
const channelEntry = strictObject({
	at: datetime(),
	action: _enum([
		"publish",
		"promote",
		"rollback",
		"remove"
	]),
	channel: string().refine(isChannelName, "the name of a channel"),
	id: snapshotId$1.nullable(),
	former: snapshotId$1.nullable(),
	from: text$1.optional(),
	copyOf: snapshotId$1.optional(),
	reason: text$1.optional(),
	overrides: array(text$1).optional(),
	run: text$1.optional()
});
const pruneEntry = strictObject({
	at: datetime(),
	action: literal("prune"),
	snapshots: array(snapshotId$1),
	reason: text$1.optional(),
	run: text$1.optional()
});
const historyEntry = discriminatedUnion("action", [channelEntry, pruneEntry]);
function historyLine(entry) {
	return JSON.stringify(historyEntry.parse(entry));
}
async function readHistory(paths) {
	return (await readIfThere(paths.history)).split("\n").slice(0, -1).map((line, index) => {
		let found;
		try {
			found = JSON.parse(line);
		} catch {
			found = void 0;
		}
		const parsed = historyEntry.safeParse(found);
		if (parsed.success) return parsed.data;
		const [issue] = parsed.error.issues;
		throw new UserError({
			what: "the history of the repository cannot be read",
			where: `${paths.history}:${index + 1}`,
			found: found === void 0 ? "no JSON" : `${issue?.path.join(".")}: ${issue?.message}`,
			expected: "a line that the publisher wrote",
			remedy: "remove the line"
		});
	});
}
async function appendHistory(paths, line) {
	const handle = await open(paths.history, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 384);
	try {
		const { last, end } = await lastLine(handle);
		await handle.truncate(end);
		if (last !== line) await writeAll(handle, Buffer.from(`${line}\n`), end);
		await handle.sync();
	} finally {
		await handle.close();
	}
	await sync(path.dirname(paths.history));
}
async function writeAll(handle, data, position) {
	for (let done = 0; done < data.length;) done += (await handle.write(data, done, data.length - done, position + done)).bytesWritten;
}
async function takeBackHistory(paths, line) {
	const handle = await open(paths.history, constants.O_RDWR | constants.O_NOFOLLOW).catch((error) => {
		if (error.code !== "ENOENT") throw error;
	});
	if (handle === void 0) return;
	let left;
	try {
		const { last, start, end } = await lastLine(handle);
		left = last === line ? start : end;
		await handle.truncate(left);
		await handle.sync();
	} finally {
		await handle.close();
	}
	if (left > 0) return;
	await rm(paths.history);
	await sync(path.dirname(paths.history));
}
async function lastLine(handle) {
	const content = await handle.readFile();
	const end = content.lastIndexOf(10) + 1;
	if (end === 0) return {
		last: void 0,
		start: 0,
		end: 0
	};
	const start = end < 2 ? 0 : content.lastIndexOf(10, end - 2) + 1;
	return {
		last: content.toString("utf8", start, end - 1),
		start,
		end
	};
}
async function readIfThere(file) {
	return await readFile(file, "utf8").catch((error) => {
		if (error.code === "ENOENT") return "";
		throw error;
	});
}

// src/repository/pool.ts
async function planPool(paths, files) {
	const actions = /* @__PURE__ */ new Map();
	let needed;
	for (const file of files) {
		const there = path.join(paths.public, file.path);
		const stat = lstatSync(there, { throwIfNoEntry: false });
		if (stat === void 0) {
			actions.set(file.path, "add");
			continue;
		}
		if (stat.isFile() && stat.size === file.size && (await digestFile(there)).sha256 === file.sha256) {
			actions.set(file.path, "keep");
			continue;
		}
		needed ??= await neededPoolFiles(paths);
		if (needed.has(file.path)) throw new UserError({
			what: "the file is published with other content",
			where: file.path,
			found: `sha256 ${file.sha256.slice(0, 12)}…, ${file.size} bytes`,
			expected: "the bytes of the published one, or another version"
		});
		actions.set(file.path, "replace");
	}
	return actions;
}
async function addToPool(paths, from, poolPath, action) {
	if (action === "keep") return;
	const to = path.join(paths.public, poolPath);
	try {
		if (action === "add") await linkInto(from, to, paths);
		else {
			await rm(`${to}.new`, { force: true });
			await link(from, `${to}.new`);
			await rename(`${to}.new`, to);
		}
	} catch (error) {
		const { code } = error;
		if (code === "EXDEV") throw new UserError({
			what: "the pool and the staging folder lie on different file systems",
			where: quote(paths.root),
			expected: "one file system for the whole repository"
		});
		throw error;
	}
}
async function linkInto(from, to, paths) {
	try {
		await link(from, to);
	} catch (error) {
		if (error.code !== "ENOENT") throw error;
		await makeServedFolder(path.dirname(to), paths.public);
		await link(from, to);
	}
}
async function syncPoolFolders(paths, poolPaths) {
	const folders = /* @__PURE__ */ new Set();
	for (const poolPath of poolPaths) for (let folder = path.dirname(poolPath); folder !== "."; folder = path.dirname(folder)) folders.add(folder);
	await syncAll([...folders].map((folder) => path.join(paths.public, folder)));
	await sync(paths.public);
}
async function removeUnneeded(paths, poolPaths, onFile) {
	if (poolPaths.length === 0) return;
	const needed = await neededPoolFiles(paths);
	for (const poolPath of poolPaths) {
		if (needed.has(poolPath)) continue;
		await onFile?.();
		const file = path.join(paths.public, poolPath);
		await rm(file, { force: true });
		await rm(`${file}.new`, { force: true });
		for (let folder = path.dirname(file); folder !== paths.pool; folder = path.dirname(folder)) if (!await rmdir(folder).then(() => true, (error) => {
			if (error.code === "ENOENT") return true;
			if (error.code === "ENOTEMPTY" || error.code === "EEXIST") return false;
			if (error.code === "EROFS") return false;
			throw error;
		})) break;
	}
}
async function neededPoolFiles(paths) {
	const needed = /* @__PURE__ */ new Set();
	for (const id of await listSnapshots(paths)) for (const file of poolFilesOf(await readSnapshot(paths, id))) needed.add(file.path);
	return needed;
}
async function makeServedFolder(folder, top) {
	if (folder === top) return;
	try {
		await mkdir(folder, 493);
	} catch (error) {
		const { code } = error;
		if (code === "EEXIST") return;
		if (code !== "ENOENT") throw error;
		await makeServedFolder(path.dirname(folder), top);
		await mkdir(folder, 493);
	}
	await chmod(folder, 493);
}

// src/repository/indexes-on.ts
const BY_DIGEST = /\/(?:by-hash\/SHA256\/[0-9a-f]{64}|repodata\/[0-9a-f]{64}-[A-Za-z0-9.+~_-]+)$/;
async function indexesToServeOn(from, to) {
	const { files } = await listTree(from);
	const indexes = files.map((file) => path.relative(from, file)).filter((file) => BY_DIGEST.test(file));
	const found = [];
	for (const index of indexes.sort()) if (await lstat(path.join(to, index)).catch(() => void 0) === void 0) found.push(index);
	return found;
}
async function serveOn(indexes, from, to) {
	const folders = /* @__PURE__ */ new Set();
	for (const index of indexes) {
		const target = path.join(to, index);
		const folder = path.dirname(target);
		await makeServedFolder(folder, to);
		await linkIfAbsent(path.join(from, index), target);
		folders.add(folder);
	}
	await syncAll([...folders]);
}

// src/repository/journal.ts
const snapshotId = string().refine(isSnapshotId);
const poolPath = string().refine(isPoolPath);
const indexPath = string().regex(/^(?:[A-Za-z0-9][A-Za-z0-9.+~_-]*\/)+[A-Za-z0-9][A-Za-z0-9.+~_-]*$/);
const journalSchema = discriminatedUnion("schema", [
	strictObject({
		schema: literal("pkg-actions/journal/1"),
		id: snapshotId,
		channel: string(),
		poolFiles: array(poolPath),
		entry: historyEntry.optional()
	}),
	strictObject({
		schema: literal("pkg-actions/point/1"),
		entry: historyEntry,
		indexes: array(indexPath)
	}),
	strictObject({
		schema: literal("pkg-actions/prune/1"),
		at: datetime(),
		run: string().optional(),
		reason: string().optional(),
		snapshots: array(snapshotId),
		poolFiles: array(poolPath)
	})
]);
const JOURNAL = "journal.json";
async function writeJournal(paths, folder, journal) {
	await writeDurably(path.join(folder, JOURNAL), JSON.stringify(journal), 384);
	await sync(paths.staging);
}
async function readJournal(folder) {
	const text = await readFile(path.join(folder, JOURNAL), "utf8").catch((error) => {
		if (error.code === "ENOENT" || error.code === "ENOTDIR") return void 0;
		throw error;
	});
	return text === void 0 ? void 0 : journalSchema.parse(JSON.parse(text));
}

// src/repository/site/client.ts
const DEFAULT_CHANNEL = "latest";
function fileNameOf(label) {
	return label.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 100).replace(/^-|-$/g, "") || "repository";
}
function clientName(label, channel) {
	return `${fileNameOf(label)}-${channel.replaceAll(/[^A-Za-z0-9_.-]/g, "-")}`;
}

// src/repository/site/deb-client.ts
function sourcesText(settings, { channel, url, keys, hasSources }) {
	const block = keys.trimEnd().split("\n").map((line) => ` ${line === "" ? "." : line}\n`).join("");
	return [
		`Types: deb${hasSources ? " deb-src" : ""}\n`,
		`URIs: ${url}/${channel}\n`,
		`Suites: ${settings.suite}\n`,
		`Components: ${componentsOf(settings)}\n`,
		`Architectures: ${settings.architectures.join(" ")}\n`,
		`Signed-By:\n${block}`
	].join("");
}
function sourcesLine(settings, place, name) {
	const { suite } = settings;
	return `deb [signed-by=/etc/apt/keyrings/${name}.asc] ${place.url}/${place.channel} ${suite} ${componentsOf(settings)}`;
}
function componentsOf({ components }) {
	return components.filter((name) => !name.endsWith("/debug")).join(" ");
}

// src/repository/site/html.ts
var Html = class {
	text;
	constructor(text) {
		this.text = text;
	}
};
function html(strings, ...parts) {
	let text = strings[0] ?? "";
	for (let index = 0; index < parts.length; index++) text += textOf(parts[index]) + (strings[index + 1] ?? "");
	return new Html(text);
}
function textOf(part) {
	if (typeof part === "string") return escapeText(part);
	if (part instanceof Html) return part.text;
	if (part === void 0) return "";
	if (typeof part === "number") return String(part);
	let text = "";
	for (const each of part) text += textOf(each);
	return text;
}
const ENTITIES = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	"\"": "&quot;",
	"'": "&#39;"
};
const PLAIN = /^[\w .:~+/@^-]*$/;
const SPECIAL = /[&<>"'`]|[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
function escapeText(text) {
	if (PLAIN.test(text)) return text;
	return text.replace(SPECIAL, (found) => {
		if (found === "\n" || found === "`") return found;
		return ENTITIES[found] ?? `&lt;U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}&gt;`;
	});
}
function relativeUrl(path) {
	if (/^\w[\w./~+-]*$/.test(path)) return path;
	return path.split("/").map(encodeURIComponent).join("/");
}
function isWebAddress(text) {
	return /^https?:\/\/[^\s\p{Cc}\p{Cf}]+$/u.test(text) && URL.canParse(text);
}
function join(parts) {
	return html`${parts.map((each, index) => index === 0 ? each : html`, ${each}`)}`;
}

// src/repository/rpm/folders.ts
const SOURCE_FOLDER = "source";
const DEBUG = "debug";
function debugFolder(architecture) {
	return `${architecture}/${DEBUG}`;
}
function foldersOf(architectures) {
	return [...architectures.flatMap((name) => [name, debugFolder(name)]), SOURCE_FOLDER];
}
function folderArchitecture(architecture) {
	return architecture === "noarch" ? void 0 : baseArchitecture(architecture);
}
const NO_ARCHITECTURES = /* @__PURE__ */ new Set([
	"noarch",
	"all",
	"src",
	"nosrc",
	SOURCE_FOLDER,
	DEBUG,
	"pool",
	"repodata"
]);
function isBaseArchitecture(name) {
	return /^[a-z0-9_]{1,40}$/.test(name) && !NO_ARCHITECTURES.has(name);
}
function rpmPoolPath(source, fileName) {
	return `pool/${source.slice(0, 1).toLowerCase()}/${source}/${fileName}`;
}
function listedArchitecture(each) {
	return each.kind === "source" ? "src" : each.architecture;
}

// src/repository/site/rpm-client.ts
function repoText({ label }, { channel, url }) {
	const isDefault = channel === DEFAULT_CHANNEL;
	const id = isDefault ? fileNameOf(label) : clientName(label, channel);
	const name = isDefault ? label : `${label} (${channel})`;
	const section = (suffix, title, folder, enabled) => [
		`[${id}${suffix}]`,
		`name=${name}${title}`,
		`baseurl=${url}/${channel}/${folder}`,
		`enabled=${enabled ? 1 : 0}`,
		"gpgcheck=1",
		"repo_gpgcheck=1",
		`gpgkey=${url}/key.asc`,
		""
	].join("\n");
	return [
		section("", "", "$basearch", true),
		section("-debuginfo", " - debug information", debugFolder("$basearch"), false),
		section("-source", " - sources", SOURCE_FOLDER, false)
	].join("\n");
}

// src/repository/site/adding.ts
const CLIENT_MARK = "# Made by pkg-actions";
function clientFile(site, { name: channel, head, hasSources }) {
	const { url, keys } = site;
	if (url === void 0) return void 0;
	const base = clientName(site.title, channel);
	if (head.format === "deb") {
		const content = sourcesText(head.settings, {
			channel,
			url,
			keys,
			hasSources
		});
		const where = `for /etc/apt/sources.list.d/${base}.sources, apt 2.4 or newer`;
		return {
			name: `${base}.sources`,
			content: `${CLIENT_MARK}: ${where}\n${content}`
		};
	}
	const content = repoText({
		...head.settings,
		label: site.title
	}, {
		channel,
		url
	});
	return {
		name: `${base}.repo`,
		content: `${CLIENT_MARK}: for /etc/yum.repos.d/${base}.repo\n${content}`
	};
}
const ADDRESS = "https://ADDRESS";
function addingSection(site, channel) {
	const { head } = channel;
	const file = clientFile(site, channel);
	const how = head.format === "deb" ? debSteps(site, channel, head.settings, file) : rpmSteps(site, channel, head.settings, file);
	return html`<section aria-labelledby="add">
<h2 id="add">Add it to a machine</h2>
${site.url === void 0 ? html`<p>Put the address of this page in the place of <code>${ADDRESS}</code>.</p>\n` : void 0}${how}${keyText(site)}</section>
`;
}
function debSteps(site, { name: channel }, settings, file) {
	const { suite, architectures, target } = settings;
	const url = site.url ?? ADDRESS;
	const name = fileNameOf(site.title);
	const forWhom = html`<p>For <strong>${target ?? suite}</strong> (${architectures.join(", ")}), channel <strong>${channel}</strong>:</p>\n`;
	const withLine = commands("sudo install -d -m 0755 /etc/apt/keyrings", `sudo curl -fsSLo /etc/apt/keyrings/${name}.asc \\\n  ${url}/key.asc`, `echo '${sourcesLine(settings, {
		channel,
		url
	}, name)}' \\\n  | sudo tee /etc/apt/sources.list.d/${clientName(site.title, channel)}.list`, "sudo apt-get update");
	if (file === void 0) return html`${forWhom}${withLine}`;
	return html`${forWhom}${commands(`sudo curl -fsSLo /etc/apt/sources.list.d/${file.name} \\\n  ${url}/${file.name}`, "sudo apt-get update")}<p><a href="${file.name}">${file.name}</a> has the key in it: it is all that a machine needs.</p>
<details>
<summary>With apt before 2.4 (Debian 11, Ubuntu 20.04 and older)</summary>
${withLine}</details>
`;
}
function rpmSteps(site, { name: channel }, settings, file) {
	const { architectures, target } = settings;
	const forWhom = html`<p>For ${target === void 0 ? void 0 : html`<strong>${target}</strong> `}(${architectures.join(", ")}), channel <strong>${channel}</strong>:</p>\n`;
	if (file === void 0) {
		const place = `/etc/yum.repos.d/${clientName(site.title, channel)}.repo`;
		const content = repoText({
			...settings,
			label: site.title
		}, {
			channel,
			url: ADDRESS
		});
		return html`${forWhom}<p>Write this to <code>${place}</code>:</p>\n<pre tabindex="0"><code>${content}</code></pre>\n`;
	}
	const address = `${site.url}/${file.name}`;
	return html`${forWhom}${commands(`sudo curl -fsSLo /etc/yum.repos.d/${file.name} \\\n  ${address}`, "sudo dnf makecache")}<p><a href="${file.name}">${file.name}</a> has debug information and sources too, not enabled. dnf asks before it takes the key: compare the fingerprint.</p>
<details>
<summary>With dnf config-manager</summary>
<p>dnf 4, with dnf-plugins-core:</p>
${commands(`sudo dnf config-manager --add-repo ${address}`)}<p>dnf 5:</p>
${commands(`sudo dnf config-manager addrepo --from-repofile=${address}`)}</details>
`;
}
function commands(...lines) {
	return html`<pre tabindex="0"><code>${lines.join("\n")}</code></pre>\n`;
}
function keyText({ fingerprints }) {
	const shown = fingerprints.map((each) => html`<code>${each.replaceAll(/(.{4})(?=.)/g, "$1 ")}</code>`);
	return html`<h3 id="key">Key</h3>
<p>${shown.length === 1 ? "It is signed by" : "It is signed by the keys"} ${join(shown)}: <a href="key.asc">key.asc</a>, or binary <a href="keyring.gpg">keyring.gpg</a>. <code>gpg --show-keys key.asc</code> shows it.</p>
`;
}

// src/repository/site/look.ts
const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--soft:#f4f5f7;--line:#d9dce1;--text:#1d2126;--quiet:#59616b;--link:#0b57b0;--mark:#0b57b0}
@media (prefers-color-scheme:dark){:root{--ground:#15181c;--soft:#1f2328;--line:#363c44;--text:#e4e7ea;--quiet:#a3abb5;--link:#82b5ff;--mark:#82b5ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:1rem/1.55 system-ui,sans-serif}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
h1{font-size:2rem;line-height:1.2;margin:0 0 .4rem;overflow-wrap:anywhere}
h2{font-size:1.3rem;line-height:1.3;margin:2.75rem 0 .75rem;padding-bottom:.35rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:1.5rem 0 .4rem}
p{margin:.5rem 0}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,summary:focus-visible,input:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--mark);outline-offset:2px;border-radius:3px}
.quiet,small,time,caption,footer{color:var(--quiet)}
small{font-size:.85em;font-weight:400}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:1rem 0 0;padding:0;list-style:none}
code,pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.875rem}
code{overflow-wrap:anywhere}
pre{margin:.5rem 0;padding:.8rem 1rem;background:var(--soft);border:1px solid var(--line);border-radius:6px;overflow-x:auto;line-height:1.5}
details{margin:.75rem 0}
summary{cursor:pointer}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding:.25rem 0}
th,td{padding:.4rem .9rem .4rem 0;text-align:left;vertical-align:top;font-weight:400;overflow-wrap:anywhere}
thead th{color:var(--quiet);font-size:.85rem;border-bottom:1px solid var(--line);overflow-wrap:normal}
tbody tr:first-child>*{border-top:1px solid var(--line)}
thead+tbody tr:first-child>*{border-top:0}
tbody th{font-weight:600}
tr.sub>*{padding-top:.05rem}
tr.sub th{font-weight:400;padding-left:1.25rem}
.channels th,.channels td{white-space:nowrap}
.packages{table-layout:fixed}
.packages th:first-child{width:44%}
.packages th:nth-child(2){width:24%}
.packages td a{margin-right:.35rem;text-decoration:none}
.packages td a:hover{text-decoration:underline}
.when{white-space:nowrap}
.changes{padding:0;list-style:none}
.changes>li{padding:.6rem 0;border-bottom:1px solid var(--line)}
.changes ul{margin:.2rem 0 0;padding-left:1.25rem;overflow-wrap:anywhere}
.find{margin:.75rem 0;display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1rem}
.find[hidden]{display:none}
.find input{flex:1 1 14rem;max-width:26rem;font:inherit;padding:.45rem .7rem;color:inherit;background:var(--ground);border:1px solid var(--quiet);border-radius:6px}
footer{margin-top:3.5rem;padding-bottom:2.5rem;font-size:.875rem}
@media (max-width:36rem){h1{font-size:1.6rem}header{padding-top:1.5rem}.packages th:first-child{width:46%}th,td{padding-right:.6rem}}
@media print{nav,.find{display:none}}
`;
const SCRIPT = `
(() => {
  const form = document.getElementById('find');
  const box = document.getElementById('q');
  const found = document.getElementById('found');
  if (form === null) return;
  const groups = [...document.querySelectorAll('.packages tbody')];
  let texts;
  const show = () => {
    texts ??= groups.map((group) => group.textContent.toLowerCase());
    const words = box.value.toLowerCase().split(/\\s+/).filter((word) => word !== '');
    let count = 0;
    groups.forEach((group, index) => {
      const isHit = words.every((word) => texts[index].includes(word));
      if (group.hidden === isHit) group.hidden = !isHit;
      if (isHit) count += group.rows.length;
    });
    found.textContent = words.length === 0 ? '' : count === 1 ? '1 found' : count + ' found';
  };
  const read = () => {
    const [, asked] = /^#q=(.*)$/.exec(location.hash) ?? [];
    if (asked === undefined) return;
    try {
      box.value = decodeURIComponent(asked);
    } catch {
      box.value = asked;
    }
    show();
  };
  let wait;
  box.addEventListener('input', () => {
    clearTimeout(wait);
    wait = setTimeout(() => {
      show();
      history.replaceState(null, '', box.value === '' ? '#packages' : '#q=' + encodeURIComponent(box.value));
    }, 60);
  });
  form.addEventListener('submit', (event) => event.preventDefault());
  addEventListener('hashchange', read);
  form.hidden = false;
  read();
})();
`;

// \0@oxc-project+runtime@0.158.0/helpers/esm/taggedTemplateLiteral.js
function _taggedTemplateLiteral(e, t) {
	return t || (t = e.slice(0)), Object.freeze(Object.defineProperties(e, { raw: { value: Object.freeze(t) } }));
}

// src/repository/site/page.ts
var _templateObject;
const digestOf = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const POLICY = `default-src 'none'; style-src ${digestOf(STYLE)}; script-src ${digestOf(SCRIPT)}; img-src data:; base-uri 'none'; form-action 'none'`;
const LOOK = createHash("sha256").update(`${VERSION}\n${STYLE}\n${SCRIPT}`).digest("hex");
const GENERATOR = "<meta name=\"generator\" content=\"pkg-actions";
function stateOf(page) {
	return /<meta name="state" content="([0-9a-f]{64})">/.exec(page.slice(0, 4096))?.[1];
}
function pageOf({ title, state, header, main, footer, hasSearch }) {
	const script = hasSearch ? html(_templateObject || (_templateObject = _taggedTemplateLiteral(["<script>", "<\/script>\n"], ["<script>", "<\/script>\\n"])), new Html(SCRIPT)) : void 0;
	return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
${new Html(GENERATOR)} ${VERSION}">
<meta name="state" content="${state}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header>
${header}
</header>
<main>
${main}</main>
<footer>
${footer}
</footer>
${script}</body>
</html>
`.text;
}
function timeOf$1(iso) {
	return html`<time datetime="${iso}" class="when">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}

// src/repository/site/ours.ts
const KINDS$1 = [
	{
		name: /^[A-Za-z0-9].*\.target\.txt$/,
		isOurs: (content) => /^snapshots\/[^/]*\n$/.test(content) && isSnapshotId(content.slice(10, -1))
	},
	{
		name: /^(?:index|[A-Za-z0-9].*\.packages)\.html$/,
		isOurs: (content) => content.slice(0, 4096).includes(GENERATOR)
	},
	{
		name: /^[a-z0-9].*\.(?:sources|repo)$/,
		isOurs: (content) => content.startsWith(CLIENT_MARK)
	}
];
function isOurs(name, content) {
	const kind = KINDS$1.find((each) => each.name.test(name));
	return kind !== void 0 && (content === void 0 || kind.isOurs(content));
}

// src/repository/site/changes.ts
const NAMED = 12;
function changesSection(changes) {
	return html`<section aria-labelledby="changes">
<h2 id="changes">Last changes</h2>
<ul class="changes">
${changes.map(changeItem)}</ul>
</section>
`;
}
function changeItem(change) {
	const { at, channel, head, run } = change;
	const link = run !== void 0 && isWebAddress(run) ? html` <a href="${run}" rel="nofollow">CI run</a>` : void 0;
	const what = head === void 0 ? [] : describeChange(head);
	const list = what.length === 0 ? void 0 : html`\n<ul>${what.map((each) => html`<li>${each}</li>`)}</ul>`;
	return html`<li>${timeOf$1(at)} <strong>${channel}</strong>: ${actionText(change)}${link}${list}</li>\n`;
}
function actionText({ action, id, from }) {
	switch (action) {
		case "publish": return html`published`;
		case "promote": return html`promoted${from === void 0 ? void 0 : html` from <strong>${from}</strong>`}`;
		case "rollback": return html`moved back to ${id ?? ""}`;
		case "remove": return html`removed`;
	}
}
function describeChange({ change }) {
	const added = byVersion(change.added);
	const names = new Set(change.added.map(({ name }) => name));
	const gone = byVersion(change.superseded.filter(({ name }) => !names.has(name)));
	const older = (change.overrides ?? []).map(({ name, version, over, reason }) => html`<bdi>${name} ${version}</bdi> after ${over} (<bdi>${reason}</bdi>)`);
	return [
		...added.length === 0 ? [] : [html`new: ${shortList(added)}`],
		...gone.length === 0 ? [] : [html`no longer there: ${shortList(gone)}`],
		...older.length === 0 ? [] : [html`older on purpose: ${shortList([...new Map(older.map((each) => [each.text, each])).values()])}`],
		...added.length + gone.length === 0 ? [html`the same packages; settings, signatures or dates are new`] : []
	];
}
function byVersion(packages) {
	return [...new Map(packages.map(({ name, version }) => [`${name}\n${version}`, {
		name,
		version
	}])).values()].map(({ name, version }) => html`<bdi>${name} ${version}</bdi>`);
}
function shortList(all) {
	const more = all.length - NAMED;
	return more <= 1 ? join(all) : html`${join(all.slice(0, NAMED))}, and ${more} more`;
}

// src/repository/rpm/sources.ts
function sourceOrder(packages) {
	const epochs = /* @__PURE__ */ new Map();
	for (const { kind, name, version, sourceVersion } of packages) {
		const evr = parseEvr(version, name);
		const isOwn = formatEvr({
			...evr,
			epoch: void 0
		}) === sourceVersion;
		const found = {
			epoch: evr.epoch ?? 0,
			rank: kind === "source" ? 2 : isOwn ? 1 : 0
		};
		const known = epochs.get(sourceVersion);
		if (known === void 0 || found.rank > known.rank || found.rank === known.rank && found.epoch > known.epoch) epochs.set(sourceVersion, found);
	}
	const evrOf = (version) => ({
		...parseEvr(version, "the version of a source package"),
		epoch: epochs.get(version)?.epoch
	});
	return (a, b) => compareEvr(evrOf(a), evrOf(b));
}
function sourcesToKeep(list, { keep, order, isNeeded, added }) {
	const newest = (of) => {
		const versions = [...of.map(({ sourceVersion }) => sourceVersion), ...added === void 0 ? [] : [added.version]];
		return newestVersions(versions, keep, order);
	};
	if (keep === 1) {
		if (added?.source !== void 0) return [added.source];
		const left = list.filter((each) => added === void 0 || isNeeded(each.sourceVersion));
		const [only] = newestVersions(left.map(({ sourceVersion }) => sourceVersion), 1, order);
		return left.filter(({ sourceVersion }) => sourceVersion === only);
	}
	const candidates = list.filter((each) => added === void 0 || order(each.sourceVersion, added.version) <= 0);
	const stays = newest(candidates);
	return list.filter((each) => isNeeded(each.sourceVersion) || candidates.includes(each) && stays.has(each.sourceVersion));
}

// src/repository/manage/difference.ts
function isLoss({ change }) {
	return change === "downgraded" || change === "removed" || change === "changed";
}
function differenceOf(from, to) {
	const compare = orderOf(to.format);
	const before = byName(from?.packages ?? []);
	const after = byName(to.packages);
	const found = [];
	for (const [key, packages] of after) for (const each of newest(packages, compare)) found.push(...compareWith(before.get(key) ?? [], each, compare));
	const bySource = groupBy(to.packages, ({ source }) => source);
	for (const [key, packages] of before) {
		const left = after.get(key) ?? [];
		for (const each of newest(packages, compare)) {
			if (left.some((other) => isComparable(each, other))) continue;
			const change = isWithNewer(each, bySource.get(each.source) ?? [], to.format) ? "withdrawn" : "removed";
			found.push({
				change,
				...nameOf(each),
				from: each.version
			});
		}
	}
	return found.sort((a, b) => order(a.name, b.name) || order(a.kind, b.kind) || order(a.architecture, b.architecture) || order(a.change, b.change));
}
function orderOf(format) {
	return format === "deb" ? compareVersions$1 : (a, b) => compareEvr(parseEvr(a, "a snapshot"), parseEvr(b, "a snapshot"));
}
function sourceOrderOf(format, packages) {
	return format === "deb" ? compareVersions$1 : sourceOrder(packages);
}
function compareWith(before, each, compare) {
	const [former] = newest(before.filter((other) => isComparable(each, other)), compare, true);
	if (former === void 0) return [{
		change: "added",
		...nameOf(each),
		to: each.version
	}];
	const versions = {
		from: former.version,
		to: each.version
	};
	const result = compare(each.version, former.version);
	if (result !== 0) return [{
		change: result > 0 ? "upgraded" : "downgraded",
		...nameOf(each),
		...versions
	}];
	return isSame$1(former, each) ? [] : [{
		change: "changed",
		...nameOf(each),
		...versions
	}];
}
function newest(packages, compare, ofAll = false) {
	const found = /* @__PURE__ */ new Map();
	for (const each of packages) {
		const key = ofAll ? "" : each.architecture;
		const other = found.get(key);
		if (other === void 0 || compare(each.version, other.version) > 0) found.set(key, each);
	}
	return [...found.values()];
}
function isSame$1(a, b) {
	const files = (each) => each.files.map(({ path, sha256 }) => `${path} ${sha256}`).sort();
	return a.component === b.component && files(a).join("\n") === files(b).join("\n");
}
const INDEPENDENT$1 = /* @__PURE__ */ new Set(["all", "noarch"]);
function isComparable(a, b) {
	return a.architecture === b.architecture || INDEPENDENT$1.has(a.architecture) || INDEPENDENT$1.has(b.architecture);
}
function isWithNewer(each, left, format) {
	const compare = sourceOrderOf(format, [each, ...left]);
	const isOwn = (other) => other.sourceVersion === each.sourceVersion && isComparable(each, other);
	return !left.some(isOwn) && left.some(({ sourceVersion }) => compare(sourceVersion, each.sourceVersion) > 0);
}
function byName(packages) {
	return groupBy(packages, ({ kind, name }) => `${kind} ${name}`);
}
function groupBy(packages, keyOf) {
	const found = /* @__PURE__ */ new Map();
	for (const each of packages) {
		const key = keyOf(each);
		const list = found.get(key);
		if (list === void 0) found.set(key, [each]);
		else list.push(each);
	}
	return found;
}
function nameOf({ kind, name, architecture, source }) {
	return {
		kind,
		name,
		architecture,
		source
	};
}
function order(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}

// src/repository/site/packages.ts
function packageList(packages, main, caption) {
	return html`<form id="find" class="find" role="search" hidden>
<label for="q">Search packages</label>
<input type="search" id="q" autocomplete="off" spellcheck="false">
<output id="found" for="q"></output>
</form>
<table class="packages">
<caption>${caption}</caption>
<thead><tr><th scope="col">Package</th><th scope="col">Version</th><th scope="col">Download</th></tr></thead>
${groupsOf(packages, main).map(groupBody)}</table>
`;
}
function groupBody(group) {
	const rows = [...group.rows.values()].sort((a, b) => Number(b.name === group.source) - Number(a.name === group.source) || Number(a.isDebug) - Number(b.isDebug) || compareText(a.name, b.name) || newestFirst(a, b));
	return html`<tbody>${rows.map((row, index) => packageRow(row, index > 0))}</tbody>
`;
}
function packageRow({ name, version, note, files }, isSub) {
	const links = files.map(({ label, path }) => html`<a href="${relativeUrl(path)}">${label}</a> `);
	const sub = isSub ? html` class="sub"` : void 0;
	const small = note === "" ? void 0 : html` <small>${note}</small>`;
	return html`<tr${sub}><th scope="row">${name}${small}</th> <td>${version}</td> <td>${links}</td></tr>\n`;
}
function newestFirst(a, b) {
	try {
		return orderOf(a.isRpm ? "rpm" : "deb")(b.version, a.version);
	} catch {
		return compareText(b.version, a.version);
	}
}
function groupsOf(packages, main) {
	const groups = /* @__PURE__ */ new Map();
	for (const each of packages) {
		const { name, version, source, kind, architecture, files } = each;
		const group = groups.get(source) ?? {
			source,
			rows: /* @__PURE__ */ new Map()
		};
		groups.set(source, group);
		const note = noteOf(each, main);
		const key = `${name}\n${version}\n${note}`;
		const isRpm = each.type === "rpm" || each.type === "srpm";
		const row = group.rows.get(key) ?? {
			name,
			version,
			note,
			isDebug: isDebug(each),
			isRpm,
			files: []
		};
		group.rows.set(key, row);
		const [file] = files;
		if (file !== void 0) row.files.push({
			label: kind === "source" ? SOURCE$1 : architecture,
			path: file.path
		});
	}
	for (const { rows } of groups.values()) for (const { files } of rows.values()) if (files.length > 1) files.sort(compareFiles);
	return [...groups.values()].sort((a, b) => compareText(a.source, b.source));
}
const SOURCE$1 = "source";
function compareFiles(a, b) {
	return Number(a.label === SOURCE$1) - Number(b.label === SOURCE$1) || compareText(a.label, b.label);
}
function noteOf(each, main) {
	const component = each.type === "rpm" || each.type === "srpm" ? main : each.component?.replace(/\/debug$/, "");
	let note = component === void 0 || component === main ? "" : component;
	if (each.type === "udeb") note += `${note === "" ? "" : ", "}for the installer`;
	if (isDebug(each)) note += `${note === "" ? "" : ", "}debug`;
	return note;
}
function isDebug({ type, component }) {
	return type === "ddeb" || component === "debug" || component?.endsWith(`/${"debug"}`) === true;
}
function compareText(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}

// src/repository/site/pages.ts
const LISTED_AT_ROOT = 400;
const ROOT_PAGE = "index.html";
function isAtRoot(site, channel) {
	return channel === site.channels[0] && channel.packageCount <= LISTED_AT_ROOT;
}
function packagesPage(site, channel) {
	return isAtRoot(site, channel) ? ROOT_PAGE : `${channel.name}.packages.html`;
}
function packagesPages(site) {
	return site.channels.filter((channel) => !isAtRoot(site, channel)).map((channel) => {
		const state = JSON.stringify([
			LOOK,
			site.title,
			channel.name,
			channel.head.id
		]);
		return {
			channel,
			file: packagesPage(site, channel),
			state: createHash("sha256").update(state).digest("hex")
		};
	});
}
function rootPage(site, state) {
	const [first] = site.channels;
	if (first === void 0) throw new Error("a repository without channels has no page");
	const withList = isAtRoot(site, first);
	return pageOf({
		title: site.title,
		state,
		hasSearch: withList,
		header: html`<h1 dir="auto">${site.title}</h1>
${site.description === void 0 ? void 0 : html`<p dir="auto">${site.description}</p>\n`}<p class="quiet">${factsOf(site, first)}</p>
<nav aria-label="On this page"><ul>
<li><a href="#add">Add it to a machine</a></li>
<li><a href="#packages">Packages</a></li>
<li><a href="#channels">Channels</a></li>
<li><a href="#changes">Last changes</a></li>
<li><a href="#key">Key</a></li>
</ul></nav>`,
		main: [
			addingSection(site, first),
			packagesSection(site, first, withList),
			channelsSection(site),
			changesSection(site.changes)
		],
		footer: footerOf(first)
	});
}
function channelPage(site, channel, state) {
	const { name, head } = channel;
	return pageOf({
		title: `Packages in ${name}: ${site.title}`,
		state,
		hasSearch: true,
		header: html`<nav aria-label="Up"><ul><li><a href="${ROOT_PAGE}">${site.title}</a></li></ul></nav>
<h1>Packages in ${name}</h1>
<p class="quiet">Snapshot <code>${head.id}</code>, ${timeOf$1(head.createdAt)}</p>`,
		main: [html`<section id="packages" aria-label="Packages">\n${listOf(channel)}</section>\n`],
		footer: footerOf(channel)
	});
}
function factsOf(site, { head }) {
	const { architectures, target } = head.settings;
	const suite = head.format === "deb" ? `, suite ${head.settings.suite}` : "";
	const many = formatCount(site.channels.length, "channel");
	return html`Packages for ${head.format === "deb" ? "apt" : "dnf"}${target === void 0 ? "" : ` on ${target}`}${suite}, ${architectures.join(", ")}; ${many}`;
}
function packagesSection(site, channel, withList) {
	const list = withList ? listOf(channel) : html`<p><a href="${relativeUrl(packagesPage(site, channel))}">All packages of ${channel.name}, with search</a> (${countText(channel)})</p>\n`;
	const others = site.channels.filter((each) => each !== channel);
	const more = others.length === 0 ? void 0 : html`<p>Of other channels: ${others.map((each, index) => html`${index === 0 ? "" : ", "}<a href="${relativeUrl(packagesPage(site, each))}">${each.name}</a>`)}</p>\n`;
	return html`<section aria-labelledby="packages">
<h2 id="packages">Packages in ${channel.name}</h2>
${list}${more}</section>
`;
}
function channelsSection(site) {
	const hasFiles = site.url !== void 0;
	const rows = site.channels.map((channel) => {
		const { name, head } = channel;
		const file = clientFile(site, channel);
		const cell = hasFiles ? html`<td>${file === void 0 ? void 0 : html`<a href="${file.name}">${file.name}</a>`}</td>` : void 0;
		return html`<tbody><tr><th scope="row">${name}</th><td>${timeOf$1(head.createdAt)}</td><td><a href="${relativeUrl(packagesPage(site, channel))}${isAtRoot(site, channel) ? "#packages" : ""}">${channel.packageCount}</a></td>${cell}<td><a href="${relativeUrl(`snapshots/${head.id}/snapshot.json`)}"><code>${head.id}</code></a></td></tr></tbody>\n`;
	});
	return html`<section aria-labelledby="channels">
<h2 id="channels">Channels</h2>
<p>A channel is a name that moves from one snapshot to the next. A snapshot never changes: with <code>snapshots/ID</code> in the place of the channel’s name, an address gives the same packages for as long as the snapshot is kept. <code>CHANNEL.target.txt</code> tells programs which one it is.</p>
<div class="scroll" role="region" aria-labelledby="channels" tabindex="0">
<table class="channels">
<caption>Channels and what they have</caption>
<thead><tr><th scope="col">Channel</th><th scope="col">Made</th><th scope="col">Packages</th>${hasFiles ? html`<th scope="col">File for machines</th>` : void 0}<th scope="col">Snapshot</th></tr></thead>
${rows}</table>
</div>
</section>
`;
}
function countText({ packageCount }) {
	return formatCount(packageCount, "package");
}
function listOf(channel) {
	const { head } = channel;
	const main = head.format === "deb" ? head.settings.components[0] : void 0;
	return packageList(channel.packages(), main, `${countText(channel)}: every architecture and every source counts`);
}
function footerOf({ head }) {
	return html`<p>Made by pkg-actions ${head.tool.version}, snapshot ${head.id}.</p>`;
}

// src/repository/site/read.ts
const CHANGES = 12;
async function siteState(paths, channels, version) {
	const state = [
		version,
		[...channels],
		await readKeys(paths),
		(await readHistory(paths)).at(-1)
	];
	return createHash("sha256").update(JSON.stringify(state)).digest("hex");
}
async function readSite(paths, heads) {
	const channels = [];
	const byId = /* @__PURE__ */ new Map();
	for (const [name, id] of heads) {
		const found = byId.get(id) ?? await readWhole(paths, id);
		byId.set(id, found);
		channels.push({
			name,
			...found
		});
	}
	channels.sort((a, b) => rank(a.name) - rank(b.name));
	const [latest, ...others] = channels.map(({ head }) => head).sort((a, b) => a.createdAt < b.createdAt ? 1 : -1);
	if (latest === void 0) return void 0;
	const signers = channels.flatMap(({ head }) => [head.signedBy, ...head.alsoSignedBy ?? []]);
	return {
		channels,
		title: latest.settings.label,
		description: latest.format === "deb" ? latest.settings.description : void 0,
		url: [latest, ...others].find(({ settings }) => settings.url !== void 0)?.settings.url,
		keys: await readKeys(paths),
		fingerprints: [...new Set(signers)],
		changes: await readChanges(paths, channels)
	};
}
function rank(channel) {
	return channel === "latest" ? 0 : 1;
}
async function readKeys(paths) {
	return await readFile(path.join(paths.public, "key.asc"), "utf8").catch((error) => {
		if (error.code === "ENOENT") return "";
		throw error;
	});
}
async function historyOf(paths) {
	return (await readHistory(paths)).filter((entry) => entry.action !== "prune");
}
const PACKAGES = "\n  \"packages\": [";
const RECORDS = "\n  \"records\": [";
const PACKAGE = "\n    {";
const SOURCE = "\n    {\"kind\":\"source\"";
async function readWhole(paths, id) {
	const file = path.join(paths.snapshot(id), SNAPSHOT_FILE);
	const text = await readFile(file, "utf8");
	const start = text.indexOf(PACKAGES);
	const end = text.lastIndexOf(RECORDS);
	if (start === -1 || end < start) throw damaged(file, "no packages");
	const listed = text.slice(start + 16, end);
	return {
		head: parseHead(text.slice(0, start), file),
		packageCount: count(listed, PACKAGE),
		hasSources: listed.includes(SOURCE),
		packages: () => JSON.parse(`[${listed.slice(0, listed.lastIndexOf("]"))}]`)
	};
}
function count(text, part) {
	let found = 0;
	for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found++;
	return found;
}
async function readHead(paths, id) {
	const file = path.join(paths.snapshot(id), SNAPSHOT_FILE);
	const handle = await open(file).catch((error) => {
		if (error.code === "ENOENT") return void 0;
		throw error;
	});
	if (handle === void 0) return void 0;
	try {
		const chunks = [];
		for (let end = -1; end === -1;) {
			const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(65536) });
			if (bytesRead === 0) throw damaged(file, "no packages");
			chunks.push(buffer.subarray(0, bytesRead));
			const text = Buffer.concat(chunks);
			end = text.indexOf(PACKAGES);
			if (end !== -1) return parseHead(text.toString("utf8", 0, end), file);
		}
		return;
	} finally {
		await handle.close();
	}
}
function parseHead(text, file) {
	let json;
	try {
		json = JSON.parse(`${text} "packages": [], "records": [] }`);
	} catch {
		throw damaged(file, "no JSON");
	}
	const parsed = snapshotSchema.safeParse(json);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw damaged(file, `${issue?.path.join(".")}: ${issue?.message}`);
}
function damaged(file, found) {
	return new UserError({
		what: "the snapshot cannot be read",
		where: file,
		found,
		expected: "what the publisher wrote"
	});
}
async function readChanges(paths, channels) {
	const known = new Map(channels.map(({ head }) => [head.id, head]));
	const headOf = async (id) => {
		const head = known.get(id) ?? await readHead(paths, id);
		if (head !== void 0) known.set(id, head);
		return head;
	};
	const history = await historyOf(paths);
	const changes = [];
	for (const { at, channel, action, id, former, from, copyOf, run } of history.slice(-12).toReversed()) {
		const head = id === null ? void 0 : await headOf(id);
		const isOwn = head?.channel === channel && head.parent === former;
		changes.push({
			at,
			channel,
			action,
			id: copyOf ?? id,
			from,
			run,
			head: isOwn ? head : void 0
		});
	}
	if (history.length >= CHANGES) return changes;
	const told = new Set(history.map(({ id }) => id));
	const waiting = new Map(channels.map(({ head }) => [head.id, head]));
	while (changes.length < CHANGES && waiting.size > 0) {
		const newest = [...waiting.values()].reduce((a, b) => a.createdAt < b.createdAt ? b : a);
		waiting.delete(newest.id);
		const { id, createdAt, channel, run, parent } = newest;
		if (!told.has(id)) changes.push({
			at: createdAt,
			channel,
			action: "publish",
			id,
			run,
			head: newest
		});
		told.add(id);
		const before = parent === null ? void 0 : await headOf(parent);
		if (before !== void 0) waiting.set(before.id, before);
	}
	return changes.sort((a, b) => a.at < b.at ? 1 : -1);
}

// src/repository/site/site.ts
async function writeSite(paths, logger) {
	const wanted = /* @__PURE__ */ new Set();
	const write = async (name, content) => {
		if (wanted.has(name)) return;
		wanted.add(name);
		await writeOurs(path.join(paths.public, name), content, logger);
	};
	const channels = await readChannels(paths);
	for (const [channel, id] of channels) await write(`${channel}.target.txt`, `${channelTarget(id)}\n`);
	const state = await siteState(paths, channels, LOOK);
	const root = await readIfFile(path.join(paths.public, ROOT_PAGE));
	if (root !== void 0 && isOurs("index.html", root) && stateOf(root) === state) return;
	const site = await readSite(paths, channels);
	if (site !== void 0) {
		for (const channel of site.channels) {
			const file = clientFile(site, channel);
			if (file !== void 0) await write(file.name, file.content);
		}
		for (const page of packagesPages(site)) {
			const there = await readIfFile(path.join(paths.public, page.file));
			if (there !== void 0 && isOurs(page.file, there) && stateOf(there) === page.state) wanted.add(page.file);
			else await write(page.file, channelPage(site, page.channel, page.state));
		}
	}
	await removeOthers(paths, wanted);
	if (site !== void 0) await write(ROOT_PAGE, rootPage(site, state));
}
async function removeOthers(paths, wanted) {
	let isChanged = false;
	for (const name of await readdir(paths.public)) {
		if (wanted.has(name) || name === "index.html" && wanted.size > 0) continue;
		if (!(name.endsWith(".new") && isOurs(name.slice(0, -4))) && !(isOurs(name) && isOurs(name, await readIfFile(path.join(paths.public, name))))) continue;
		await rm(path.join(paths.public, name), { force: true });
		isChanged = true;
	}
	if (isChanged) await sync(paths.public);
}
async function writeOurs(file, content, logger) {
	const there = await readIfFile(file);
	if (there === content) return;
	if (there !== void 0 && !isOurs(path.basename(file), there)) {
		logger.info(`${file} is not one that sign-publish made: it stays as it is`);
		return;
	}
	await writeDurably(file, content, 420);
}
async function readIfFile(file) {
	const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error) => {
		if (error.code === "ENOENT") return void 0;
		if (error.code === "ELOOP" || error.code === "ENXIO") return "";
		throw error;
	});
	if (typeof handle !== "object") return handle;
	try {
		return (await handle.stat()).isFile() ? await handle.readFile("utf8") : "";
	} finally {
		await handle.close();
	}
}

// src/repository/recovery.ts
async function recover(paths, logger) {
	const leftovers = await readdir(paths.staging);
	if (leftovers.length === 0) return;
	const channels = await readChannels(paths);
	const journals = /* @__PURE__ */ new Map();
	for (const name of leftovers) {
		const journal = await readJournal(path.join(paths.staging, name));
		if (journal !== void 0) journals.set(name, journal);
	}
	for (const journal of journals.values()) await settle(paths, journal, channels);
	const options = {
		recursive: true,
		force: true,
		maxRetries: 10,
		retryDelay: 20
	};
	for (const name of leftovers) {
		if (isSnapshotId(name)) await removeMemoryFolder(name);
		await rm(path.join(paths.staging, name), options);
	}
	await removeOldState(paths);
	await rm(path.join(paths.public, "keyring.gpg.new"), { force: true });
	await rm(path.join(paths.public, "key.asc.new"), { force: true });
	if (journals.size > 0) await refreshSite(paths, logger);
}
async function settle(paths, journal, channels) {
	switch (journal.schema) {
		case "pkg-actions/journal/1":
			if ([...channels.values()].includes(journal.id)) return;
			if (journal.entry !== void 0) await takeBackHistory(paths, historyLine(journal.entry));
			await removeSnapshotFolder(paths, journal.id);
			await rm(path.join(paths.private, journal.id), {
				recursive: true,
				force: true
			});
			await removeUnneeded(paths, journal.poolFiles);
			await rm(path.join(paths.public, temporaryLink(journal.channel)), { force: true });
			return;
		case "pkg-actions/point/1": {
			const { entry, indexes } = journal;
			if (entry.action === "prune" || (channels.get(entry.channel) ?? null) === entry.id) return;
			await takeBackHistory(paths, historyLine(entry));
			for (const index of entry.id === null ? [] : indexes) await rm(path.join(paths.snapshot(entry.id ?? ""), index), { force: true });
			await rm(path.join(paths.public, temporaryLink(entry.channel)), { force: true });
			return;
		}
		case "pkg-actions/prune/1": await finishPrune(paths, journal);
	}
}
async function finishPrune(paths, journal, onFile) {
	const left = new Set(await listSnapshots(paths));
	const gone = journal.snapshots.filter((id) => !left.has(id));
	for (const id of gone) await rm(grave(paths, id), {
		recursive: true,
		force: true
	});
	await removeUnneeded(paths, journal.poolFiles, onFile);
	if (gone.length === 0) return;
	const { at, reason, run } = journal;
	await appendHistory(paths, historyLine({
		at,
		action: "prune",
		snapshots: gone,
		...reason === void 0 ? {} : { reason },
		...run === void 0 ? {} : { run }
	}));
}
async function bury(paths, id) {
	await rm(grave(paths, id), {
		recursive: true,
		force: true
	});
	await rename(paths.snapshot(id), grave(paths, id)).catch((error) => {
		if (error.code !== "ENOENT") throw error;
	});
}
async function removeSnapshotFolder(paths, id) {
	await bury(paths, id);
	await rm(grave(paths, id), {
		recursive: true,
		force: true
	});
}
function grave(paths, id) {
	return path.join(paths.staging, `removed-${id}`);
}
async function removeOldState(paths) {
	const heads = new Set((await readChannels(paths)).values());
	for (const name of await readdir(paths.private)) if (isSnapshotId(name) && !heads.has(name)) await rm(path.join(paths.private, name), {
		recursive: true,
		force: true
	});
}
async function refreshSite(paths, logger) {
	try {
		await writeSite(paths, logger);
	} catch (error) {
		logger.warning(`the files beside the channels could not be written, and will be by the next run: ${messageOf(error)}`);
	}
}

// src/repository/commit.ts
async function runCommit(staging, commit, context) {
	const { paths, done } = context;
	const actions = await planPool(paths, commit.poolFiles);
	await finishServedTree(staging.public);
	await finishPrivateTree(staging.private);
	await done("flushed");
	const poolPaths = commit.poolFiles.map((file) => file.path);
	const entry = entryOf$1({
		channel: commit.channel,
		id: staging.id,
		record: commit.record ?? PUBLISH
	}, context);
	await writeJournal(paths, staging.root, {
		schema: "pkg-actions/journal/1",
		id: staging.id,
		channel: commit.channel,
		poolFiles: poolPaths,
		entry
	});
	await done("journal");
	for (const [poolPath, action] of actions) {
		await addToPool(paths, path.join(staging.public, poolPath), poolPath, action);
		await done("pool-file");
	}
	await syncPoolFolders(paths, poolPaths);
	await done("pool");
	await rename(staging.private, path.join(paths.private, staging.id));
	await sync(paths.private);
	await done("private");
	await writeIfOther(path.join(paths.public, "keyring.gpg"), Buffer.from(commit.keys.binary));
	await writeIfOther(path.join(paths.public, "key.asc"), Buffer.from(commit.keys.armored));
	await done("keys");
	await rename(staging.snapshot, paths.snapshot(staging.id));
	await sync(paths.snapshots);
	await done("snapshot");
	await move$1(entry, staging.root, context);
}
const PUBLISH = { action: "publish" };
async function runPoint(point, context) {
	const { paths, options, channels, done } = context;
	const entry = entryOf$1(point, context);
	const folder = path.join(paths.staging, newSnapshotId(options.now?.() ?? /* @__PURE__ */ new Date()));
	await mkdir(folder, { mode: 448 });
	const former = channels.get(point.channel);
	const indexes = former === void 0 || point.id === null ? [] : await indexesToServeOn(paths.snapshot(former), paths.snapshot(point.id));
	await writeJournal(paths, folder, {
		schema: "pkg-actions/point/1",
		entry,
		indexes
	});
	await done("journal");
	if (former !== void 0 && point.id !== null) {
		await serveOn(indexes, paths.snapshot(former), paths.snapshot(point.id));
		await done("indexes");
	}
	await move$1(entry, folder, context);
}
async function move$1(entry, staging, { paths, options, done }) {
	await appendHistory(paths, historyLine(entry));
	await done("history");
	const link = path.join(paths.public, entry.channel);
	if (entry.id === null) {
		await rm(link, { force: true });
		await sync(paths.public);
	} else await swapLink(link, channelTarget(entry.id));
	await options.onStep?.("switched");
	await refreshSite(paths, options.logger);
	await options.onStep?.("site");
	await removeOldState(paths);
	await rm(staging, {
		recursive: true,
		force: true
	});
	await options.onStep?.("cleaned");
}
async function runPrune({ snapshots, poolFiles, reason }, { paths, options, channels, done }) {
	const heads = new Set(channels.values());
	const pointedTo = snapshots.find((id) => heads.has(id));
	if (pointedTo !== void 0) throw new Error(`a channel points to the snapshot ${pointedTo}`);
	const now = options.now?.() ?? /* @__PURE__ */ new Date();
	const folder = path.join(paths.staging, newSnapshotId(now));
	await mkdir(folder, { mode: 448 });
	const journal = {
		schema: "pkg-actions/prune/1",
		at: now.toISOString(),
		...options.run === void 0 ? {} : { run: options.run },
		...reason === void 0 ? {} : { reason },
		snapshots: [...snapshots],
		poolFiles: [...poolFiles]
	};
	await writeJournal(paths, folder, journal);
	await done("journal");
	for (const id of snapshots) {
		await bury(paths, id);
		await done("buried");
	}
	await sync(paths.snapshots);
	await finishPrune(paths, journal, async () => await done("pool-file"));
	await done("pool");
	await refreshSite(paths, options.logger);
	await options.onStep?.("site");
	await rm(folder, {
		recursive: true,
		force: true
	});
	await options.onStep?.("cleaned");
}
function entryOf$1({ channel, id, record }, { options, channels }) {
	const { action, ...rest } = record;
	return {
		at: (options.now?.() ?? /* @__PURE__ */ new Date()).toISOString(),
		action,
		channel,
		id,
		former: channels.get(channel) ?? null,
		...rest,
		...options.run === void 0 ? {} : { run: options.run }
	};
}
async function writeIfOther(file, content) {
	if ((await readFile(file).catch((error) => {
		if (error.code === "ENOENT") return void 0;
		throw error;
	}))?.equals(content) !== true) await writeDurably(file, content, 420);
}

// src/repository/lease.ts
async function takeLease(paths, options) {
	const what = `the lease of the repository ${paths.root}`;
	let holder = await readHolder(paths);
	const polling = setInterval(() => {
		readHolder(paths).then((found) => {
			holder = found;
		});
	}, 1e3);
	let lock;
	try {
		lock = await tryLock(paths.lease, {
			mode: "exclusive",
			waitSeconds: options.waitSeconds,
			what,
			logger: { progress: (message) => options.logger.progress(`${message}, held by ${holder}`) },
			signal: options.signal
		});
	} finally {
		clearInterval(polling);
	}
	if (lock === void 0) throw new UserError({
		what: "another publisher is still writing to the repository",
		where: paths.root,
		found: `held by ${await readHolder(paths)}`,
		expected: `its end within ${options.waitSeconds} s`,
		remedy: "wait for it, or raise lease-timeout"
	});
	const held = lock;
	const lost = new AbortController();
	let released = false;
	held.lost.then(() => {
		if (!released) lost.abort(/* @__PURE__ */ new Error(`lost ${what}: the process that held it ended`));
	});
	try {
		await writeFile(paths.lease, `${oneLine(options.holder)}, process ${process.pid} on ${hostname()}\n`);
	} catch (error) {
		released = true;
		await held.release();
		throw error;
	}
	const release = async () => {
		if (released) return;
		released = true;
		if (!lost.signal.aborted) await truncate(paths.lease).catch(() => {});
		await held.release();
	};
	return {
		lost: lost.signal,
		release,
		[Symbol.asyncDispose]: release
	};
}
async function readHolder(paths) {
	const text = await readFile(paths.lease, "utf8").catch(() => "");
	return text.trim() === "" ? "a process that did not say who it is" : oneLine(text.trim()).slice(0, 300);
}

// src/repository/storage.ts
const FULL = /ENOSPC|no space left|disk is full/i;
const QUOTA = /EDQUOT|disk quota exceeded/i;
const READ_ONLY = /EROFS|read-only file system/i;
const FORBIDDEN = /* @__PURE__ */ new Set(["EACCES", "EPERM"]);
const NEARLY_NOTHING = 1048576;
async function explainStorage(error, root) {
	if (error instanceof InfrastructureError || !(error instanceof Error)) return error;
	const tool = [error, error.cause].find((each) => each instanceof CommandError);
	const text = `${error.message}\n${tool?.failure.stderr ?? ""}`;
	const told = (what, remedy) => new InfrastructureError({
		what,
		where: root,
		found: messageOf(error),
		remedy
	}, { cause: error });
	if (QUOTA.test(text)) return told("the disk quota is used up", "free some of it, and run it again");
	const { isFull, lacksInodes } = await lookAt(root);
	if (FULL.test(text) || isFull && tool?.failure.end === "exit") return lacksInodes ? told("no inodes left on the file system", "remove files on it, and run it again") : told("no space left on the file system", "free space on it, and run it again");
	if (READ_ONLY.test(text) || isCode(error, "ENOENT") && await isReadOnly(root)) return told("the file system is read-only", "mount it for writing, and run it again");
	const { code, path: place } = error;
	if (!FORBIDDEN.has(code) || place === void 0 || !isBelow(root, place)) return error;
	return told("the repository may not be written", "run it as the user that the repository belongs to");
}
async function lookAt(root) {
	try {
		const { files, ffree, bavail, bsize } = await statfs(root);
		const lacksInodes = files > 0 && ffree === 0 && bavail > 0;
		return {
			isFull: lacksInodes || bavail * bsize < NEARLY_NOTHING,
			lacksInodes
		};
	} catch {
		return {
			isFull: false,
			lacksInodes: false
		};
	}
}
async function isReadOnly(root) {
	return await access(root, constants$1.W_OK).then(() => false, (error) => isCode(error, "EROFS"));
}
function isCode(error, code) {
	return error.code === code;
}
function isBelow(root, place) {
	const relative = path.relative(root, place);
	return relative !== ".." && !relative.startsWith("../");
}

// src/repository/view.ts
const MAX_READS = 20;
async function readView(root) {
	const paths = new RepositoryPaths(root);
	const exists = await isRepository(paths);
	let channels = await readChannels(paths);
	for (let count = 1;; count++) try {
		const heads = await readHeads(paths, channels);
		const after = await readChannels(paths);
		if (count >= MAX_READS || isDeepStrictEqual(after, channels)) return {
			paths,
			exists,
			channels,
			heads
		};
		channels = after;
	} catch (error) {
		const after = await readChannels(paths);
		if (count >= MAX_READS || isDeepStrictEqual(after, channels)) throw error;
		channels = after;
	}
}
async function readHeads(paths, channels) {
	const byId = /* @__PURE__ */ new Map();
	const heads = /* @__PURE__ */ new Map();
	for (const [name, id] of channels) {
		const snapshot = byId.get(id) ?? await readSnapshot(paths, id);
		byId.set(id, snapshot);
		heads.set(name, snapshot);
	}
	return heads;
}
function viewOf({ paths, heads }, channel, format) {
	const other = [...heads.values()].find((snapshot) => snapshot.format !== format);
	if (other !== void 0) throw new UserError({
		what: "the repository holds packages of another format",
		where: paths.root,
		found: other.format,
		expected: format,
		remedy: "one repository serves one target: give a repository of its own to each"
	});
	const own = heads;
	return {
		paths,
		channel,
		heads: own,
		head: own.get(channel)
	};
}
async function isRepository(paths) {
	const found = await readdir(paths.root).catch((error) => {
		if (error.code === "ENOENT") return [];
		if (error.code === "ENOTDIR") throw new UserError({
			what: "the repository is not a folder",
			where: paths.root,
			found: "a file"
		});
		throw error;
	});
	if (found.length === 0) return false;
	if (found.includes(path.basename(paths.lease))) return true;
	throw new UserError({
		what: "the folder holds something that is not a repository",
		where: paths.root,
		found: quote(found.sort().slice(0, 3).join(", ")),
		expected: "a folder that does not exist yet, is empty, or that sign-publish has made"
	});
}

// src/repository/transaction.ts
async function withRepository(options, body) {
	try {
		return await underLease(options, body);
	} catch (error) {
		throw await explainStorage(error, options.root);
	}
}
async function underLease(options, body) {
	const paths = new RepositoryPaths(options.root);
	await makeRepository(paths);
	await using lease = await takeLease(paths, {
		waitSeconds: options.leaseSeconds,
		holder: options.holder,
		logger: options.logger,
		signal: options.signal
	});
	const signal = AbortSignal.any([options.signal, lease.lost]);
	const stop = () => {
		if (lease.lost.aborted) throw lease.lost.reason;
		if (options.signal.aborted) throw new CancelledError();
	};
	const done = async (step) => {
		await options.onStep?.(step);
		stop();
	};
	await recover(paths, options.logger);
	await refreshSite(paths, options.logger);
	const channels = await readChannels(paths);
	await done("leased");
	const context = {
		paths,
		options,
		channels,
		done
	};
	const session = {
		paths,
		channels,
		signal,
		head: async (channel) => {
			const id = channels.get(channel);
			return id === void 0 ? void 0 : await readSnapshot(paths, id);
		},
		done,
		stage: async () => await makeStaging(paths, options.now?.() ?? /* @__PURE__ */ new Date()),
		commit: async (staging, commit) => await runCommit(staging, commit, context),
		point: async (point) => await runPoint(point, context),
		prune: async (prune) => await runPrune(prune, context)
	};
	try {
		return await body(session);
	} catch (error) {
		const told = await explainStorage(error, paths.root);
		if (!lease.lost.aborted) await recoverAfterFailure(paths, options.logger);
		throw told;
	}
}
async function recoverAfterFailure(paths, logger) {
	try {
		await recover(paths, logger);
	} catch (error) {
		logger.warning(`what was begun could not be removed, and will be by the next run: ${messageOf(error)}`);
	}
}
async function makeRepository(paths) {
	await isRepository(paths);
	const folders = [
		[paths.root, 493],
		[paths.private, 448],
		[paths.staging, 448],
		[paths.public, 493],
		[paths.pool, 493],
		[paths.snapshots, 493]
	];
	for (const [folder, mode] of folders) {
		if (await mkdir(folder, {
			recursive: true,
			mode
		}) !== void 0) await chmod(folder, mode);
		if (folder === paths.root) await writeFile(paths.lease, "", {
			flag: "a",
			mode: 384
		});
	}
}
async function makeStaging(paths, now) {
	const id = newSnapshotId(now);
	const root = path.join(paths.staging, id);
	const staging = {
		id,
		root,
		public: path.join(root, "public"),
		snapshot: path.join(root, "public", "snapshots", id),
		private: path.join(root, "private"),
		work: path.join(root, "work")
	};
	await mkdir(root, { mode: 448 });
	await mkdir(path.join(staging.public, "pool"), { recursive: true });
	await mkdir(staging.snapshot, { recursive: true });
	await mkdir(staging.private, { mode: 448 });
	await mkdir(staging.work, { mode: 448 });
	return staging;
}

// src/repository/publish.ts
const MAX_TRIES = 10;
async function publish(options, driver) {
	try {
		return await runPublish(options, driver);
	} catch (error) {
		throw options.signal.aborted ? new CancelledError() : error;
	}
}
async function runPublish(options, driver) {
	const { logger, signal, signer, nextSigner } = options;
	const now = options.now?.() ?? /* @__PURE__ */ new Date();
	const context = {
		logger,
		signal,
		now
	};
	const timed = withTimes(options);
	const prepared = await prepare(options, context, driver);
	const { builds, signers } = prepared;
	await timed.onStep("verified");
	return await withRepository({
		...options,
		onStep: timed.onStep
	}, async (session) => {
		const heads = await readHeads(session.paths, session.channels);
		const view = viewOf({
			paths: session.paths,
			heads
		}, options.channel, driver.format);
		const held = {
			...context,
			signal: session.signal
		};
		const { changes } = await planKeys(view, driver.format, options);
		const decision = await decide(prepared, view, fingerprintsOf(options), options, held, driver, changes);
		options.approve?.({
			decision,
			format: driver.format,
			builds,
			signers,
			view
		});
		refuseDecision(decision);
		await session.done("planned");
		const { reasons, overrides } = decision;
		const plan = {
			...decision.plan,
			reasons
		};
		if (view.head !== void 0 && decision.verdict === "nothing") return {
			plan,
			overrides,
			snapshot: view.head,
			changed: false,
			builds,
			signers,
			times: timed.times
		};
		const staging = await session.stage();
		await session.done("staged");
		const stage = {
			...held,
			signer,
			nextSigner,
			staging,
			view,
			done: session.done
		};
		const draft = await driver.stage(plan, stage);
		const snapshot = await writeSnapshot(driver.format, staging, view, draft, decision, builds, options, now);
		const { keys } = await planKeys(view, driver.format, options, draft);
		await driver.check(plan, draft, {
			...held,
			staging,
			keys,
			fingerprint: signer.key.fingerprint,
			nextFingerprint: nextSigner?.key.fingerprint
		});
		const staged = {
			format: driver.format,
			plan,
			draft,
			staging,
			view,
			builds,
			keys,
			signal: session.signal
		};
		const clients = await options.checkClients?.(staged);
		await session.done("checked");
		await session.commit(staging, {
			channel: options.channel,
			poolFiles: draft.poolFiles,
			keys
		});
		return {
			plan,
			overrides,
			snapshot,
			changed: true,
			builds,
			signers,
			clients,
			times: timed.times
		};
	});
}
async function planPublish(options, keys, driver) {
	const { root, logger, signal } = options;
	const context = {
		logger,
		signal,
		now: options.now?.() ?? /* @__PURE__ */ new Date()
	};
	try {
		const prepared = await prepare(options, context, driver);
		for (let count = 1;; count++) {
			const state = await readView(root);
			const view = viewOf(state, options.channel, driver.format);
			try {
				const { signs, changes } = await keys(view);
				return {
					decision: await decide(prepared, view, signs, options, context, driver, changes),
					format: driver.format,
					builds: prepared.builds,
					signers: prepared.signers,
					view
				};
			} catch (error) {
				if (count >= MAX_TRIES || signal.aborted || await isAsBefore(state)) throw error;
			}
		}
	} catch (error) {
		throw signal.aborted ? new CancelledError() : error;
	}
}
async function isAsBefore({ paths, channels }) {
	return isDeepStrictEqual(await readChannels(paths), channels);
}
async function writeSnapshot(format, staging, view, draft, { plan, overrides }, builds, options, now) {
	const snapshot = {
		schema: "pkg-actions/snapshot/1",
		id: staging.id,
		createdAt: now.toISOString(),
		parent: view.head?.id ?? null,
		channel: options.channel,
		format,
		settings: draft.settings,
		...keyFields(options, format),
		tool: {
			name: "pkg-actions",
			version: VERSION
		},
		...options.run === void 0 ? {} : { run: options.run },
		...options.layeredOver === void 0 ? {} : { layeredOver: options.layeredOver },
		change: {
			added: plan.entries.filter(({ action }) => action !== "same").map(({ kind, name, version, architecture }) => ({
				kind,
				name,
				version,
				architecture
			})),
			superseded: [...plan.superseded],
			...overrides.length === 0 ? {} : { overrides: [...overrides] },
			builds: builds.map(({ manifest, sha256 }) => ({
				manifest: sha256,
				package: manifest.package.name,
				version: manifest.package.version,
				change: manifest.change,
				origins: manifest.origins.map(({ role, project, commit }) => ({
					role,
					project,
					commit
				}))
			}))
		},
		packages: [...draft.packages],
		records: [...draft.records],
		supersededIndexes: [...draft.supersededIndexes]
	};
	await writeFile(path.join(staging.snapshot, SNAPSHOT_FILE), formatSnapshot(snapshot));
	await symlink("../../pool", path.join(staging.snapshot, "pool"));
	return snapshot;
}
function withTimes(options) {
	const times = [];
	let last = performance.now();
	const onStep = async (step) => {
		const seconds = (performance.now() - last) / 1e3;
		const before = times.at(-1);
		if (before?.step === step) times[times.length - 1] = {
			step,
			seconds: before.seconds + seconds
		};
		else times.push({
			step,
			seconds
		});
		await options.onStep?.(step);
		last = performance.now();
	};
	return {
		times,
		onStep
	};
}

// src/repository/review/place.ts
const REVIEW_CHANNEL = "latest";
const FOLDER = "review";
const MAX_NAME = 64;
function isReviewName(text) {
	return text.length <= MAX_NAME && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text) && !text.includes("..");
}
function checkReviewName(text, where = "input review") {
	if (isReviewName(text)) return text;
	throw new UserError({
		what: "not a name of a review repository",
		where,
		found: quote(text),
		expected: `${MAX_NAME} characters at most: letters, digits, dots (not two in a row), _ and -, starting with a letter or digit, such as CR-123`
	});
}
var ReviewPlace = class {
	root;
	name;
	folder;
	lock;
	links;
	link;
	constructor(root, name) {
		if (!isReviewName(name)) throw new Error(`not a name of a review: ${quote(name)}`);
		this.root = root;
		this.name = name;
		this.folder = path.join(root, FOLDER, name);
		this.lock = path.join(this.folder, "lock");
		this.links = linksOf(root);
		this.link = path.join(this.links, name);
	}
	repository(unique) {
		return new RepositoryPaths(path.join(this.folder, unique));
	}
	target(unique) {
		return `../../${FOLDER}/${this.name}/${unique}/public`;
	}
	url(release) {
		return `${release}/${FOLDER}/${this.name}`;
	}
};
function linksOf(root) {
	return path.join(root, "public", FOLDER);
}
async function currentOf(place) {
	await checkFolders(place);
	const unique = await linkedBy(place);
	if (unique === void 0) return void 0;
	return await isFolder(path.join(place.folder, unique)) ? unique : void 0;
}
async function linkedBy(place) {
	const target = await readlink(place.link).catch((error) => {
		if (error.code === "ENOENT") return void 0;
		if (error.code === "EINVAL") throw strange(place.link, "a file or folder", "a link that the publisher made");
		throw error;
	});
	if (target === void 0) return void 0;
	const unique = target.split("/").at(-2) ?? "";
	if (isSnapshotId(unique) && target === place.target(unique)) return unique;
	throw strange(place.link, quote(target), place.target("<id>"));
}
async function uniquesOf(place) {
	return (await readFolder(place.folder)).filter(isSnapshotId).sort();
}
async function isThere(place) {
	await checkFolders(place);
	return (await Promise.all([place.folder, place.link].map((each) => lstat(each).catch(absent)))).some((stat) => stat !== void 0);
}
async function reviewNames(root) {
	const names = /* @__PURE__ */ new Set();
	for (const folder of [path.join(root, FOLDER), linksOf(root)]) {
		await checkFolder(folder);
		for (const name of await readFolder(folder)) if (isReviewName(name)) names.add(name);
	}
	return [...names].sort();
}
async function checkFolders(place) {
	for (const folder of [
		path.dirname(place.folder),
		place.folder,
		place.links
	]) await checkFolder(folder);
}
async function checkFolder(folder) {
	const stat = await lstat(folder).catch(absent);
	if (stat === void 0 || stat.isDirectory()) return;
	throw strange(folder, stat.isSymbolicLink() ? "a link" : "a file", "a folder");
}
function strange(where, found, expected) {
	return new UserError({
		what: "something else lies where review repositories belong",
		where,
		found,
		expected,
		remedy: "look at what it is, and remove it"
	});
}
async function isFolder(folder) {
	return (await lstat(folder).catch(absent))?.isDirectory() === true;
}
async function readFolder(folder) {
	return await readdir(folder).catch((error) => {
		if (error.code === "ENOENT") return [];
		throw error;
	});
}
function absent(error) {
	if (error.code === "ENOENT") return void 0;
	throw error;
}

// src/repository/publish-plan/document.ts
const text = string().max(4096);
const sha256 = string().regex(/^[0-9a-f]{64}$/);
const fingerprint = string().regex(/^[0-9A-F]{40}$/);
const channelName = string().refine(isChannelName, "a name of a channel");
const list = array(text).max(1e3);
const packageRef = strictObject({
	kind: _enum(["binary", "source"]),
	name: text,
	version: text,
	architecture: text
});
const against = strictObject({
	outcome: _enum(["conflict", "downgrade"]),
	name: text,
	version: text,
	architecture: text,
	channel: text.optional(),
	snapshot: text.optional(),
	file: text.optional()
});
const row = strictObject({
	...packageRef.shape,
	type: _enum([
		"deb",
		"udeb",
		"ddeb",
		"dsc",
		"rpm",
		"srpm"
	]),
	component: text.optional(),
	action: _enum([
		"add",
		"upgrade",
		"downgrade",
		"same",
		"conflict",
		"misplaced"
	]),
	refused: boolean(),
	replaces: list,
	keeps: list.optional(),
	against: array(against).optional(),
	message: text.optional()
});
const request = strictObject({
	suite: text.optional(),
	components: list.optional(),
	component: text.optional(),
	udebComponent: text.optional(),
	architectures: list.optional(),
	origin: text.optional(),
	label: text.optional(),
	description: text.optional(),
	validSeconds: int().nonnegative().optional(),
	groups: text.optional(),
	updateinfo: text.optional(),
	modules: text.optional(),
	productid: text.optional(),
	url: text.optional(),
	keepVersions: int().positive().optional()
});
const publishPlanSchema = strictObject({
	schema: literal("pkg-actions/publish-plan/1"),
	createdAt: datetime(),
	tool: strictObject({
		name: literal("pkg-actions"),
		version: text
	}),
	run: text.optional(),
	verdict: _enum([
		"publish",
		"nothing",
		"refused"
	]),
	repository: text,
	channel: channelName,
	format: _enum(["deb", "rpm"]),
	review: strictObject({
		name: string().refine(isReviewName, "a name of a review"),
		snapshot: text.nullable(),
		channel: channelName,
		release: text.nullable(),
		begun: _enum(["new", "anew"]).nullable(),
		carried: array(packageRef)
	}).optional(),
	request,
	builds: array(strictObject({
		location: text,
		manifest: sha256,
		package: text,
		version: text,
		change: _enum(["review", "merge"]),
		signedBy: array(fingerprint).optional()
	})),
	channels: array(strictObject({
		name: channelName,
		snapshot: text,
		createdAt: datetime(),
		packages: int().nonnegative(),
		signedBy: fingerprint
	})),
	settings: strictObject({
		before: record(text, json()).nullable(),
		after: record(text, json()),
		changed: list
	}),
	key: strictObject({
		signs: fingerprint,
		next: fingerprint.optional(),
		before: array(fingerprint),
		changes: list,
		message: text.optional()
	}),
	packages: array(row),
	superseded: array(packageRef),
	withdrawn: array(packageRef),
	staying: array(packageRef).optional(),
	overrides: array(strictObject({
		...packageRef.shape,
		over: text,
		channel: text,
		reason: text
	})),
	given: record(text, sha256),
	reasons: list
});
function planDocument(decided, context) {
	const { decision, builds, signers, view } = decided;
	const { plan, key, overrides, reasons, verdict } = decision;
	const [signs = "", next] = key.signs;
	return publishPlanSchema.parse({
		schema: "pkg-actions/publish-plan/1",
		createdAt: context.now.toISOString(),
		tool: {
			name: "pkg-actions",
			version: VERSION
		},
		...context.run === void 0 ? {} : { run: context.run },
		verdict,
		repository: context.repository,
		channel: view.channel,
		format: decided.format,
		...context.review === void 0 ? {} : { review: context.review },
		request: plain(context.request),
		builds: builds.map(({ manifest, sha256: digest }, index) => ({
			location: context.locations[index] ?? "",
			manifest: digest,
			package: manifest.package.name,
			version: manifest.package.version,
			change: manifest.change,
			...signers === void 0 ? {} : { signedBy: signers[index]?.map((each) => each.fingerprint) }
		})),
		channels: [...view.heads].map(([name, { id, createdAt, packages, signedBy }]) => ({
			name,
			snapshot: id,
			createdAt,
			packages: packages.length,
			signedBy
		})),
		settings: {
			before: view.head === void 0 ? null : plain(view.head.settings),
			after: plain(plan.settings),
			changed: view.head === void 0 ? [] : changedSettings(view.head.settings, plan.settings)
		},
		key: {
			signs,
			...next === void 0 ? {} : { next },
			before: key.before,
			changes: key.changes,
			...key.refusal === void 0 ? {} : { message: key.refusal.message }
		},
		packages: rowsOf(plan),
		superseded: plan.superseded.map(refOf$2),
		withdrawn: plan.withdrawn.map(refOf$2),
		...plan.staying.length === 0 ? {} : { staying: plan.staying.map(refOf$2) },
		overrides,
		given: plan.given,
		reasons
	});
}
function rowsOf({ entries, refusals, downgrades }) {
	return [...refusals.map((each) => {
		const { type, outcome, against: others, error } = each;
		const more = others.length === 0 ? {} : { against: others.map((other) => ({ ...other })) };
		return {
			...refOf$2(each),
			type,
			action: outcome,
			refused: true,
			replaces: [],
			...more,
			message: error.message
		};
	}), ...entries.map((each) => entryRow(each, downgrades))];
}
function entryRow(each, downgrades) {
	const { type, component, action, replaces, keeps } = each;
	const allowed = downgrades.find((other) => isSameRef(other, each));
	return {
		...refOf$2(each),
		type,
		...component === void 0 ? {} : { component },
		action,
		refused: false,
		replaces: [...replaces],
		...keeps === void 0 ? {} : { keeps: [...keeps] },
		...allowed === void 0 ? {} : { against: allowed.against.map((other) => ({ ...other })) }
	};
}
function refOf$2({ kind, name, version, architecture }) {
	return {
		kind,
		name,
		version,
		architecture
	};
}
function isSameRef(a, b) {
	return a.kind === b.kind && a.name === b.name && a.version === b.version && a.architecture === b.architecture;
}
function changedSettings(before, after) {
	const text = (settings, name) => JSON.stringify(settings[name]);
	return [.../* @__PURE__ */ new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => text(before, name) !== text(after, name)).sort();
}
function plain(value) {
	return JSON.parse(JSON.stringify(value));
}
const MAX_BYTES$2 = 67108864;
async function readPublishPlan(file, where) {
	const wrong = (found) => new UserError({
		what: "not a plan of a publish",
		where,
		found,
		expected: "the file that the input plan wrote"
	});
	const content = await readFile(file).catch((error) => {
		throw new UserError({
			what: "the plan cannot be read",
			where,
			found: `${error.code} for ${quote(file)}`
		});
	});
	if (content.length > MAX_BYTES$2) throw wrong(`${content.length} bytes`);
	let json;
	try {
		json = JSON.parse(content.toString("utf8"));
	} catch {
		throw wrong("no JSON");
	}
	const parsed = publishPlanSchema.safeParse(json);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw wrong(quote(`${issue?.path.join(".") || "the whole"}: ${issue?.message}`, 200));
}

// src/repository/publish-plan/compare.ts
const MAX_NAMED = 5;
function checkAgainstPlan(plan, decided, where) {
	const now = planDocument(decided, {
		now: /* @__PURE__ */ new Date(),
		run: void 0,
		repository: plan.repository,
		review: plan.review,
		request: plan.request,
		locations: decided.builds.map(({ folder }) => folder)
	});
	const causes = [
		...channelDifferences(plan, now),
		...buildDifferences(plan, now),
		...otherDifferences(plan, now)
	];
	throwAll(causes.length > 0 ? causes : rowDifferences(plan, now), where);
}
function checkChannelsAgainstPlan(plan, channels, where) {
	throwAll(channelDifferences(plan, { channels: [...channels].map(([name, snapshot]) => ({
		name,
		snapshot
	})) }), where);
}
function checkReviewAgainstPlan({ review }, found, where) {
	if (review === void 0) return;
	throwAll([[
		`the review ${review.name}`,
		found.snapshot,
		review.snapshot
	], [
		`the channel ${review.channel} of the release`,
		found.release,
		review.release
	]].flatMap(([name, now, planned]) => now === planned ? [] : [{
		what: "the repository has changed since the plan was made",
		found: `${name} at ${now ?? "no snapshot: it is not there"}`,
		expected: planned ?? "nothing there"
	}]), where);
}
function checkVerdict({ verdict, packages, key }, where) {
	if (verdict !== "refused") return;
	const refused = packages.filter((each) => each.refused);
	const [first] = [...refused.map(({ message }) => message), key.message].filter((each) => each !== void 0);
	throw new UserError({
		what: "the plan is one that is refused",
		where,
		found: `${refused.length + (key.message === void 0 ? 0 : 1)} refused; the first: ${first ?? "without a message"}`,
		expected: "a plan that can be done",
		remedy: "make another plan, of what may be published"
	});
}
function throwAll(differences, where) {
	const remedy = "make the plan again, and look at it again";
	const errors = differences.map((each) => new UserError({
		...each,
		where,
		remedy
	}));
	const [only, ...more] = errors;
	if (only === void 0) return;
	if (more.length === 0) throw only;
	throw new AggregateError(errors, `the plan does not hold any more: ${errors.length} differences`);
}
function channelDifferences(plan, now) {
	const before = new Map(plan.channels.map(({ name, snapshot }) => [name, snapshot]));
	const after = new Map(now.channels.map(({ name, snapshot }) => [name, snapshot]));
	return [.../* @__PURE__ */ new Set([...before.keys(), ...after.keys()])].sort().filter((name) => before.get(name) !== after.get(name)).map((name) => ({
		what: "the repository has changed since the plan was made",
		found: `the channel ${name} at ${after.get(name) ?? "no snapshot: it is not there"}`,
		expected: before.get(name) ?? "no such channel"
	}));
}
function buildDifferences(plan, now) {
	const key = ({ manifest }) => manifest;
	const planned = new Set(plan.builds.map(key));
	const given = new Set(now.builds.map(key));
	const show = ({ package: name, version, manifest }) => `${name} ${version}, manifest ${manifest.slice(0, 12)}…`;
	const others = now.builds.filter((each) => !planned.has(each.manifest));
	const missing = plan.builds.filter((each) => !given.has(each.manifest));
	if (others.length + missing.length === 0) return [];
	return [{
		what: "the builds are not those of the plan",
		found: others.map(show).join("; ") || `none for ${missing.map(show).join("; ")}`,
		expected: missing.map(show).join("; ") || "no other build"
	}];
}
function otherDifferences(plan, now) {
	const differences = [];
	const compare = (what, found, expected) => {
		if (found !== expected) differences.push({
			what,
			found,
			expected
		});
	};
	compare("the format is another one", now.format, plan.format);
	compare("the channel is another one", now.channel, plan.channel);
	compare("another key signs than the one of the plan", now.key.signs, plan.key.signs);
	compare("the next key is another one than that of the plan", now.key.next ?? "none", plan.key.next ?? "none");
	for (const name of changedSettings(plan.settings.after, now.settings.after)) {
		const value = (settings) => JSON.stringify(settings.after[name]) ?? "none";
		compare(`the setting ${name} is another one than that of the plan`, value(now.settings), value(plan.settings));
	}
	for (const name of /* @__PURE__ */ new Set([...Object.keys(plan.given), ...Object.keys(now.given)])) compare(`the file of the input ${name} is another one than that of the plan`, now.given[name] ?? "none", plan.given[name] ?? "none");
	if (now.verdict === "refused" && plan.overrides.length > 0 && now.overrides.length === 0) {
		const [first] = plan.overrides;
		differences.push({
			what: "the plan has downgrades, which are not allowed here",
			found: "no allow-downgrade",
			expected: `the reason of the plan, ${JSON.stringify(first?.reason ?? "")}, as input allow-downgrade`
		});
	}
	return differences;
}
function rowDifferences(plan, now) {
	const differences = [];
	const lists = [
		[
			"a package",
			plan.packages,
			now.packages
		],
		[
			"a package that leaves the channel",
			plan.superseded,
			now.superseded
		],
		[
			"an allowed downgrade",
			plan.overrides,
			now.overrides
		]
	];
	for (const [title, planned, found] of lists) {
		const lines = (rows) => new Set(rows.map((each) => JSON.stringify(sorted(each))));
		const [before, after] = [lines(planned), lines(found)];
		const only = (these, those) => [...these].filter((each) => !those.has(each)).slice(0, MAX_NAMED);
		const [gone, come] = [only(before, after), only(after, before)];
		if (gone.length + come.length === 0) continue;
		differences.push({
			what: `${title} is planned otherwise now`,
			found: come.join(", ") || "nothing of it",
			expected: gone.join(", ") || "nothing of it"
		});
	}
	if (differences.length === 0 && plan.verdict !== now.verdict) differences.push({
		what: "the plan comes to another end now",
		found: `${now.verdict}${now.reasons.length === 0 ? "" : `: ${now.reasons.join("; ")}`}`,
		expected: plan.verdict
	});
	return differences;
}
function sorted(value) {
	return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
}

// src/repository/rpm/provenance.ts
async function verifySignedRpm(handle, frame, file, signers) {
	const where = shown(file);
	const good = await signers.verifyPackets(headerSignatures(frame), frame.header.bytes, where);
	if (hasPayloadDigest(frame)) return good;
	const data = () => headerAndPayload(handle, frame, file);
	return [...good, ...await signers.verifyPackets(payloadSignatures(frame), data, `${where}, header and payload`)];
}
function headerSignatures({ signature }) {
	const packets = [SIGNATURE_TAG.rsa, SIGNATURE_TAG.dsa].flatMap((tag) => tagBytes(signature, tag) ?? []);
	const encoded = tagStrings(signature, SIGNATURE_TAG.openpgp) ?? [];
	return [...packets, ...encoded.map((text) => Buffer.from(text, "base64"))];
}
function payloadSignatures({ signature }) {
	return [SIGNATURE_TAG.pgp, SIGNATURE_TAG.gpg].flatMap((tag) => tagBytes(signature, tag) ?? []);
}
async function* headerAndPayload(handle, frame, file) {
	const hash = createHash("sha256");
	for (const part of [
		frame.lead,
		frame.signature.bytes,
		frame.padding,
		frame.header.bytes
	]) hash.update(part);
	yield Uint8Array.from(frame.header.bytes);
	for await (const piece of payloadOf(handle, frame, shown(file))) {
		hash.update(piece);
		yield Uint8Array.from(piece);
	}
	const found = hash.digest("hex");
	if (found !== file.sha256) throw changedRpm(shown(file), `sha256 ${found}`, `sha256 ${file.sha256}`);
}

// src/repository/rpm/candidates.ts
const FILES_AT_ONCE$1 = 8;
async function readRpmCandidates(builds, signal, provenance) {
	const files = builds.flatMap((build) => filesOf$1(build, "rpm", "srpm").map((file) => ({
		build,
		file
	})));
	if (files.length === 0) throw new UserError({
		what: "nothing to publish",
		where: "input packages",
		found: "builds without an .rpm"
	});
	const fileOf = ({ file }) => file;
	const packages = once(await inParallelByHeader(files, FILES_AT_ONCE$1, fileOf, async ({ build, file }) => {
		signal.throwIfAborted();
		const candidate = await readOne(file, build, provenance);
		await verifyPayload(file.path, {
			shown: shown(file),
			signal
		});
		return candidate;
	}));
	checkSources(packages);
	return {
		packages,
		builds
	};
}
async function readOne(file, build, provenance) {
	const where = shown(file);
	await using handle = await openRpm(file.path, where);
	const frame = await readFrame(handle, where);
	const candidate = describe$3(describePackage(frame, where), file, build);
	checkIndexTexts(frame.header, where);
	if (provenance !== void 0) provenance.add(build, await verifySignedRpm(handle, frame, file, provenance.signers));
	return candidate;
}
function describe$3(read, file, build) {
	if (read.isSource !== (file.role === "srpm")) throw new UserError({
		what: "a package of another kind than the manifest says",
		where: shown(file),
		found: read.isSource ? "a source package" : "a binary package",
		expected: `the role ${file.role}`
	});
	const versionRelease = `${read.evr.version}-${read.evr.release}`;
	const { source, sourceVersion } = read.isSource ? {
		source: read.name,
		sourceVersion: versionRelease
	} : readSourceRpm(read.sourceRpm ?? "", file);
	const own = build.manifest.package.name;
	if (source !== own) throw new UserError({
		what: "the package is of another source package than its build",
		where: shown(file),
		found: source,
		expected: `${own}, as the manifest says`
	});
	const suffix = !read.isSource ? read.architecture : file.name.endsWith(".nosrc.rpm") ? "nosrc" : "src";
	const poolPath = rpmPoolPath(source, `${read.name}-${versionRelease}.${suffix}.rpm`);
	if (!isPoolPath(poolPath)) throw new UserError({
		what: "a name that the repository cannot hold",
		where: shown(file),
		found: poolPath,
		expected: "names that start with a letter or digit, and file names of 255 bytes at most"
	});
	return {
		type: read.isSource ? "srpm" : "rpm",
		candidate: rpmCandidate(read),
		source,
		sourceVersion,
		isDebug: read.isDebug,
		file,
		poolPath,
		build,
		alternates: []
	};
}
function readSourceRpm(text, file) {
	const [, source, sourceVersion] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(text) ?? [];
	if (source !== void 0 && sourceVersion !== void 0) return {
		source,
		sourceVersion
	};
	throw new UserError({
		what: "the package does not say from which source package it was built",
		where: shown(file),
		found: JSON.stringify(text),
		expected: "name-version-release.src.rpm"
	});
}
function once(read) {
	const kept = /* @__PURE__ */ new Map();
	for (const each of read) {
		const { kind, name, version, architecture, sha256 } = each.candidate;
		const key = `${kind} ${name} ${architecture}`;
		const other = kept.get(key);
		if (other === void 0) {
			kept.set(key, each);
			continue;
		}
		const isSame = other.candidate.version === version;
		if (isSame && [other, ...other.alternates].some(({ candidate }) => candidate.sha256 === sha256)) continue;
		if (isSame && isRepeatable(each.candidate) && isForAnother(each, [other, ...other.alternates])) {
			kept.set(key, {
				...other,
				alternates: [...other.alternates, each]
			});
			continue;
		}
		throw new UserError({
			what: "the builds bring a package twice, with other content",
			where: shown(each.file),
			found: `${name} ${version} (${architecture})`,
			expected: `the same as ${shown(other.file)}, ${other.candidate.version}`
		});
	}
	return [...kept.values()];
}
function isForAnother(each, others) {
	const architectureOf = ({ build }) => build.manifest.target?.architecture;
	const own = architectureOf(each);
	return own !== void 0 && others.every((other) => architectureOf(other) !== own);
}
function checkSources(packages) {
	const versions = /* @__PURE__ */ new Map();
	for (const each of packages) {
		const other = versions.get(each.source) ?? each;
		versions.set(each.source, other);
		if (other.sourceVersion === each.sourceVersion) continue;
		throw new UserError({
			what: "the builds bring packages of two versions of one source package",
			where: shown(each.file),
			found: `${each.source} ${each.sourceVersion}`,
			expected: `${other.sourceVersion} as of ${shown(other.file)}`
		});
	}
}

// src/repository/rpm/leftovers.ts
const VARIABLE = "PKG_ACTIONS_DNF";
function markedEnvironment(folder) {
	return { [VARIABLE]: folder };
}
async function endLeftovers(folder) {
	const processes = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
	for (const pid of processes) {
		const marked = (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")).split("\0").find((entry) => entry.startsWith(`${VARIABLE}=`))?.slice(16);
		if (marked === void 0 || Number(pid) === process.pid) continue;
		if (marked !== folder && !marked.startsWith(`${folder}/`)) continue;
		try {
			process.kill(Number(pid), "SIGKILL");
		} catch (error) {
			if (error.code !== "ESRCH") throw error;
		}
	}
}

// src/repository/rpm/repomd.ts
const REPOMD = "repodata/repomd.xml";
const REPOMD_SIGNATURE = "repodata/repomd.xml.asc";
async function readRepomd(folder) {
	const file = path.join(folder, REPOMD);
	const data = await readFile(file).catch((error) => {
		throw new UserError({
			what: "the index cannot be read",
			where: file,
			found: error.code ?? "an error"
		});
	});
	const records = repomdData(data, file).map((each) => recordOf$1(each, file));
	if (records.some(({ type }) => type === "primary")) return records;
	throw new UserError({
		what: "the repository has no primary index",
		where: file
	});
}
function recordOf$1({ type, texts, checksumType, location }, file) {
	const { href = "", base } = location ?? {};
	const [sha256 = "", size = ""] = [texts.get("checksum"), texts.get("size")];
	if (/^repodata\/[A-Za-z0-9][A-Za-z0-9.+~_-]*$/.test(href) && base === void 0 && checksumType === "sha256" && /^[0-9a-f]{64}$/.test(sha256) && /^\d+$/.test(size)) return {
		type,
		href,
		sha256,
		size: Number(size)
	};
	throw new UserError({
		what: "a record that is not ours",
		where: file,
		found: JSON.stringify(type),
		expected: "a file in repodata with size and SHA-256"
	});
}

// src/repository/rpm/state.ts
var RpmState = class RpmState {
	architectures;
	#listed = /* @__PURE__ */ new Map();
	#byName = /* @__PURE__ */ new Map();
	#bySource = /* @__PURE__ */ new Map();
	#sources = /* @__PURE__ */ new Map();
	constructor(packages, architectures) {
		this.architectures = architectures;
		for (const each of packages) if (each.kind === "source") addTo(this.#sources, each.name, each);
		else this.#list(each, each.listedIn ?? this.#ownArchitectures(each));
	}
	extendedTo(architectures) {
		const extended = new RpmState([], architectures);
		for (const [name, list] of this.#sources) extended.#sources.set(name, [...list]);
		for (const [each, listed] of this.#listed) extended.#list(each, listed);
		const newest = /* @__PURE__ */ new Map();
		for (const each of this.#listed.keys()) {
			const other = newest.get(each.name);
			if (each.architecture === "noarch" && (other === void 0 || compareVersions(each, other) > 0)) newest.set(each.name, each);
		}
		for (const architecture of architectures) {
			if (this.architectures.includes(architecture)) continue;
			for (const each of newest.values()) extended.#listed.get(each)?.add(architecture);
		}
		return extended;
	}
	folders() {
		const folders = new Map(foldersOf(this.architectures).map((folder) => [folder, []]));
		for (const [each, listed] of this.#listed) for (const name of listed) folders.get(each.component === "debug" ? debugFolder(name) : name)?.push(each);
		folders.set(SOURCE_FOLDER, [...this.#sources.values()].flat());
		return folders;
	}
	named(kind, name) {
		if (kind === "source") return this.#sources.get(name) ?? [];
		return (this.#byName.get(name) ?? []).filter((each) => this.#listed.has(each));
	}
	addAll(added, { keep, isLower } = {
		keep: 1,
		isLower: false
	}) {
		for (const each of added) this.#forget(each);
		const before = this.#all();
		const empty = () => new Map(added.map((each) => [each, /* @__PURE__ */ new Set()]));
		const changes = {
			replaced: empty(),
			older: empty()
		};
		const bySource = /* @__PURE__ */ new Map();
		for (const each of added) addTo(bySource, each.source, each);
		for (const group of bySource.values()) {
			const binaries = group.filter(({ kind }) => kind === "binary");
			if (binaries.length > 0) this.#addBinaries(binaries, changes, keep);
		}
		const left = this.#retain(isLower ? this.#bySource.keys() : bySource.keys(), keep);
		if (isLower && keep === 1) for (const each of this.#dropSameNames()) left.add(each);
		for (const [each, listed] of this.#listed) if (listed.size === 0) this.#listed.delete(each);
		for (const name of /* @__PURE__ */ new Set([...bySource.keys(), ...isLower ? this.#sources.keys() : []])) this.#settleSources(name, bySource.get(name) ?? [], changes, keep);
		const after = this.#all();
		const replaced = /* @__PURE__ */ new Map();
		const kept = /* @__PURE__ */ new Map();
		for (const each of added) {
			const older = [...changes.older.get(each) ?? []];
			const gone = new Set(changes.replaced.get(each));
			for (const other of older) if (left.has(other) || !after.has(other)) gone.add(other);
			replaced.set(each, [...gone]);
			const stays = older.filter((other) => !gone.has(other) && compareVersions(other, each) < 0);
			stays.sort((a, b) => compareVersions(b, a));
			if (stays.length > 0) kept.set(each, stays);
		}
		return {
			replaced,
			kept,
			superseded: [...before].filter((each) => !after.has(each))
		};
	}
	#all() {
		return /* @__PURE__ */ new Set([...this.#listed.keys(), ...[...this.#sources.values()].flat()]);
	}
	#forget(each) {
		const isSame = (other) => other.version === each.version && other.architecture === each.architecture;
		if (each.kind === "source") {
			const list = this.#sources.get(each.name);
			if (list?.some(isSame)) this.#sources.set(each.name, list.filter((other) => !isSame(other)));
			return;
		}
		for (const other of this.#byName.get(each.name) ?? []) if (isSame(other)) this.#listed.delete(other);
	}
	#addBinaries(added, changes, keep) {
		const [{ source, sourceVersion } = {
			source: "",
			sourceVersion: ""
		}] = added;
		for (const each of added) this.#list(each, []);
		const ofSource = (this.#bySource.get(source) ?? []).filter((each) => this.#listed.has(each));
		const current = ofSource.filter((each) => each.sourceVersion === sourceVersion);
		const isIndependent = current.every(isNoarch);
		const order = this.#orderOf(source);
		const isOlder = (each) => order(each.sourceVersion, sourceVersion) < 0;
		for (const name of this.architectures) {
			const isListed = (each) => this.#listed.get(each)?.has(name) === true;
			const former = ofSource.filter((each) => each.sourceVersion !== sourceVersion && isListed(each));
			const fitting = current.filter(({ architecture }) => (folderArchitecture(architecture) ?? name) === name);
			const native = fitting.filter((each) => !isNoarch(each));
			const waits = !isIndependent && native.length === 0 && former.some((each) => !isNoarch(each));
			const isKept = native.length > 0 && native.every(isListed) && former.some((each) => !isOlder(each));
			if (waits || isKept) continue;
			for (const each of former) if (keep === 1 || !isOlder(each)) this.#listed.get(each)?.delete(name);
			for (const each of fitting) {
				if (isListed(each)) continue;
				const others = (this.#byName.get(each.name) ?? []).filter((other) => isListed(other) && takesThePlaceOf(each, other) && !former.includes(other));
				for (const other of others) if (keep === 1 || compareVersions(other, each) >= 0) this.#listed.get(other)?.delete(name);
				for (const other of [...others, ...former.filter((another) => takesThePlaceOf(each, another))]) changes[isListed(other) ? "older" : "replaced"].get(each)?.add(other);
				this.#listed.get(each)?.add(name);
			}
		}
	}
	#retain(sources, keep) {
		const left = /* @__PURE__ */ new Set();
		for (const source of sources) {
			const packages = (this.#bySource.get(source) ?? []).filter((each) => this.#listed.has(each));
			if (new Set(packages.map(versionOfSource)).size <= keep) continue;
			const order = this.#orderOf(source);
			for (const name of this.architectures) {
				const here = packages.filter((each) => this.#listed.get(each)?.has(name));
				const counted = here.every(isNoarch) ? packages : here;
				const stays = newestVersions(counted.map(versionOfSource), keep, order);
				for (const each of here) if (!stays.has(each.sourceVersion)) this.#drop(each, name, left);
			}
		}
		return left;
	}
	#dropSameNames() {
		const left = /* @__PURE__ */ new Set();
		for (const list of this.#byName.values()) for (const name of list.length > 1 ? this.architectures : []) {
			const here = list.filter((each) => this.#listed.get(each)?.has(name));
			const isSurplus = (each) => here.some((other) => takesThePlaceOf(other, each) && compareVersions(other, each) > 0);
			for (const each of here) if (isSurplus(each)) this.#drop(each, name, left);
		}
		return left;
	}
	#drop(each, architecture, left) {
		this.#listed.get(each)?.delete(architecture);
		left.add(each);
	}
	#settleSources(name, group, { older }, keep) {
		const formers = this.#sources.get(name) ?? [];
		const [first] = group;
		const source = group.find(({ kind }) => kind === "source");
		if (source !== void 0) for (const former of formers) older.get(source)?.add(former);
		const list = source === void 0 ? formers : [...formers, source];
		const needed = new Set(this.#bySource.get(name)?.filter((each) => this.#listed.has(each)).map(versionOfSource));
		const added = first && {
			version: first.sourceVersion,
			source
		};
		const isNeeded = (version) => needed.has(version);
		const left = sourcesToKeep(list, {
			keep,
			order: this.#orderOf(name),
			isNeeded,
			added
		});
		if (left.length === 0) this.#sources.delete(name);
		else this.#sources.set(name, left);
	}
	#orderOf(source) {
		return sourceOrder([...this.#bySource.get(source) ?? [], ...this.#sources.get(source) ?? []]);
	}
	packages() {
		const binaries = [...this.#listed].map(([each, listed]) => {
			const isEverywhere = this.#ownArchitectures(each).every((name) => listed.has(name));
			if (isEverywhere && each.listedIn === void 0) return each;
			const { listedIn: _, ...plain } = each;
			return isEverywhere ? plain : {
				...plain,
				listedIn: this.architectures.filter((name) => listed.has(name))
			};
		});
		const sortKey = (each) => [
			each.kind,
			each.component ?? "",
			each.name,
			each.version,
			each.architecture
		].join("\0");
		return [...binaries, ...[...this.#sources.values()].flat()].map((each) => ({
			each,
			key: sortKey(each)
		})).sort((a, b) => a.key < b.key ? -1 : 1).map(({ each }) => each);
	}
	#list(each, architectures) {
		this.#listed.set(each, new Set(architectures));
		addTo(this.#byName, each.name, each);
		addTo(this.#bySource, each.source, each);
	}
	#ownArchitectures({ architecture }) {
		const own = folderArchitecture(architecture);
		return own === void 0 ? this.architectures : [own];
	}
};
function addTo(map, key, each) {
	const list = map.get(key);
	if (list === void 0) map.set(key, [each]);
	else list.push(each);
}
function isNoarch({ architecture }) {
	return architecture === "noarch";
}
function versionOfSource({ sourceVersion }) {
	return sourceVersion;
}
function takesThePlaceOf(each, other) {
	const isComparable = each.architecture === other.architecture || each.architecture === "noarch" || other.architecture === "noarch";
	return each !== other && each.name === other.name && isComparable;
}
function compareVersions(a, b) {
	return compareEvr(parseEvr(a.version, a.name), parseEvr(b.version, b.name));
}

// src/repository/rpm/client-check.ts
const FILES_AT_ONCE = 4;
const TOOLS_AT_ONCE = 2;
const MAX_PER_CALL = 500;
const MIN_PER_CALL = 50;
async function checkAsRpmClient(plan, draft, context) {
	const { staging, keys, fingerprint, signal } = context;
	const home = path.join(staging.work, "client");
	await mkdir(home);
	const keyring = path.join(home, "keyring.gpg");
	await writeFile(keyring, keys.binary);
	const armored = path.join(home, "key.asc");
	await writeFile(armored, keys.armored);
	const { architectures } = plan.settings;
	await inParallel(foldersOf(architectures), FILES_AT_ONCE, async (folder) => {
		const at = (name) => path.join(staging.snapshot, folder, name);
		const files = [at(REPOMD_SIGNATURE), at(REPOMD)];
		await checkWithGpgv({
			files,
			keyring,
			home,
			fingerprints: [fingerprint],
			where: `${folder}/${REPOMD_SIGNATURE}`
		}, signal);
	});
	const rpmkeys = [
		"rpmkeys",
		"--dbpath",
		path.join(home, "rpmdb")
	];
	const headers = new Map(draft.packages.map((each) => [each.files[0]?.path, each.headerDigest]));
	const files = draft.poolFiles.map((file) => ({
		...file,
		file: path.join(staging.public, file.path),
		headerDigest: headers.get(file.path)
	}));
	if (files.length > 0) await importKeys([
		...rpmkeys,
		"--import",
		armored
	], signal);
	const perCall = Math.min(MAX_PER_CALL, Math.max(MIN_PER_CALL, Math.ceil(files.length / TOOLS_AT_ONCE)));
	const calls = Array.from({ length: Math.ceil(files.length / perCall) }, (_, index) => {
		const part = files.slice(index * perCall, (index + 1) * perCall);
		return async () => await checkSignatures(part, rpmkeys, signal);
	});
	const expected = new RpmState(draft.packages, architectures).folders();
	const views = architectures.map((architecture, index) => async () => {
		const folders = [
			architecture,
			debugFolder(architecture),
			...index === 0 ? [SOURCE_FOLDER] : []
		];
		const seen = await listWithDnf(architecture, folders, armored, home, context);
		for (const folder of folders) compare$2(folder, expected.get(folder) ?? [], seen.get(folder) ?? /* @__PURE__ */ new Set());
	});
	try {
		await inParallel([
			() => checkFiles(files),
			...calls,
			...views
		], TOOLS_AT_ONCE, (work) => work());
	} finally {
		await endLeftovers(path.dirname(staging.root));
	}
}
async function checkFiles(files) {
	await inParallelByHeader(files, FILES_AT_ONCE, ({ file, size }) => ({
		path: file,
		size
	}), async ({ file, path: poolPath, size, sha256, headerDigest }) => {
		const found = await digestFile(file);
		if (found.size === size && found.sha256 === sha256) {
			const header = (await readRpmPackage(file, poolPath)).headerDigest;
			if (header === headerDigest) return;
			throw new UserError({
				what: "a client would get another package than the one that was verified",
				where: poolPath,
				found: `the header ${header.slice(0, 12)}…`,
				expected: `the header ${headerDigest === void 0 ? "of a package of the snapshot" : `${headerDigest.slice(0, 12)}…`}`
			});
		}
		throw new UserError({
			what: "a client would not get the file that was published",
			where: poolPath,
			found: `sha256 ${found.sha256.slice(0, 12)}…, ${found.size} bytes`,
			expected: `sha256 ${sha256.slice(0, 12)}…, ${size} bytes`
		});
	});
}
async function importKeys(argv, signal) {
	const { stderr } = await run(argv, { signal });
	const problem = stderr.split("\n").find((line) => line.startsWith("error: "));
	if (problem === void 0) return;
	throw new UserError({
		what: /disk is full|disk I\/O error|No space left/.test(stderr) ? "no space left for rpm to check the packages" : "rpm does not take the key",
		where: "the staged packages",
		found: problem
	});
}
async function checkSignatures(files, rpmkeys, signal) {
	const { exitCode, stdout, stderr } = await run([
		...rpmkeys,
		"--checksig",
		"--define",
		"_pkgverify_level all",
		...files.map(({ file }) => file)
	], {
		signal,
		okExitCodes: "any",
		captureBytes: 4194304
	});
	if (exitCode === 0) return;
	const complaint = stdout.split("\n").find((line) => line !== "" && !line.endsWith(": digests signatures OK"));
	const which = files.find(({ file }) => complaint?.startsWith(`${file}:`));
	throw new UserError({
		what: "rpm does not accept the package",
		where: which?.path ?? "the staged packages",
		found: complaint?.split(": ").at(-1) ?? stderr.trim().split("\n").at(-1) ?? `exit code ${exitCode}`,
		expected: "good digests and a good signature, by the keys that clients get"
	});
}
const MACHINES = {
	i386: "i686",
	armhfp: "armv7hl"
};
async function listWithDnf(architecture, folders, armored, home, context) {
	const folder = path.join(home, `dnf-${architecture}`);
	for (const part of [
		"root",
		"cache",
		"state",
		"log"
	]) await mkdir(path.join(folder, part), { recursive: true });
	const sections = folders.map((name, index) => [
		`[folder-${index}]`,
		`name=${name}`,
		`baseurl=${fileUrl(path.join(context.staging.snapshot, name))}`,
		`gpgkey=${fileUrl(armored)}`,
		"module_hotfixes=1",
		""
	].join("\n"));
	const main = [
		"[main]",
		"reposdir=/dev/null",
		"varsdir=/dev/null",
		"pluginpath=/dev/null",
		"pluginconfpath=/dev/null",
		"plugins=0",
		`cachedir=${path.join(folder, "cache")}`,
		`persistdir=${path.join(folder, "state")}`,
		`logdir=${path.join(folder, "log")}`,
		"gpgcheck=1",
		"repo_gpgcheck=1",
		"assumeyes=1",
		"skip_if_unavailable=0",
		"optional_metadata_types=",
		"zchunk=0",
		""
	].join("\n");
	const config = path.join(folder, "dnf.conf");
	await writeFile(config, [main, ...sections].join("\n"));
	const argv = [
		"dnf",
		"--quiet",
		`--config=${config}`,
		`--installroot=${path.join(folder, "root")}`,
		"--releasever=1",
		`--forcearch=${MACHINES[architecture] ?? architecture}`,
		"repoquery",
		"--queryformat=%{repoid} %{epoch}:%{version}-%{release} %{name} %{arch} %{downloadsize} %{location}"
	];
	const { stdout } = await run([...argv], {
		signal: context.signal,
		env: {
			HOME: folder,
			...markedEnvironment(folder)
		},
		captureBytes: Number.MAX_SAFE_INTEGER
	}).catch((error) => {
		if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
		const lines = error.failure.stderr.split("\n").filter((line) => line.trim() !== "");
		throw new UserError({
			what: error.failure.stderr.includes("No space left on device") ? "no space left for dnf to check it" : "dnf does not accept the repository",
			where: `the staged snapshot for ${architecture}`,
			found: lines.find((line) => /^(?:Error|GPG)/.test(line)) ?? lines.at(-1) ?? error.message
		}, { cause: error });
	});
	const seen = new Map(folders.map((name) => [name, /* @__PURE__ */ new Set()]));
	for (const line of stdout.split("\n")) {
		const [, index, evr, ...rest] = /^folder-(\d+) (\S+) (\S+) (\S+) (\d+) (\S+)$/.exec(line) ?? [];
		if (index === void 0 || evr === void 0) continue;
		seen.get(folders[Number(index)] ?? "")?.add(`${versionText(parseEvr(evr, "dnf"))} ${rest.join(" ")}`);
	}
	return seen;
}
function describe$2(each) {
	const [file] = each.files;
	return `${each.version} ${each.name} ${listedArchitecture(each)} ${file?.size} ${file?.path}`;
}
function compare$2(folder, packages, seen) {
	const wanted = new Set(packages.map(describe$2));
	const refuse = (found, expected) => new UserError({
		what: "dnf sees other packages than those that were published",
		where: folder,
		found,
		expected
	});
	for (const each of wanted) if (!seen.has(each)) throw refuse("that dnf does not list it", each);
	for (const each of seen) if (!wanted.has(each)) throw refuse(each, "nothing of it");
}

// src/repository/rpm/metadata.ts
var import_dist = require_dist();
const METADATA_INPUTS = [
	"groups",
	"updateinfo",
	"modules",
	"productid"
];
const KINDS = {
	groups: {
		type: "group",
		fileName: "comps.xml"
	},
	updateinfo: {
		type: "updateinfo",
		fileName: "updateinfo.xml"
	},
	modules: {
		type: "modules",
		fileName: "modules.yaml"
	},
	productid: {
		type: "productid",
		fileName: "productid"
	}
};
const MAX_BYTES$1 = 268435456;
async function readMetadata(request) {
	const found = [];
	for (const input of METADATA_INPUTS) {
		const file = request[input];
		if (file === void 0) continue;
		const content = await readFile(file).catch((error) => {
			throw new UserError({
				what: "the file cannot be read",
				where: `input ${input}`,
				found: `${error.code} for ${quote(file)}`
			});
		});
		if (content.length > MAX_BYTES$1) throw new UserError({
			what: "the file is too large",
			where: file,
			found: `${content.length} bytes`
		});
		CHECKS[input](content, file);
		found.push(describe$1(input, content));
	}
	return found;
}
async function publishedMetadata({ head, paths }) {
	const [architecture] = head?.settings.architectures ?? [];
	if (head === void 0 || architecture === void 0) return [];
	const folder = path.join(paths.snapshot(head.id), architecture);
	const records = await readRepomd(folder);
	const found = [];
	for (const input of METADATA_INPUTS) {
		const record = records.find(({ type }) => type === KINDS[input].type);
		if (record === void 0) continue;
		const data = await readFile(path.join(folder, record.href));
		found.push(describe$1(input, record.href.endsWith(".gz") ? zlib.gunzipSync(data) : data));
	}
	return found;
}
function mergeMetadata(given, published) {
	const inputs = new Set(given.map(({ input }) => input));
	return [...given, ...published.filter(({ input }) => !inputs.has(input))];
}
function isSameMetadata(a, b) {
	const digests = (list) => list.map(({ input, sha256 }) => `${input} ${sha256}`).sort();
	return digests(a).join("\n") === digests(b).join("\n");
}
function describe$1(input, content) {
	return {
		input,
		...KINDS[input],
		content,
		sha256: createHash("sha256").update(content).digest("hex")
	};
}
const CHECKS = {
	groups: (content, file) => checkXml(content, file, "comps"),
	updateinfo: (content, file) => checkXml(content, file, "updates"),
	modules: checkYaml,
	productid: (content, file) => {
		if (content.includes("-----BEGIN CERTIFICATE-----")) return;
		throw new UserError({
			what: "not a product certificate",
			where: file,
			expected: "a certificate in PEM form"
		});
	}
};
function checkXml(content, file, root) {
	const plain = content.toString("latin1").replace(/<!DOCTYPE\s+comps\s+PUBLIC\s+"[^"<>]*"\s+"[^"<>]*"\s*>/, "");
	const reader = new XmlReader({
		file,
		root,
		onOpen: () => {},
		onText: () => {},
		onClose: () => {}
	});
	reader.push(Buffer.from(plain, "latin1"));
	reader.end();
}
function checkYaml(content, file) {
	const documents = (0, import_dist.parseAllDocuments)(content.toString(), { logLevel: "silent" });
	const list = Array.isArray(documents) ? documents : [];
	const [problem] = list.flatMap(({ errors }) => errors);
	const isModulemd = list.every((each) => /^modulemd/.test(String(each.get("document"))));
	if (problem === void 0 && list.length > 0 && isModulemd) return;
	throw new UserError({
		what: "not a file of modules",
		where: file,
		found: problem === void 0 ? "documents without document: modulemd..." : quote(problem.message),
		expected: "modulemd documents in YAML"
	});
}

// src/repository/rpm/published.ts
function subjectOf({ candidate, type, file }) {
	return {
		candidate,
		type,
		where: shown(file)
	};
}
function asSubject(each) {
	const { headerDigest = "" } = each;
	return {
		candidate: {
			...refOf$1(each),
			sha256: headerDigest
		},
		type: each.type,
		where: each.files[0]?.path ?? ""
	};
}
var Published = class {
	inChannel;
	#view;
	#index = new VersionIndex();
	#byContent = /* @__PURE__ */ new Map();
	#byIdentity = /* @__PURE__ */ new Map();
	constructor(view) {
		this.#view = view;
		this.inChannel = new Set(view.head?.packages);
		for (const each of this.inChannel) this.#remember(each);
		for (const [channel, { packages }] of view.heads) {
			this.#index.addAll(packages.map((each) => ({
				...refOf$1(each),
				channel
			})));
			for (const each of packages) this.#remember(each);
		}
	}
	check(each) {
		return checkRpmCandidate(each.candidate, this.#index);
	}
	objections(subject) {
		const { candidate } = subject;
		const result = checkRpmCandidate(candidate, this.#index);
		if (result.outcome !== "conflict" && result.outcome !== "downgrade") return [];
		const each = checkEachChannel(candidate, this.#index, (of) => checkRpmCandidate(candidate, of));
		return versionRefusal(result, each, subject).map((found) => {
			if (result.outcome === "downgrade") return found;
			if (result.file !== void 0) return {
				...found,
				error: nameTaken(subject, result.file, result.against)
			};
			return isRepeatable(candidate) ? {
				...found,
				error: repeat(found.error)
			} : found;
		});
	}
	olderSource(each, all) {
		if (each.type !== "rpm") return [];
		const names = new Set(all.filter((other) => isOfSourceOf(other, each)).map(({ candidate }) => candidate.name));
		const newest = [...this.#view.heads].flatMap(([channel, { packages }]) => {
			const former = packages.filter(({ kind, source }) => kind === "binary" && source === each.source);
			if (former.some(({ name }) => names.has(name))) return [];
			const newer = former.find((other) => compareSourceVersions(each.sourceVersion, other.sourceVersion) < 0);
			return newer === void 0 ? [] : [{
				channel,
				newer
			}];
		});
		const [first] = newest;
		if (first === void 0) return [];
		const error = new UserError({
			what: "the package comes from an older source package than the published ones: a downgrade",
			where: shown(each.file),
			found: `${each.source} ${each.sourceVersion}`,
			expected: `at least ${first.newer.sourceVersion}, from which ${first.newer.name} in the channel ${first.channel} was built`,
			remedy: HOW_TO_GO_BACK
		});
		const against = newest.map(({ channel, newer: { name, version, architecture } }) => {
			return {
				outcome: "downgrade",
				name,
				version,
				architecture,
				channel
			};
		});
		return [refusal(subjectOf(each), "downgrade", against, error)];
	}
	choose(each) {
		return [each, ...each.alternates].find((other) => this.find(other) !== void 0) ?? each;
	}
	find(each) {
		return this.#byContent.get(`${identity(each.candidate)} ${each.candidate.sha256}`);
	}
	isLeft(candidate, newestOnly) {
		const there = this.#byContent.get(`${identity(candidate)} ${candidate.sha256}`);
		if (there === void 0 || !this.inChannel.has(there)) return false;
		if (!newestOnly) return true;
		const inChannel = this.#index.get(candidate.kind, candidate.name).filter(({ channel }) => channel === this.#view.channel);
		return checkRpmCandidate(candidate, inChannel).outcome !== "downgrade";
	}
	repeated(chosen) {
		const taken = [];
		const dropped = /* @__PURE__ */ new Set();
		for (const each of chosen) {
			if (!isRepeatable(each.candidate) || this.check(each).outcome !== "conflict") continue;
			const there = this.#byIdentity.get(identity(each.candidate)) ?? [];
			const isOfSource = there.every((other) => isOfSourceOf(other, each));
			const [first] = there;
			if (first === void 0 || !isOfSource || !this.#isFurther(each, chosen)) continue;
			taken.push(this.inChannel.has(first) ? first : withoutListing(first));
			dropped.add(each);
		}
		return {
			taken,
			dropped
		};
	}
	#isFurther(each, chosen) {
		const own = new Set(chosen.filter((other) => other.build === each.build && isOfSourceOf(other, each) && other.type === "rpm").flatMap(({ candidate }) => folderArchitecture(candidate.architecture) ?? []));
		const served = [...this.#view.heads.values()].flatMap(({ packages }) => packages).filter((other) => other.kind === "binary" && isOfSourceOf(other, each)).flatMap(({ architecture }) => folderArchitecture(architecture) ?? []);
		return own.size > 0 && !served.some((name) => own.has(name));
	}
	#remember(each) {
		const key = identity(each);
		const content = `${key} ${each.headerDigest}`;
		if (this.#byContent.has(content)) return;
		this.#byContent.set(content, each);
		this.#byIdentity.set(key, [...this.#byIdentity.get(key) ?? [], each]);
	}
};
function identity({ kind, name, version, architecture }) {
	return `${kind} ${name} ${version} ${architecture}`;
}
function isOfSourceOf(a, b) {
	return a.source === b.source && a.sourceVersion === b.sourceVersion;
}
function refOf$1({ kind, name, version, architecture, headerDigest }) {
	return {
		kind,
		name,
		version,
		architecture,
		...headerDigest === void 0 ? {} : { sha256: headerDigest }
	};
}
function withoutListing({ listedIn: _, ...each }) {
	return each;
}
function nameTaken({ candidate, where }, file, against) {
	return new UserError({
		what: "the file name is taken: only the epoch differs, which is no part of it",
		where,
		found: `${candidate.name} ${candidate.version} (${candidate.architecture}), file ${file}`,
		expected: `another version or release than ${against?.version} in the channel ${against?.channel}`,
		remedy: "raise Release"
	});
}
function repeat(error) {
	const { remedy = "", ...parts } = error.parts;
	return new UserError({
		...parts,
		remedy: `${remedy}, or publish the builds for all architectures together`
	});
}
function compareSourceVersions(a, b) {
	const [version = "", release = ""] = a.split("-");
	const [otherVersion = "", otherRelease = ""] = b.split("-");
	return compareSegments(version, otherVersion) || compareSegments(release, otherRelease);
}

// src/repository/rpm/settings.ts
const LINE = /^[^\p{Cc}]{1,200}$/u;
function resolveRpmSettings(request, before, hints) {
	const target = targetOf(before?.target, hints.target);
	const given = request.architectures?.map((name) => baseArchitecture(rpmArchitecture(name))) ?? (before === void 0 ? hints.architectures : []);
	const architectures = [.../* @__PURE__ */ new Set([...before?.architectures ?? [], ...given])];
	if (architectures.length === 0) throw new UserError({
		what: "a new repository needs its architectures",
		where: "input architectures",
		found: "only packages for all architectures",
		expected: "such as x86_64"
	});
	const wrong = architectures.find((name) => !isBaseArchitecture(name));
	if (wrong !== void 0) throw new UserError({
		what: "a value that cannot be",
		where: "input architectures",
		found: quote(wrong),
		expected: "one such as x86_64 or aarch64, not noarch or src"
	});
	const label = request.label ?? before?.label ?? hints.label;
	if (!LINE.test(label)) throw new UserError({
		what: "a value that cannot be",
		where: "input label",
		found: quote(label),
		expected: "one line"
	});
	const url = request.url === void 0 ? before?.url : checkAddress(request.url);
	return {
		label,
		...target === void 0 ? {} : { target },
		architectures,
		...url === void 0 ? {} : { url },
		...keepVersionsField(request.keepVersions, before)
	};
}

// src/repository/rpm/plan.ts
async function makeRpmPlan(candidates, metadata, view, request, allowDowngrade) {
	const before = view.head?.settings ?? [...view.heads.values()][0]?.settings;
	const settings = resolveRpmSettings(request, before, {
		target: oneTarget(candidates),
		architectures: architecturesOf(candidates),
		label: request.name
	});
	const published = new Published(view);
	const chosen = candidates.packages.map((each) => published.choose(each));
	const misplaced = chosen.flatMap((each) => misplacedIn(each, settings));
	const placed = chosen.filter((each) => isPlaced(each, settings));
	const { taken, dropped } = published.repeated(placed);
	const checked = placed.filter((each) => !dropped.has(each));
	const newestOnly = allowDowngrade || keepsFewer(settings, view.head?.settings);
	const isSame = (each) => published.isLeft(each.candidate, newestOnly);
	const missing = checked.filter((each) => !isSame(each) && published.find(each) === void 0);
	const names = await takenNames(view, missing.map(({ poolPath }) => poolPath));
	const objections = /* @__PURE__ */ new Map();
	for (const each of checked) {
		const found = objectionsTo(each, checked, published, names.get(each.poolPath));
		if (found[0]?.outcome !== "downgrade" || !isSame(each)) objections.set(each, found);
	}
	for (const each of taken) if (!published.inChannel.has(each)) objections.set(each, published.objections(asSubject(each)));
	const isAllowed = ({ outcome }) => outcome === "downgrade" && allowDowngrade;
	const isFine = (each) => (objections.get(each) ?? []).every(isAllowed);
	const fresh = [];
	const takenOver = taken.filter((each) => isFine(each) && !published.inChannel.has(each));
	for (const each of checked) {
		if (isSame(each) || !isFine(each)) continue;
		const there = published.find(each) ?? names.get(each.poolPath)?.package;
		if (there === void 0) fresh.push(each);
		else takenOver.push(withoutListing(there));
	}
	const added = [...fresh.map((each) => provisional(each)), ...takenOver];
	const { state, replaced, kept, superseded } = applyTo(view.head, settings, added);
	const merged = mergeMetadata(metadata.given, metadata.published);
	const isMetadataNew = !isSameMetadata(metadata.published, merged);
	const found = [...objections.values()].flat();
	const entries = [
		...added.map((each) => entryOf(each, replaced.get(each) ?? [], kept.get(each) ?? [])),
		...checked.filter((each) => isSame(each) && isFine(each)).map((each) => sameEntry$1(provisional(each))),
		...taken.filter((each) => published.inChannel.has(each)).map(sameEntry$1)
	];
	return {
		entries,
		superseded: superseded.map(asRef),
		withdrawn: withdrawnOf(entries, superseded, (kind, name) => state.named(kind, name)).map(asRef),
		staying: keptVersions(settings) === 1 ? [] : stayingOf(added, state.packages()).map(asRef),
		reasons: [...settingsReasons(view.head, settings), ...view.head === void 0 || !isMetadataNew ? [] : [`given: ${metadata.given.map(({ input }) => input).join(", ")}`]],
		refusals: [...misplaced, ...found.filter((each) => !isAllowed(each))],
		downgrades: found.filter(isAllowed),
		settings,
		given: Object.fromEntries(metadata.given.map(({ input, sha256 }) => [input, sha256])),
		fresh,
		takenOver,
		metadata: merged,
		isMetadataNew
	};
}
function objectionsTo(each, checked, published, taken) {
	const subject = subjectOf(each);
	const found = published.objections(subject);
	const isConflict = found.some(({ outcome }) => outcome === "conflict");
	if (taken !== void 0 && taken.package.headerDigest !== each.candidate.sha256 && !isConflict) return [takenRefusal(subject, taken)];
	return found.length > 0 ? found : published.olderSource(each, checked);
}
function applyTo(head, settings, added) {
	const state = new RpmState(head?.packages ?? [], head?.settings.architectures ?? settings.architectures).extendedTo(settings.architectures);
	const retention = {
		keep: keptVersions(settings),
		isLower: keepsFewer(settings, head?.settings)
	};
	return {
		state,
		...state.addAll(added, retention)
	};
}
function rpmPackage(each, signed, signedBy) {
	const { kind, name, version, architecture, sha256: headerDigest } = each.candidate;
	return {
		kind,
		type: each.type,
		name,
		version,
		architecture,
		...each.isDebug ? { component: DEBUG } : {},
		source: each.source,
		sourceVersion: each.sourceVersion,
		headerDigest,
		signedBy,
		files: [{
			path: each.poolPath,
			size: signed.size,
			sha256: signed.sha256
		}]
	};
}
function provisional(each) {
	return rpmPackage(each, each.file, "");
}
function entryOf(each, former, kept) {
	const version = parseEvr(each.version, each.name);
	const isDowngrade = former.some((other) => compareEvr(parseEvr(other.version, other.name), version) > 0);
	return {
		...sameEntry$1(each),
		action: isDowngrade ? "downgrade" : former.length + kept.length > 0 ? "upgrade" : "add",
		replaces: versionsOf(former),
		...kept.length === 0 ? {} : { keeps: versionsOf(kept) }
	};
}
function versionsOf(packages) {
	return [...new Set(packages.map(({ version }) => version))];
}
function asRef({ kind, name, version, architecture }) {
	return {
		kind,
		name,
		version,
		architecture
	};
}
function sameEntry$1({ kind, type, name, version, architecture, component }) {
	return {
		kind,
		type,
		name,
		version,
		architecture,
		...component === void 0 ? {} : { component },
		action: "same",
		replaces: []
	};
}
function isPlaced(each, { architectures }) {
	const { kind, architecture } = each.candidate;
	const folder = kind === "source" ? void 0 : folderArchitecture(architecture);
	return folder === void 0 || architectures.includes(folder);
}
function misplacedIn(each, settings) {
	return isPlaced(each, settings) ? [] : [misplacedRefusal(subjectOf(each), settings.architectures)];
}
function architecturesOf({ packages, builds }) {
	const own = packages.filter(({ type }) => type === "rpm").flatMap(({ candidate }) => folderArchitecture(candidate.architecture) ?? []);
	const built = builds.flatMap(({ manifest }) => manifest.target?.architecture ?? []);
	return [...new Set(own.length > 0 ? own : built.map((name) => baseArchitecture(rpmArchitecture(name))))];
}
function oneTarget({ builds }) {
	const [target, other] = new Set(builds.flatMap(({ manifest }) => manifest.target?.name ?? []));
	if (other === void 0) return target;
	throw new UserError({
		what: "the builds are for several targets",
		where: "input packages",
		found: `${target} and ${other}`,
		expected: "builds of one target: each target has a repository of its own"
	});
}
function settingsReasons(head, settings) {
	if (head === void 0) return [];
	const changed = [.../* @__PURE__ */ new Set([...Object.keys(settings), ...Object.keys(head.settings)])].filter((name) => !isDeepStrictEqual(settings[name], head.settings[name]));
	return changed.length === 0 ? [] : [`settings changed: ${changed.join(", ")}`];
}

// src/repository/rpm/sign-packages.ts
async function signPackages(plan, context) {
	const { signer, staging, signal, logger } = context;
	const jobs = plan.fresh.map(({ file, poolPath, candidate }) => ({
		source: file.path,
		target: path.join(staging.public, poolPath),
		expected: {
			headerDigest: candidate.sha256,
			size: file.size,
			sha256: file.sha256
		}
	}));
	for (const folder of new Set(jobs.map(({ target }) => path.dirname(target)))) await mkdir(folder, { recursive: true });
	const signed = await signRpms(jobs, signer, {
		signal,
		onSigned: (done, total) => logger.progress(`signed ${done} of ${total} packages`)
	});
	const fresh = plan.fresh.map((each, index) => {
		const file = signed[index];
		if (file === void 0) throw new Error(`${each.poolPath} was not signed`);
		return rpmPackage(each, file, signer.key.fingerprint);
	});
	await linkFromPool(plan.takenOver, context);
	return [...fresh, ...plan.takenOver];
}
async function linkFromPool(packages, { staging, view }) {
	for (const file of packages.flatMap(({ files }) => files)) {
		const target = path.join(staging.public, file.path);
		await mkdir(path.dirname(target), { recursive: true });
		await link(path.join(view.paths.public, file.path), target).catch((error) => {
			if (error.code !== "EEXIST") throw error;
		});
	}
}

// src/repository/rpm/verify.ts
async function verifyFolder(target, name, packages) {
	const records = await readRepomd(target);
	for (const { href, size, sha256 } of records) {
		const found = await digestFile(path.join(target, href));
		if (found.size !== size || found.sha256 !== sha256) throw new Error(`createrepo_c wrote ${name}/${href} and lists another file in repomd.xml`);
	}
	const primary = records.find(({ type }) => type === "primary");
	const text = zlib.gunzipSync(await readFile(path.join(target, primary.href))).toString();
	const wanted = new Set(packages.map(describe));
	const listed = [...readPrimary(text, name)];
	const found = new Set(listed);
	if (found.size !== listed.length) throw new Error(`createrepo_c listed a package twice in ${name}`);
	const missing = [...wanted].find((each) => !found.has(each));
	if (missing !== void 0) throw new Error(`createrepo_c did not do as planned: ${name} lacks ${missing}`);
	const stray = listed.find((each) => !wanted.has(each));
	if (stray !== void 0) throw new Error(`createrepo_c did not do as planned: ${name} lists ${stray}`);
}
function describe(each) {
	const [file] = each.files;
	return `${each.name} ${each.version} ${listedArchitecture(each)} ${file?.path} ${file?.size} ${file?.sha256}`;
}
function* readPrimary(text, name) {
	const field = (part, pattern) => {
		const [, ...values] = pattern.exec(part) ?? [];
		if (values.length === 0) throw new Error(`createrepo_c wrote a package without ${pattern.source} in ${name}`);
		return values.map((value) => value ?? "").map(unescapeXml);
	};
	for (const part of text.split(/^<package type="rpm">$/m).slice(1)) {
		const [packageName] = field(part, /^ {2}<name>([^<]*)<\/name>$/m);
		const [architecture] = field(part, /^ {2}<arch>([^<]*)<\/arch>$/m);
		const [epoch, version, release] = field(part, /^ {2}<version epoch="(\d+)" ver="([^"]*)" rel="([^"]*)"\/>$/m);
		const [sha256] = field(part, /^ {2}<checksum type="sha256" pkgid="YES">([0-9a-f]{64})<\/checksum>$/m);
		const [size] = field(part, /^ {2}<size package="(\d+)" /m);
		const [href] = field(part, /^ {2}<location href="([^"]*)"\/>$/m);
		yield `${packageName} ${versionText(parseEvr(`${epoch}:${version}-${release}`, name))} ${architecture} ${href} ${size} ${sha256}`;
	}
}
function unescapeXml(text) {
	const names = {
		amp: "&",
		lt: "<",
		gt: ">",
		quot: "\"",
		apos: "'"
	};
	return text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => names[name] ?? "");
}

// src/repository/rpm/createrepo.ts
const FOLDERS_AT_ONCE = 2;
async function makeIndexes(plan, before, state, context) {
	const formerFolders = before?.folders();
	await inParallel([...state.folders()], FOLDERS_AT_ONCE, async ([folder, packages]) => {
		context.signal.throwIfAborted();
		const former = formerFolders?.get(folder);
		const metadata = isBinaryFolder(folder) ? plan.metadata : [];
		if (isSame(former, packages) && !(plan.isMetadataNew && isBinaryFolder(folder))) await keepFolder(folder, context);
		else await makeFolder(folder, {
			packages,
			former,
			metadata
		}, context);
	});
}
function isBinaryFolder(folder) {
	return folder !== "source" && !folder.includes("/");
}
function isSame(former, packages) {
	const files = (list) => list.map((each) => each.files[0]?.path ?? "").sort();
	return former !== void 0 && files(former).join("\n") === files(packages).join("\n");
}
async function makeSnapshotFolder(folder, { staging }) {
	const target = path.join(staging.snapshot, folder);
	await mkdir(target, { recursive: true });
	await symlink(`${folder.split("/").map(() => "..").join("/")}/pool`, path.join(target, "pool"));
	return target;
}
async function keepFolder(folder, context) {
	const { view, signer } = context;
	if (view.head === void 0) throw new Error("there is no snapshot to keep indexes of");
	const target = await makeSnapshotFolder(folder, context);
	const source = path.join(view.paths.snapshot(view.head.id), folder);
	await mkdir(path.join(target, "repodata"));
	const names = /* @__PURE__ */ new Set([REPOMD, ...(await readRepomd(source)).map(({ href }) => href)]);
	if (view.head.signedBy === signer.key.fingerprint) names.add(REPOMD_SIGNATURE);
	for (const name of names) await link(path.join(source, name), path.join(target, name));
}
async function makeFolder(folder, { packages, former, metadata }, context) {
	const { view, staging, now } = context;
	const target = await makeSnapshotFolder(folder, context);
	const known = new Set(former?.map((each) => each.files[0]?.path));
	const fresh = packages.filter((each) => !known.has(each.files[0]?.path));
	await linkFromPool(fresh.filter((each) => each.files.some((file) => !existsSync(path.join(staging.public, file.path)))), context);
	const work = path.join(staging.work, "createrepo", folder.replaceAll("/", "-"));
	const input = path.join(work, "input");
	await mkdir(input, { recursive: true });
	await symlink(path.join(staging.public, "pool"), path.join(input, "pool"));
	const list = path.join(work, "packages");
	await writeFile(list, packages.map((each) => `${each.files[0]?.path}\n`).join(""));
	const readList = path.join(work, "read");
	const groups = metadata.find(({ input: kind }) => kind === "groups");
	if (groups !== void 0) await writeFile(path.join(work, groups.fileName), groups.content);
	const last = view.head === void 0 ? void 0 : path.join(view.paths.snapshot(view.head.id), folder);
	await tool([
		"createrepo_c",
		"--quiet",
		"--error-exit-val",
		"--no-database",
		"--checksum=sha256",
		"--general-compress-type=gz",
		...timesOf(now),
		`--pkglist=${list}`,
		...last === void 0 || former === void 0 ? [] : [
			"--update",
			"--skip-stat",
			`--update-md-path=${last}`,
			`--read-pkgs-list=${readList}`
		],
		...groups === void 0 ? [] : [`--groupfile=${path.join(work, groups.fileName)}`],
		`--outputdir=${target}`,
		input
	], folder, context);
	for (const each of metadata) {
		if (each.input === "groups") continue;
		const file = path.join(work, each.fileName);
		await writeFile(file, each.content);
		await tool([
			"modifyrepo_c",
			`--mdtype=${each.type}`,
			"--compress-type=gz",
			"--checksum=sha256",
			"--unique-md-filenames",
			file,
			path.join(target, "repodata")
		], folder, context);
	}
	const read = existsSync(readList) ? (await readFile(readList, "utf8")).split("\n").filter((line) => line !== "") : [];
	const count = former === void 0 ? packages.length : read.length;
	context.logger.debug(`createrepo_c read ${count} of ${formatCount(packages.length, "package")} for ${folder}`);
	await verifyFolder(target, folder, packages);
}
function timesOf(now) {
	return [`--revision=${Math.floor(now.getTime() / 1e3)}`, "--set-timestamp-to-revision"];
}
async function tool(argv, folder, { signal }) {
	try {
		await run(argv, { signal });
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		if (!/No space left on device/.test(error.failure.stderr)) throw error;
		throw new UserError({
			what: "no space left for the indexes",
			where: folder,
			found: error.message
		});
	}
}

// src/repository/rpm/release.ts
const MIRRORLIST = "mirrorlist";
async function writeMirrorlists(folders, url, { staging }) {
	if (url === void 0) return;
	for (const folder of folders) {
		const address = `${url.replace(/\/+$/, "")}/snapshots/${staging.id}/${folder}/\n`;
		await writeFile(path.join(staging.snapshot, folder, MIRRORLIST), address);
	}
}
async function finishIndexes(folders, context) {
	const { staging, signer } = context;
	for (const folder of folders) {
		const target = path.join(staging.snapshot, folder);
		if (existsSync(path.join(target, "repodata/repomd.xml.asc"))) continue;
		const { armored } = await signer.detach(await readFile(path.join(target, REPOMD)));
		await writeFile(path.join(target, REPOMD_SIGNATURE), armored);
	}
	const { head, paths } = context.view;
	if (head === void 0) return [];
	const last = paths.snapshot(head.id);
	const own = [];
	for (const folder of folders) {
		if (!existsSync(path.join(last, folder))) continue;
		for (const { href } of await readRepomd(path.join(last, folder))) own.push(path.posix.join(folder, href));
	}
	return await linkSuperseded(own, context);
}

// src/repository/rpm/driver.ts
function rpmDriver(request) {
	return {
		format: "rpm",
		read: async (builds, { signal, provenance }) => ({
			metadata: await readMetadata(request.metadata ?? {}),
			...await readRpmCandidates(builds, signal, provenance)
		}),
		plan: async (input, view, { allowDowngrade }) => {
			const metadata = {
				given: input.metadata,
				published: await publishedMetadata(view)
			};
			return await makeRpmPlan(input, metadata, view, request, allowDowngrade);
		},
		async stage(plan, context) {
			const { view, done } = context;
			const added = await signPackages(plan, context);
			await done("signed");
			const { state } = applyTo(view.head, plan.settings, added);
			const before = view.head === void 0 ? void 0 : new RpmState(view.head.packages, view.head.settings.architectures);
			await makeIndexes(plan, before, state, context);
			await done("indexed");
			const folders = foldersOf(plan.settings.architectures);
			const supersededIndexes = await finishIndexes(folders, context);
			await writeMirrorlists(folders, plan.settings.url, context);
			await done("released");
			const packages = state.packages();
			return {
				settings: plan.settings,
				packages,
				records: [],
				supersededIndexes,
				poolFiles: added.flatMap(({ files }) => files)
			};
		},
		check: checkAsRpmClient
	};
}

// src/repository/review/layer.ts
function asBrought(each) {
	const { kind, name, version, architecture } = each.candidate;
	return {
		kind,
		name,
		version,
		architecture,
		source: each.source,
		sourceVersion: each.sourceVersion
	};
}
function layeredDriver(format, release) {
	const inner = format.driver(release?.head.settings);
	const ofRelease = /* @__PURE__ */ new Set();
	let brought = [];
	return {
		...inner,
		get brought() {
			return brought;
		},
		isOfRelease: (each) => ofRelease.has(each),
		plan: async (candidates, view, context) => {
			brought = format.brought(candidates);
			const { head } = view;
			const sources = new Set(head?.packages.map(({ source }) => source));
			const layered = release === void 0 ? {
				candidates,
				skipped: [],
				refusals: []
			} : format.compare(candidates, release, (source) => sources.has(source));
			for (const each of layered.refusals) ofRelease.add(each);
			const plan = await inner.plan(layered.candidates, view, {
				...context,
				replacesSources: true
			});
			const before = head?.layeredOver;
			const isMoved = release !== void 0 && before !== void 0 && before.snapshot !== release.head.id;
			return {
				...plan,
				entries: [...plan.entries, ...layered.skipped],
				refusals: [...layered.refusals, ...plan.refusals],
				reasons: [...plan.reasons, ...isMoved ? [`the release has moved on: ${release.view.channel} is ${release.head.id} now`] : []]
			};
		}
	};
}
function releaseRefusal(subject, against, release) {
	const [first] = against;
	if (first === void 0) return [];
	const { name, version, architecture } = subject.candidate;
	const there = `${first.name} ${first.version} (${first.architecture}) in the channel ${release.view.channel} of the release`;
	const found = `${name} ${version} (${architecture})`;
	const error = first.outcome === "downgrade" ? new UserError({
		what: "the release has a newer package, so clients would not choose the one of the review",
		where: subject.where,
		found,
		expected: `a version above ${there}`,
		remedy: "bring the change up to date with its branch, and build it again"
	}) : new UserError({
		what: "the release has this version with other content",
		where: subject.where,
		found: `${found}${first.file === void 0 ? "" : `, file ${first.file}`}`,
		expected: `a version above ${there}`,
		remedy: "build it as a change under review, which gives it a version of its own"
	});
	return [refusal(subject, first.outcome, against, error)];
}

// src/repository/review/settings.ts
const MAX_LABEL = 200;
function reviewLabel(label, review) {
	const suffix = `, review ${review}`;
	if (label.endsWith(suffix)) return label;
	return `${[...label].slice(0, MAX_LABEL - suffix.length).join("")}${suffix}`;
}

// src/repository/review/deb.ts
function debReview(request, name, url) {
	return {
		format: "deb",
		driver: (settings, component) => {
			const own = debRequest$1(request, settings, name, url);
			return debDriver(component === void 0 ? own : {
				...own,
				component,
				udebComponent: component
			});
		},
		brought: ({ binaries, sources }) => [...binaries, ...sources].map(asBrought),
		compare: compare$1
	};
}
function debRequest$1(request, before, name, url) {
	const { validSeconds, component, udebComponent } = request;
	const own = {
		name: request.name,
		component,
		udebComponent,
		validSeconds,
		url,
		keepVersions: void 0
	};
	if (before === void 0) {
		const label = reviewLabel(request.label ?? request.origin ?? request.name, name);
		return {
			...request,
			...own,
			label
		};
	}
	const hints = {
		target: void 0,
		suite: void 0,
		architectures: [],
		origin: request.name
	};
	const { url: _, ...asked } = request;
	const { suite, components, architectures, origin, label, description } = resolveSettings(asked, before, hints);
	return {
		...own,
		suite,
		components,
		architectures,
		origin,
		label: reviewLabel(label, name),
		description
	};
}
function compare$1(candidates, release, isInReview) {
	const { head, view } = release;
	for (const { manifest } of candidates.builds) targetOf(head.settings.target, manifest.target?.name);
	const published = new VersionIndex(head.packages.map((each) => asPublished(each, view.channel)));
	const skipped = [];
	const refusals = [];
	const stays = (each) => {
		const { candidate, type, source } = each;
		const { outcome, against, file } = checkCandidate(candidate, published);
		if (outcome === "same" && !isInReview(source)) {
			const { kind, name, version, architecture } = candidate;
			skipped.push({
				kind,
				type,
				name,
				version,
				architecture,
				action: "same",
				replaces: []
			});
			return false;
		}
		if (outcome !== "conflict" && outcome !== "downgrade" || against === void 0) return true;
		const where = shown(each.type === "dsc" ? each.dsc : each.file);
		const { name, version, architecture } = against;
		const other = {
			outcome,
			name,
			version,
			architecture,
			channel: view.channel
		};
		const named = file === void 0 ? other : {
			...other,
			file
		};
		refusals.push(...releaseRefusal({
			candidate,
			type,
			where
		}, [named], release));
		return false;
	};
	const binaries = candidates.binaries.filter(stays);
	const sources = candidates.sources.filter(stays);
	return {
		candidates: {
			...candidates,
			binaries,
			sources
		},
		skipped,
		refusals
	};
}

// src/repository/manage/channels.ts
function findSnapshot(reference, channels, snapshots, where) {
	const id = channels.get(reference) ?? reference;
	if (snapshots.includes(id)) return id;
	const isId = isSnapshotId(reference);
	throw new UserError({
		what: isId ? "there is no such snapshot" : "there is no such channel or snapshot",
		where,
		found: quote(reference),
		expected: isId ? "a snapshot that has not been removed" : namesOf(channels),
		remedy: "the command list names all"
	});
}
function findChannel(channel, channels, where) {
	const id = channels.get(channel);
	if (id !== void 0) return id;
	throw new UserError({
		what: "there is no such channel",
		where,
		found: quote(channel),
		expected: namesOf(channels)
	});
}
function namesOf(channels) {
	return channels.size === 0 ? "a repository with channels" : `one of ${[...channels.keys()].join(", ")}`;
}
function entriesOf(history, channel) {
	const entries = history.filter((entry) => entry.action !== "prune").filter((entry) => entry.channel === channel);
	const removed = entries.findLastIndex(({ id }) => id === null);
	return entries.slice(removed + 1);
}
function formerOf(history, channel, current) {
	const states = [];
	for (const { action, id, former, copyOf } of entriesOf(history, channel)) {
		if (id === null) continue;
		if (states.length === 0 && former !== null) states.push(former);
		const target = states.lastIndexOf(copyOf ?? id);
		if (action === "rollback" && target !== -1) states.splice(target);
		states.push(id);
	}
	if (states.at(-1) !== current) states.push(current);
	return states.slice(0, -1).filter((id, index, all) => id !== current && all.indexOf(id) === index);
}
function beginningOf(history, channel, current) {
	const [first] = entriesOf(history, channel);
	return first === void 0 ? current : first.former;
}
function servedUntil(snapshots, channels, history) {
	const until = new Map(snapshots.map(({ id, createdAt }) => [id, Date.parse(createdAt)]));
	const raise = (id, time) => {
		const known = id === null ? void 0 : until.get(id);
		if (id !== null && known !== void 0 && known < time) until.set(id, time);
	};
	for (const { parent, createdAt } of snapshots) raise(parent, Date.parse(createdAt));
	for (const entry of history) if (entry.action !== "prune") raise(entry.former, Date.parse(entry.at));
	for (const id of channels.values()) raise(id, Number.POSITIVE_INFINITY);
	return until;
}

// src/repository/manage/redate.ts
function isNotTaken(target, head) {
	return target.format === "deb" && Date.parse(target.createdAt) < Date.parse(head.createdAt);
}
async function redate(target, head, difference, { session, keys: { signer, nextSigner }, options, channel, record }) {
	if (target.format !== "deb" || head.format !== "deb") throw new Error("only Release files have a date");
	checkSigner$1(signer, head);
	if (nextSigner !== void 0) checkNext(nextSigner, head);
	const { paths, signal, done } = session;
	const now = options.now?.() ?? /* @__PURE__ */ new Date();
	const staging = await session.stage();
	await done("staged");
	await linkIndexes(paths.snapshot(target.id), staging.snapshot, target.settings.suite);
	await copyDatabase(path.join(paths.private, target.id), staging.private);
	await done("indexed");
	const heads = await readHeads(paths, session.channels);
	const base = {
		logger: options.logger,
		signal,
		now
	};
	const view = {
		paths,
		channel,
		heads,
		head
	};
	const supersededIndexes = await finishRelease(target.settings, {
		...base,
		signer,
		nextSigner,
		staging,
		view,
		done
	});
	await done("released");
	const announced = head.nextKey === signer.key.fingerprint ? void 0 : head.nextKey;
	const nextKey = nextSigner?.key.fingerprint ?? announced;
	const { alsoSignedBy: _, nextKey: __, run: ___, ...plain } = target;
	const snapshot = {
		...plain,
		id: staging.id,
		createdAt: now.toISOString(),
		parent: head.id,
		channel,
		...keyFields({
			signer,
			nextSigner
		}, "deb"),
		...nextKey === void 0 ? {} : { nextKey },
		tool: {
			name: "pkg-actions",
			version: VERSION
		},
		...options.run === void 0 ? {} : { run: options.run },
		change: {
			added: refsOf(difference, "to"),
			superseded: refsOf(difference, "from"),
			builds: []
		},
		supersededIndexes
	};
	await writeFile(path.join(staging.snapshot, SNAPSHOT_FILE), formatSnapshot(snapshot));
	await symlink("../../pool", path.join(staging.snapshot, "pool"));
	const keys = {
		armored: await readFile(path.join(paths.public, "key.asc"), "utf8"),
		binary: await readFile(path.join(paths.public, "keyring.gpg"))
	};
	const plan = {
		settings: target.settings,
		binaries: [],
		sources: []
	};
	const draft = {
		...snapshot,
		poolFiles: []
	};
	const nextFingerprint = nextSigner?.key.fingerprint;
	await checkAsClient(plan, draft, {
		...base,
		staging,
		keys,
		fingerprint: signer.key.fingerprint,
		nextFingerprint
	});
	await done("checked");
	await session.commit(staging, {
		channel,
		poolFiles: [],
		keys,
		record: {
			...record,
			copyOf: target.id
		}
	});
	return staging.id;
}
function checkSigner$1(signer, head) {
	if (keysOfSnapshot(head).includes(signer.key.fingerprint)) return;
	throw new UserError({
		what: "the channel is signed by another key, which is the one that its clients have",
		where: "input signing-key",
		found: signer.key.fingerprint,
		expected: head.signedBy
	});
}
function checkNext({ key }, head) {
	if (keysOfSnapshot(head).includes(key.fingerprint)) return;
	throw new UserError({
		what: "the next key is not one that the channel has been told of",
		where: "input next-signing-key",
		found: key.fingerprint,
		expected: head.nextKey ?? "none, as no key is announced",
		remedy: "leave it out, or publish to the channel with it first"
	});
}
async function linkIndexes(from, to, suite) {
	const { folders, files } = await listTree(path.join(from, "dists"));
	const isOther = (each) => !path.relative(from, each).split("/").includes("by-hash");
	for (const folder of folders.filter(isOther)) await mkdir(path.join(to, path.relative(from, folder)));
	const release = path.join("dists", suite, "Release");
	const made = /* @__PURE__ */ new Set([
		release,
		path.join("dists", suite, "InRelease"),
		`${release}.gpg`
	]);
	for (const file of files.filter(isOther)) {
		const name = path.relative(from, file);
		if (!made.has(name)) await link(file, path.join(to, name));
	}
	await copyFile(path.join(from, release), path.join(to, release));
}
async function copyDatabase(from, to) {
	const names = await readdir(path.join(from, "db")).catch((error) => {
		if (error.code === "ENOENT") return [];
		throw error;
	});
	if (names.length > 0) await mkdir(path.join(to, "db"));
	for (const name of names) await copyFile(path.join(from, "db", name), path.join(to, "db", name), constants.COPYFILE_FICLONE);
}
function refsOf(difference, side) {
	return difference.flatMap(({ kind, name, architecture, [side]: version }) => version === void 0 ? [] : [{
		kind,
		name,
		version,
		architecture
	}]);
}
async function checkKeys(target, paths, indexes) {
	const known = await (await import("./lazy-openpgp.js")).readKeys({ binaryKeys: await readFile(path.join(paths.public, "keyring.gpg")) });
	const handedOut = new Set(known.map((key) => key.getFingerprint().toUpperCase()));
	const signers = [target.signedBy, ...target.alsoSignedBy ?? []];
	const isReadable = !indexes || signers.some((each) => handedOut.has(each));
	const missing = target.packages.find(({ signedBy }) => signedBy !== void 0 && !handedOut.has(signedBy));
	if (isReadable && missing === void 0) return;
	throw new UserError({
		what: "the snapshot is signed by a key that the repository does not hand out any more",
		where: `snapshot ${target.id}`,
		found: missing?.signedBy ?? target.signedBy,
		expected: [...handedOut].join(", "),
		remedy: "publish its packages again as newer versions"
	});
}
function keysThatClientsLack(target, head, indexes) {
	const packageKeys = ({ packages }) => packages.flatMap(({ signedBy }) => signedBy ?? []);
	const has = /* @__PURE__ */ new Set([...keysOfSnapshot(head), ...packageKeys(head)]);
	const signers = [target.signedBy, ...target.alsoSignedBy ?? []];
	const lacking = new Set(packageKeys(target).filter((each) => !has.has(each)));
	if (indexes && !signers.some((each) => has.has(each))) lacking.add(target.signedBy);
	return [...lacking];
}
function checkValidity(target, now) {
	const seconds = target.format === "deb" ? target.settings.validSeconds : void 0;
	if (seconds === void 0 || Date.parse(target.createdAt) + seconds * 1e3 > now.getTime()) return;
	throw new UserError({
		what: "the snapshot is outdated: apt refuses its Release file (Valid-Until)",
		where: `snapshot ${target.id}`,
		found: `of ${target.createdAt}, valid for ${seconds} s`,
		remedy: "publish to the channel again, or give this command the signing key, so that it gets a new date"
	});
}

// src/repository/manage/move.ts
async function promote(options) {
	const { to, from, allowDowngrade, allowKeyChange = false } = options;
	const reason = allowDowngrade ?? options.reason;
	checkChannelName(to, "input to");
	return await move(options, keysOf(options), async ({ paths, channels }) => {
		const id = findSnapshot(from, channels, await listSnapshots(paths), "the source of the promotion");
		const source = channels.has(from) ? { from } : {};
		return {
			channel: to,
			id,
			record: {
				action: "promote",
				...source,
				...recordOf(reason)
			},
			allowKeyChange,
			check: (difference) => {
				const losses = difference.filter(isLoss);
				if (losses.length === 0) return [];
				if (allowDowngrade === void 0) throw refuseLosses(losses, to);
				return losses.map(lineOf);
			}
		};
	});
}
async function rollback(options) {
	const { channel, snapshot, reason } = options;
	if (reason === void 0) throw reasonIsMissing("rollback");
	return await move(options, keysOf(options), async ({ paths, channels }) => {
		const current = findChannel(channel, channels, "input channel");
		const snapshots = await listSnapshots(paths);
		const id = snapshot === void 0 ? await findFormer({
			paths,
			channels
		}, channel, current, snapshots) : findSnapshot(snapshot, channels, snapshots, "input snapshot");
		return {
			channel,
			id,
			record: {
				action: "rollback",
				...recordOf(reason)
			},
			allowKeyChange: true,
			check: (difference) => difference.filter(isLoss).map(lineOf)
		};
	});
}
async function removeChannel(options) {
	const { channel, reason } = options;
	return await move(options, void 0, async ({ channels }) => {
		findChannel(channel, channels, "input channel");
		const record = {
			action: "remove",
			...recordOf(reason)
		};
		return {
			channel,
			id: null,
			record,
			allowKeyChange: true,
			check: () => []
		};
	});
}
async function move(options, keys, choose) {
	await checkExists(options.root);
	if (options.dryRun) {
		const state = await readView(options.root);
		return (await look(await choose(state), state, options, keys)).result;
	}
	return await withRepository(options, async (session) => {
		const choice = await choose(session);
		const { result, overrides, target, head, date } = await look(choice, session, options, keys);
		await session.done("planned");
		if (!result.changed) return result;
		const record = {
			...choice.record,
			...overrides.length === 0 ? {} : { overrides }
		};
		if (date && target !== void 0 && head !== void 0 && keys !== void 0) {
			const context = {
				session,
				keys,
				options,
				channel: choice.channel,
				record
			};
			const id = await redate(target, head, result.difference, context);
			return {
				...result,
				id,
				copyOf: target.id
			};
		}
		await session.point({
			channel: choice.channel,
			id: choice.id,
			record
		});
		return result;
	});
}
async function look(choice, state, options, keys) {
	const { channel, id } = choice;
	const former = state.channels.get(channel);
	const head = former === void 0 ? void 0 : await readSnapshot(state.paths, former);
	const target = id === null ? void 0 : await readSnapshot(state.paths, id);
	const difference = target === void 0 ? [] : differenceOf(head, target);
	const changed = id !== (former ?? null);
	const result = {
		channel,
		id,
		former: former ?? null,
		changed,
		difference,
		warnings: []
	};
	if (!changed || target === void 0) return {
		result,
		overrides: [],
		target,
		head,
		date: false
	};
	const overrides = choice.check(difference);
	const isStale = head !== void 0 && isNotTaken(target, head);
	const date = isStale && keys !== void 0;
	await checkKeys(target, state.paths, !date);
	const lacking = head === void 0 ? [] : keysThatClientsLack(target, head, !date);
	if (lacking.length > 0) {
		if (!choice.allowKeyChange) throw refuseKeys(target, lacking, channel);
		result.warnings.push(`clients of ${channel} that have its present keys only cannot verify this state: it needs ${lacking.join(", ")}, which key.asc has`);
	}
	if (!date) checkValidity(target, options.now?.() ?? /* @__PURE__ */ new Date());
	const announced = head?.nextKey;
	const isOneOfTwo = announced !== void 0 && keys?.nextSigner === void 0;
	if (date && isOneOfTwo && announced !== keys?.signer.key.fingerprint) result.warnings.push(`the keys of ${channel} are being changed, and the present one alone signs its new date: clients that have the next key only (${announced}) cannot verify it; give next-signing-key too`);
	if (isStale && !date) result.warnings.push(`apt takes no Release file that is older than the one it has: machines that have read ${head.id} stay with it until the next publish to ${channel}; with a signing key this command makes a new date`);
	return {
		result,
		overrides,
		target,
		head,
		date
	};
}
async function findFormer({ paths }, channel, current, snapshots) {
	const history = await readHistory(paths);
	let former = formerOf(history, channel, current).at(-1);
	const beginning = beginningOf(history, channel, current);
	if (former === void 0 && beginning !== null && snapshots.includes(beginning)) former = (await readSnapshot(paths, beginning)).parent ?? void 0;
	if (former !== void 0 && snapshots.includes(former)) return former;
	throw new UserError({
		what: former === void 0 ? "the channel has no former state" : "the former state of the channel was removed",
		where: `channel ${channel}`,
		found: former ?? current,
		expected: former === void 0 ? "a channel that was moved before" : "a snapshot that is there",
		...former === void 0 ? {} : { remedy: "name another one with snapshot" }
	});
}
function keysOf({ signer, nextSigner }) {
	return signer === void 0 ? void 0 : {
		signer,
		nextSigner
	};
}
async function checkExists(root) {
	if (await isRepository(new RepositoryPaths(root))) return;
	throw new UserError({
		what: "there is no repository",
		where: root,
		found: "no folder, or an empty one",
		expected: "a folder that sign-publish has made"
	});
}
function recordOf(reason) {
	return reason === void 0 ? {} : { reason };
}
function reasonIsMissing(what) {
	return new UserError({
		what: `${what} needs a reason, which is recorded`,
		where: "input reason",
		expected: "a sentence, such as the number of the incident"
	});
}
function lineOf({ change, kind, name, architecture, from, to }) {
	const which = `${name} (${kind === "source" ? "source" : architecture})`;
	if (change === "removed") return `${which} ${from} leaves`;
	return `${which} ${change === "changed" ? `${from} gets other content` : `goes from ${from} back to ${to}`}`;
}
const MOST_NAMED = 5;
function refuseLosses(losses, channel) {
	const named = losses.slice(0, MOST_NAMED).map(lineOf).join("; ");
	return new UserError({
		what: "packages of the channel would become older or leave it",
		where: `channel ${channel}`,
		found: quote(losses.length > MOST_NAMED ? `${named}; and ${losses.length - MOST_NAMED} more` : named),
		expected: "the same packages or newer ones",
		remedy: "publish what is missing to the source first; to do it on purpose, set allow-downgrade, with a reason"
	});
}
function refuseKeys({ id }, lacking, channel) {
	return new UserError({
		what: "the snapshot is signed by a key that clients of the channel may not have",
		where: `channel ${channel}`,
		found: `${lacking.join(", ")}, for ${id}`,
		expected: "a key that signed the channel before, or was its next key",
		remedy: "promote a state that both keys sign first (docs/signing.md); to change keys on purpose, set allow-key-change and hand the new key to the clients first"
	});
}

// src/repository/manage/promote-packages.ts
async function promotePackages(options) {
	checkChannelName(options.to, "input to");
	await checkExists(options.root);
	const { paths, channels } = await readView(options.root);
	const source = await readSnapshot(paths, findChannel(options.from, channels, "input channel"));
	const builds = options.packages.flatMap((name) => buildsOf(name, source, paths, options.from));
	const own = channels.has(options.to) ? { keepVersions: void 0 } : {};
	return source.format === "deb" ? await publishBuilds(options, source, builds, debDriver({
		...debRequest(source, builds),
		...own
	})) : await publishBuilds(options, source, builds, rpmDriver({
		name: source.settings.label,
		...source.settings,
		...own
	}));
}
async function publishBuilds(options, source, builds, driver) {
	const { to, keys, allowDowngrade, logger, signal } = options;
	const reason = allowDowngrade ?? options.reason;
	const now = options.now?.() ?? /* @__PURE__ */ new Date();
	const candidates = await driver.read(builds, {
		logger,
		signal,
		now
	});
	const rules = {
		packages: [],
		channel: to,
		allowReview: true,
		allowKeyChange: false,
		allowDowngrade
	};
	const decideOver = async (view) => {
		const heads = new Map(view.head === void 0 ? [] : [[to, view.head]]);
		const alone = {
			...view,
			heads
		};
		const signs = keys === void 0 ? keysOfSnapshot(view.head ?? source).slice(0, 1) : fingerprintsOf(keys);
		const decision = await decide({
			builds,
			candidates
		}, alone, signs, rules, {
			logger,
			signal,
			now
		}, driver);
		refuseDecision(decision);
		return {
			decision,
			alone,
			difference: differenceIn(decision.plan)
		};
	};
	if (options.dryRun) {
		const state = await readView(options.root);
		const { decision, difference } = await decideOver(viewOf(state, to, driver.format));
		const former = state.channels.get(to) ?? null;
		const changed = decision.verdict === "publish";
		const common = {
			channel: to,
			id: former,
			former,
			changed,
			difference,
			warnings: []
		};
		return changed ? {
			...common,
			wouldBeMade: true
		} : common;
	}
	if (keys === void 0) throw new UserError({
		what: "the indexes of the channel are made anew, and must be signed",
		where: "input signing-key",
		expected: "the key that signs the repository"
	});
	return await withRepository(options, async (session) => {
		await checkIsThere(source, session);
		const heads = await readHeads(session.paths, session.channels);
		const view = viewOf({
			paths: session.paths,
			heads
		}, to, driver.format);
		checkSigner(keys, view.head ?? source);
		const { decision, alone, difference } = await decideOver(view);
		await session.done("planned");
		const former = view.head?.id ?? null;
		const result = {
			channel: to,
			former,
			difference,
			warnings: []
		};
		if (view.head !== void 0 && decision.verdict === "nothing") return {
			...result,
			id: former,
			changed: false
		};
		const staging = await session.stage();
		await session.done("staged");
		const held = {
			logger,
			signal: session.signal,
			now
		};
		const { plan, reasons } = decision;
		const stage = {
			...held,
			...keys,
			staging,
			view: alone,
			done: session.done
		};
		const draft = await driver.stage({
			...plan,
			reasons
		}, stage);
		await writeSnapshot(driver.format, staging, view, draft, decision, [], {
			...options,
			...rules,
			...keys
		}, now);
		const keyring = (await planKeys(view, driver.format, keys, draft)).keys;
		const fingerprint = keys.signer.key.fingerprint;
		const nextFingerprint = keys.nextSigner?.key.fingerprint;
		await driver.check(plan, draft, {
			...held,
			staging,
			keys: keyring,
			fingerprint,
			nextFingerprint
		});
		await session.done("checked");
		const overrides = difference.filter(({ change }) => change === "downgraded").map(lineOf);
		const record = {
			action: "promote",
			from: options.from,
			...reason === void 0 ? {} : { reason },
			...overrides.length === 0 ? {} : { overrides }
		};
		await session.commit(staging, {
			channel: to,
			poolFiles: draft.poolFiles,
			keys: keyring,
			record
		});
		return {
			...result,
			id: staging.id,
			changed: true
		};
	});
}
function buildsOf(name, snapshot, paths, channel) {
	const all = snapshot.packages.filter((each) => each.source === name);
	const compare = sourceOrderOf(snapshot.format, all);
	const version = all.map(({ sourceVersion }) => sourceVersion).reduce((newest, each) => newest === "" || compare(each, newest) > 0 ? each : newest, "");
	if (version === "") throw new UserError({
		what: "the channel has no such source package",
		where: "input packages",
		found: quote(name),
		expected: `the name of a source package in ${channel}; list names all`
	});
	return poolBuilds({
		name,
		version,
		packages: all.filter(({ sourceVersion }) => sourceVersion === version),
		records: snapshot.records.filter((each) => each.source === name && each.sourceVersion === version)
	}, snapshot, paths);
}
function poolBuilds({ name, version, packages, records }, snapshot, paths) {
	const folders = /* @__PURE__ */ new Map();
	const add = ({ path: file, size, sha256 }, role) => {
		const folder = path.dirname(file);
		folders.set(folder, [...folders.get(folder) ?? [], {
			name: path.basename(file),
			size,
			sha256,
			role
		}]);
	};
	for (const each of packages) for (const [index, file] of each.files.entries()) add(file, index === 0 ? each.type : "other");
	for (const record of records) add(record, record.path.endsWith(".changes") ? "changes" : "buildinfo");
	return [...folders].map(([folder, files]) => ({
		manifest: manifestOf(name, version, files, snapshot),
		sha256: "",
		folder: path.join(paths.public, folder)
	}));
}
function manifestOf(name, version, files, { format, settings }) {
	const { target, architectures } = settings;
	const suite = "suite" in settings ? settings.suite : "";
	const [architecture = ""] = architectures;
	return {
		schema: "pkg-actions/manifest/1",
		stage: "build",
		createdAt: (/* @__PURE__ */ new Date(0)).toISOString(),
		tool: {
			name: "pkg-actions",
			version: VERSION
		},
		package: {
			name,
			version,
			format
		},
		change: "merge",
		origins: [],
		...target === void 0 ? {} : { target: {
			name: target,
			suite,
			architecture
		} },
		verdict: "success",
		tools: {},
		files
	};
}
function debRequest({ settings }, builds) {
	const componentsWith = (isMeant) => {
		const names = builds.filter(({ manifest }) => manifest.files.some(({ role }) => isMeant(role))).map(({ folder }) => componentOf(folder, settings.components)).map((each) => each.replace(/\/debug$/, ""));
		const [only, ...more] = new Set(names);
		return more.length > 0 ? void 0 : only;
	};
	const { validSeconds, description, ...rest } = settings;
	return {
		...rest,
		name: settings.origin,
		component: componentsWith((role) => [
			"deb",
			"ddeb",
			"dsc"
		].includes(role)),
		udebComponent: componentsWith((role) => role === "udeb"),
		...validSeconds === void 0 ? {} : { validSeconds },
		...description === void 0 ? {} : { description }
	};
}
function componentOf(folder, components) {
	return components.filter((name) => folder.includes(`/pool/${name}/`)).reduce((longest, each) => each.length > longest.length ? each : longest, "");
}
function differenceIn({ entries, withdrawn }) {
	const words = {
		add: "added",
		upgrade: "upgraded",
		downgrade: "downgraded"
	};
	return [...entries.flatMap(({ kind, name, architecture, version, action, replaces, keeps = [] }) => {
		const former = keeps[0] ?? replaces.join(", ");
		return action === "same" ? [] : [{
			change: words[action],
			kind,
			name,
			architecture,
			source: "",
			to: version,
			...former === "" ? {} : { from: former }
		}];
	}), ...withdrawn.map(({ kind, name, architecture, version }) => ({
		change: "withdrawn",
		kind,
		name,
		architecture,
		source: "",
		from: version
	}))];
}
function checkSigner({ signer, nextSigner }, head) {
	if (head.nextKey !== void 0 && nextSigner === void 0 && head.nextKey !== signer.key.fingerprint) throw new UserError({
		what: "the keys of the channel are being changed, and this would end it",
		where: "input next-signing-key",
		found: `the next key ${head.nextKey}`,
		remedy: "give next-signing-key too, or promote the whole snapshot"
	});
	if (keysOfSnapshot(head).includes(signer.key.fingerprint)) return;
	throw new UserError({
		what: "the repository is signed by another key, which is the one that its clients have",
		where: "input signing-key",
		found: signer.key.fingerprint,
		expected: head.signedBy
	});
}
async function checkIsThere({ id }, { paths }) {
	if ((await listSnapshots(paths)).includes(id)) return;
	throw new UserError({
		what: "the snapshot that the packages come from was removed meanwhile",
		where: `snapshot ${id}`,
		remedy: "run it again"
	});
}

// src/repository/review/carry.ts
const INDEPENDENT = /* @__PURE__ */ new Set(["all", "noarch"]);
function carriedPackages(packages, brought) {
	const versions = new Map(brought.map(({ source, sourceVersion }) => [source, sourceVersion]));
	const touched = new Set(brought.map(({ source, architecture }) => `${source} ${architecture}`));
	const isTaken = (each) => brought.some(({ kind, name, architecture }) => kind === each.kind && name === each.name && (architecture === each.architecture || INDEPENDENT.has(architecture) || INDEPENDENT.has(each.architecture)));
	return packages.filter((each) => {
		const version = versions.get(each.source) ?? each.sourceVersion;
		const isTouched = touched.has(`${each.source} ${each.architecture}`);
		return each.sourceVersion === version && !isTouched && !isTaken(each);
	});
}
async function carryOver(options, packages, head, paths, format, settings) {
	for (const [component, group] of byComponent(packages)) {
		const builds = sourcesOf(group, packages, head).flatMap((source) => poolBuilds(source, head, paths));
		const driver = format.driver(settings, component);
		await publish({
			...options,
			packages: [],
			approve: void 0,
			allowedSigners: void 0
		}, {
			...driver,
			read: async (_, context) => await driver.read(builds, context)
		});
	}
	return packages.map(({ kind, name, version, architecture }) => ({
		kind,
		name,
		version,
		architecture
	}));
}
function byComponent(packages) {
	const groups = /* @__PURE__ */ new Map();
	for (const each of packages) {
		const component = each.headerDigest === void 0 ? each.component?.replace(/\/debug$/, "") : void 0;
		groups.set(component, [...groups.get(component) ?? [], each]);
	}
	return groups;
}
function sourcesOf(group, carried, head) {
	const sources = /* @__PURE__ */ new Map();
	for (const each of group) {
		const { source: name, sourceVersion: version } = each;
		const key = `${name} ${version}`;
		const isOf = (other) => other.source === name && other.sourceVersion === version;
		const records = head.packages.filter(isOf).every((other) => carried.includes(other)) ? head.records.filter(isOf) : [];
		const known = sources.get(key) ?? {
			name,
			version,
			packages: [],
			records
		};
		known.packages.push(each);
		sources.set(key, known);
	}
	return [...sources.values()];
}

// src/repository/review/decision.ts
const REPLACES = "a patch set replaces the one before";
async function findStates(place, current, release) {
	return {
		snapshot: (current === void 0 ? void 0 : await readChannels(place.repository(current)))?.get("latest") ?? null,
		release: release?.head.id ?? null
	};
}
function otherwise({ decision: { plan, key }, view }, driver) {
	const { refusals, entries } = plan;
	if (key.refusal !== void 0) return void 0;
	if (refusals.length === 0) return view.head === void 0 && entries.every(({ action }) => action === "same") ? "release" : void 0;
	return refusals.every((each) => each.outcome === "conflict" && !driver.isOfRelease(each)) ? "anew" : void 0;
}
function asNothing(decided) {
	return {
		...decided,
		decision: {
			...decided.decision,
			verdict: "nothing"
		}
	};
}
function asAnew(decided) {
	return {
		...decided,
		view: {
			...decided.view,
			heads: /* @__PURE__ */ new Map(),
			head: void 0
		}
	};
}

// src/repository/review/release.ts
async function readRelease(root, channel, format) {
	const state = await readView(root);
	if (state.channels.size === 0) return void 0;
	findChannel(channel, state.channels, "input channel");
	const view = viewOf(state, channel, format);
	const { head } = view;
	if (head === void 0) throw new Error(`the channel ${channel} has no snapshot`);
	return {
		view: {
			...view,
			heads: /* @__PURE__ */ new Map([[channel, head]])
		},
		head
	};
}
function layeredOver(release, url) {
	if (release === void 0) return void 0;
	const address = url ?? release.head.settings.url;
	return {
		channel: release.view.channel,
		snapshot: release.head.id,
		...address === void 0 ? {} : { url: address }
	};
}

// src/repository/review/plan.ts
async function planReview(options, keys, format) {
	const place = new ReviewPlace(options.root, checkReviewName(options.review));
	checkChannelName(options.channel, "input channel");
	const release = await readRelease(options.root, options.channel, format.format);
	const current = await currentOf(place);
	const decide = async (root, keysFor) => {
		const driver = layeredDriver(format, release);
		const own = {
			...options,
			root,
			channel: REVIEW_CHANNEL,
			allowReview: true,
			allowDowngrade: REPLACES
		};
		return {
			decided: await planPublish(own, keysFor, driver),
			driver
		};
	};
	const empty = path.join(place.folder, "none");
	const common = { found: await findStates(place, current, release) };
	const { decided, driver } = await decide(current === void 0 ? empty : place.repository(current).root, keys);
	const { head } = decided.view;
	const other = otherwise(decided, driver);
	if (other === "anew" && head !== void 0) {
		const again = await decide(empty, async () => await keys(decided.view));
		const carried = carriedPackages(head.packages, driver.brought).map(refOf);
		return {
			...common,
			decided: again.decided,
			begun: "anew",
			carried
		};
	}
	if (other === "release") return {
		...common,
		decided: asNothing(decided),
		begun: void 0,
		carried: []
	};
	return {
		...common,
		decided,
		begun: current === void 0 ? "new" : void 0,
		carried: []
	};
}
function refOf({ kind, name, version, architecture }) {
	return {
		kind,
		name,
		version,
		architecture
	};
}

// src/repository/review/lock.ts
async function lockReview(place, options) {
	const end = performance.now() + options.waitSeconds * 1e3;
	for (;;) {
		options.signal.throwIfAborted();
		await checkFolders(place);
		const handle = await openLock(place);
		if (handle === void 0) continue;
		let lease;
		try {
			const waitSeconds = Math.max(0, (end - performance.now()) / 1e3);
			const lock = `/proc/${process.pid}/fd/${handle.fd}`;
			const held = await takeLease({
				root: place.folder,
				lease: lock
			}, {
				...options,
				waitSeconds
			});
			lease = {
				lost: held.lost,
				release,
				[Symbol.asyncDispose]: release
			};
			async function release() {
				await held.release();
				await handle?.close();
			}
			if (await isNamed(handle, place.lock)) return lease;
			await lease.release();
		} catch (error) {
			await (lease?.release() ?? handle.close());
			throw error;
		}
	}
}
async function openLock(place) {
	const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
	try {
		await makeServedFolder(place.folder, place.root);
		return await open(place.lock, flags, 384);
	} catch (error) {
		const { code } = error;
		if (code === "ENOENT" || code === "EEXIST") return void 0;
		throw error;
	}
}
async function isNamed(handle, file) {
	const [open, named] = await Promise.all([handle.stat(), stat(file).catch(() => void 0)]);
	return named !== void 0 && open.ino === named.ino && open.dev === named.dev;
}

// src/repository/review/listing.ts
async function listReviews(root) {
	const reviews = [];
	const problems = [];
	for (const name of await reviewNames(root)) {
		const place = new ReviewPlace(root, name);
		try {
			const listed = await describeReview(place);
			if (listed !== void 0) reviews.push(listed);
			else problems.push({
				name,
				why: "nothing is served: being made, or left by a run that was ended"
			});
		} catch (error) {
			problems.push({
				name,
				why: messageOf(error)
			});
		}
	}
	return {
		reviews,
		problems
	};
}
async function describeReview(place) {
	const unique = await currentOf(place);
	if (unique === void 0) return void 0;
	const paths = place.repository(unique);
	const head = await headOf(paths);
	if (head === void 0) return void 0;
	const { id, change, packages, layeredOver = null, signedBy, run } = head;
	return {
		name: place.name,
		root: paths.root,
		createdAt: timeOf(unique).toISOString(),
		usedAt: (await lastUse(paths)).toISOString(),
		snapshot: id,
		sources: [...new Set(packages.map(({ source, sourceVersion }) => `${source} ${sourceVersion}`))].sort(),
		origins: change.builds.flatMap(({ origins }) => origins.map(({ project, commit }) => ({
			project,
			commit
		}))),
		packages: packages.length,
		bytes: await bytesOf$1(paths.root),
		layeredOver,
		signedBy,
		...run === void 0 ? {} : { run }
	};
}
async function headOf(paths) {
	const id = (await readChannels(paths)).get(REVIEW_CHANNEL);
	return id === void 0 ? void 0 : await readSnapshot(paths, id);
}
async function lastUse(paths) {
	const begun = timeOf(path.basename(paths.root));
	const { mtime } = await stat(paths.root);
	return new Date(Math.max(mtime.getTime(), begun.getTime()));
}
async function snapshotsBelowReviews(root) {
	const found = /* @__PURE__ */ new Map();
	for (const name of await reviewNames(root)) {
		const place = new ReviewPlace(root, name);
		const unique = await currentOf(place);
		if (unique === void 0) continue;
		const head = await headOf(place.repository(unique)).catch(async (error) => {
			if (await currentOf(place) === unique) throw error;
		});
		if (head?.layeredOver !== void 0) found.set(head.layeredOver.snapshot, name);
	}
	return found;
}
function timeOf(unique) {
	const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(unique) ?? [];
	return /* @__PURE__ */ new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

// src/repository/review/remove.ts
async function removeReviews(options) {
	const places = [...new Set(options.names)].map((name) => new ReviewPlace(options.root, checkReviewName(name)));
	if (places.length === 0) throw new UserError({
		what: "no review is named",
		where: "input review",
		expected: "the names of those to remove, such as CR-123"
	});
	await checkExists(options.root);
	const removed = [];
	for (const place of places) {
		const found = await isThere(place);
		await currentOf(place);
		if (found && !options.dryRun) await locked(place, options, async () => await removeAll(place, options));
		removed.push({
			name: place.name,
			outcome: found ? "removed" : "absent"
		});
	}
	return removed;
}
async function pruneReviews(options) {
	await checkExists(options.root);
	const oldest = (options.now?.() ?? /* @__PURE__ */ new Date()).getTime() - options.keepSeconds * 1e3;
	const removed = [];
	const kept = [];
	for (const name of await reviewNames(options.root)) {
		const place = new ReviewPlace(options.root, name);
		const look = async () => {
			const { isOld, why } = await judge(place, oldest);
			(isOld ? removed : kept).push({
				name,
				why
			});
			return isOld;
		};
		try {
			if (options.dryRun) await look();
			else await locked(place, {
				...options,
				leaseSeconds: 0
			}, async () => {
				if (await look()) await removeAll(place, options);
				else await reap(place);
			});
		} catch (error) {
			if (options.signal.aborted || !(error instanceof UserError)) throw error;
			options.logger.warning(`the review ${name} stays: ${error.message}`);
			kept.push({
				name,
				why: error.message
			});
		}
	}
	return {
		removed,
		kept
	};
}
async function judge(place, oldest) {
	const unique = await currentOf(place);
	if (unique === void 0) return {
		isOld: true,
		why: "nothing is served: left by a run that was ended"
	};
	const used = await lastUse(place.repository(unique));
	return {
		isOld: used.getTime() < oldest,
		why: `last published to on ${used.toISOString()}`
	};
}
async function locked(place, options, body) {
	try {
		const { leaseSeconds: waitSeconds, holder, logger, signal } = options;
		await using lease = await lockReview(place, {
			waitSeconds,
			holder,
			logger,
			signal
		});
		await options.onStep?.("locked");
		await body();
		if (lease.lost.aborted) throw lease.lost.reason;
	} catch (error) {
		throw options.signal.aborted ? new CancelledError() : error;
	}
}
async function removeAll(place, { onStep, logger }) {
	await rm(place.link, { force: true });
	await reapLink(place);
	await onStep?.("unlinked");
	await reap(place);
	await onStep?.("removed");
	await closeFolder(place, logger);
	await onStep?.("folder");
}
async function reap(place) {
	const current = await currentOf(place);
	for (const unique of await uniquesOf(place)) if (unique !== current) await rm(path.join(place.folder, unique), {
		recursive: true,
		force: true
	});
	await reapLink(place);
}
async function reapLink(place) {
	await rm(path.join(place.links, temporaryLink(place.name)), { force: true });
	await sync(place.links).catch((error) => {
		if (error.code !== "ENOENT") throw error;
	});
}
async function closeFolder(place, logger) {
	const left = (await readdir(place.folder)).filter((name) => name !== path.basename(place.lock));
	if (left.length > 0) {
		logger.warning(`${place.folder} holds what is none of ours, and stays: ${left.slice(0, 3).join(", ")}`);
		return;
	}
	await rm(place.lock, { force: true });
	await rmdir(place.folder).catch((error) => {
		if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST" && error.code !== "ENOENT") throw error;
	});
	await sync(path.dirname(place.folder));
}

// src/repository/review/publish.ts
var Otherwise = class extends Error {
	decided;
	to;
	constructor(decided, to) {
		super(`decided otherwise: ${to}`);
		this.decided = decided;
		this.to = to;
	}
};
async function publishReview(options, format) {
	const place = new ReviewPlace(options.root, checkReviewName(options.review));
	checkChannelName(options.channel, "input channel");
	try {
		if (!(await readView(options.root)).exists) await makeEmpty(options);
		const { leaseSeconds: waitSeconds, holder, logger } = options;
		await using lease = await lockReview(place, {
			waitSeconds,
			holder,
			logger,
			signal: options.signal
		});
		const signal = AbortSignal.any([options.signal, lease.lost]);
		try {
			return await publishLocked({
				...options,
				signal
			}, place, format);
		} catch (error) {
			throw lease.lost.aborted ? lease.lost.reason : error;
		} finally {
			if (!lease.lost.aborted) await leaveTidy(place, options);
		}
	} catch (error) {
		throw options.signal.aborted ? new CancelledError() : error;
	}
}
async function makeEmpty(options) {
	await withRepository({
		...options,
		onStep: void 0
	}, async () => {});
}
async function publishLocked(options, place, format) {
	await options.onReviewStep?.("locked");
	await reap(place);
	const release = await readRelease(options.root, options.channel, format.format);
	const driver = layeredDriver(format, release);
	const current = await currentOf(place);
	options.onFound?.(await findStates(place, current, release));
	const now = options.now?.() ?? /* @__PURE__ */ new Date();
	const unique = current ?? newSnapshotId(now);
	const common = {
		place,
		release,
		carried: []
	};
	const own = ownOptions(options, release, place.repository(unique).root);
	try {
		const approve = (decided) => {
			const other = otherwise(decided, driver);
			if (other !== void 0) throw new Otherwise(decided, other);
			options.approve?.(decided);
		};
		const published = await publish({
			...own,
			approve
		}, driver);
		await options.onReviewStep?.("published");
		await serve(place, unique, current, now, options);
		return {
			...common,
			published,
			paths: place.repository(unique),
			begun: current === void 0 ? "new" : void 0
		};
	} catch (error) {
		if (!(error instanceof Otherwise)) throw error;
		const decided = error.decided;
		if (error.to === "release" && release !== void 0) {
			options.approve?.(asNothing(error.decided));
			return {
				...common,
				published: nothing(decided, release),
				paths: void 0,
				begun: void 0
			};
		}
		if (current === void 0 || decided.view.head === void 0) throw new Error("there is no review to begin anew");
		return await beginAnew(options, {
			...common,
			decided,
			current,
			now
		}, driver, format);
	}
}
async function beginAnew(options, { place, release, decided, current, now }, driver, format) {
	const { head } = decided.view;
	if (head === void 0) throw new Error("there is no review to begin anew");
	const unique = newSnapshotId(now);
	const paths = place.repository(unique);
	const own = ownOptions(options, release, paths.root);
	const packages = carriedPackages(head.packages, driver.brought);
	const settings = release?.head.settings ?? head.settings;
	const before = place.repository(current);
	const carried = await carryOver({
		...own,
		onStep: void 0
	}, packages, head, before, format, settings);
	await options.onReviewStep?.("carried");
	const approve = (again) => options.approve?.(asAnew(again));
	const published = await publish({
		...own,
		approve
	}, layeredDriver(format, release));
	await options.onReviewStep?.("published");
	await serve(place, unique, current, now, options);
	return {
		published,
		place,
		paths,
		release,
		begun: "anew",
		carried
	};
}
async function serve(place, unique, current, now, options) {
	await utimes(place.repository(unique).root, now, now);
	if (unique === current) return;
	await syncAll([
		place.folder,
		path.dirname(place.folder),
		place.root
	]);
	await makeServedFolder(place.links, path.join(place.root, "public"));
	await sync(path.dirname(place.links));
	options.signal.throwIfAborted();
	await swapLink(place.link, place.target(unique));
	await options.onReviewStep?.("linked");
	if (current !== void 0) await rm(path.join(place.folder, current), {
		recursive: true,
		force: true
	});
	await options.onReviewStep?.("removed");
}
async function leaveTidy(place, { logger }) {
	await reap(place);
	if ((await uniquesOf(place)).length === 0) await closeFolder(place, logger);
}
function ownOptions(options, release, root) {
	const over = layeredOver(release, options.url);
	return {
		...options,
		root,
		channel: REVIEW_CHANNEL,
		allowReview: true,
		allowDowngrade: REPLACES,
		approve: void 0,
		...over === void 0 ? {} : { layeredOver: over }
	};
}
function nothing({ decision: { plan, overrides }, builds }, { head }) {
	return {
		plan,
		overrides,
		snapshot: head,
		changed: false,
		builds,
		times: []
	};
}

// src/repository/review/rpm.ts
function rpmReview(request, name, url) {
	return {
		format: "rpm",
		driver: (settings) => rpmDriver(rpmRequest(request, settings, name, url)),
		brought: ({ packages }) => packages.map(asBrought),
		compare
	};
}
function rpmRequest(request, before, name, url) {
	const asked = {
		...request,
		url: void 0,
		keepVersions: void 0
	};
	if (before === void 0) return {
		...asked,
		label: reviewLabel(request.label ?? request.name, name),
		url
	};
	const hints = {
		target: void 0,
		architectures: [],
		label: request.name
	};
	const { architectures, label } = resolveRpmSettings(asked, before, hints);
	return {
		...asked,
		architectures,
		label: reviewLabel(label, name),
		url
	};
}
function compare(candidates, release, isInReview) {
	for (const { manifest } of candidates.builds) targetOf(release.head.settings.target, manifest.target?.name);
	const published = new Published(release.view);
	const chosen = candidates.packages.map((each) => published.choose(each));
	const { dropped } = published.repeated(chosen);
	const skipped = [];
	const refusals = [];
	const packages = chosen.filter((each) => {
		if (dropped.has(each) || published.find(each) !== void 0) {
			if (isInReview(each.source)) return true;
			skipped.push(sameEntry(each));
			return false;
		}
		const found = published.objections(subjectOf(each));
		const all = found.length > 0 ? found : published.olderSource(each, chosen);
		refusals.push(...all.flatMap(({ against }) => releaseRefusal(subjectOf(each), against, release)));
		return all.length === 0;
	});
	return {
		candidates: {
			...candidates,
			packages
		},
		skipped,
		refusals
	};
}
function sameEntry({ candidate: { kind, name, version, architecture }, type, isDebug }) {
	return {
		kind,
		type,
		name,
		version,
		architecture,
		...isDebug ? { component: DEBUG } : {},
		action: "same",
		replaces: []
	};
}

// src/repository/manage/listing.ts
async function listRepository(root) {
	await checkExists(root);
	const { paths, channels, heads } = await readView(root);
	const history = await readHistory(paths);
	const snapshots = await readAll(paths);
	const uses = /* @__PURE__ */ new Map();
	for (const snapshot of snapshots) for (const path of filesOf(snapshot).keys()) uses.set(path, (uses.get(path) ?? 0) + 1);
	return {
		format: snapshots.at(-1)?.format,
		channels: [...channels].map(([name, id]) => ({
			name,
			id,
			since: entriesOf(history, name).findLast((entry) => entry.id === id)?.at ?? heads.get(name)?.createdAt ?? "",
			packages: heads.get(name)?.packages.length ?? 0
		})),
		snapshots: snapshots.toReversed().map((snapshot) => {
			const files = [...filesOf(snapshot)];
			const own = files.filter(([path]) => uses.get(path) === 1);
			const { id, createdAt, parent, change, signedBy, run } = snapshot;
			return {
				id,
				createdAt,
				channels: [...channels].flatMap(([name, target]) => target === id ? [name] : []),
				madeFor: snapshot.channel,
				parent,
				added: change.added,
				superseded: change.superseded,
				packages: snapshot.packages.length,
				bytes: sum(files.map(([, size]) => size)),
				ownBytes: sum(own.map(([, size]) => size)),
				signedBy,
				...run === void 0 ? {} : { run }
			};
		}),
		history
	};
}
async function readAll(paths) {
	const found = [];
	for (const id of await listSnapshots(paths)) try {
		found.push(await readSnapshot(paths, id));
	} catch (error) {
		if (existsSync(paths.snapshot(id))) throw error;
	}
	return found.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt) || (a.id < b.id ? -1 : 1));
}
function filesOf(snapshot) {
	return new Map([...poolFilesOf(snapshot)].map(({ path, size }) => [path, size]));
}
function sum(numbers) {
	return numbers.reduce((total, each) => total + each, 0);
}

// src/repository/manage/prune.ts
async function prune(options) {
	await checkExists(options.root);
	const now = options.now?.() ?? /* @__PURE__ */ new Date();
	if (options.dryRun) {
		const { paths, channels } = await readView(options.root);
		return await planPrune(paths, channels, options, now);
	}
	return await withRepository(options, async (session) => {
		const result = await planPrune(session.paths, session.channels, options, now);
		await session.done("planned");
		if (result.changed) {
			const poolFiles = result.files.map((file) => file.path);
			await session.prune({
				snapshots: result.removed,
				poolFiles,
				reason: options.reason
			});
		}
		return result;
	});
}
async function planPrune(paths, channels, retention, now) {
	const snapshots = await readAll(paths);
	const reasons = keepers(snapshots, channels, await readHistory(paths), retention, now);
	const ids = new Set(snapshots.map(({ id }) => id));
	for (const [id, review] of await snapshotsBelowReviews(paths.root)) if (ids.has(id) && !reasons.has(id)) reasons.set(id, `the review ${review} is layered over it`);
	const needed = /* @__PURE__ */ new Set();
	for (const snapshot of snapshots) if (reasons.has(snapshot.id)) for (const file of poolFilesOf(snapshot)) needed.add(file.path);
	const files = [];
	for (const file of (await listTree(paths.pool)).files) {
		const poolPath = path.relative(paths.public, file);
		if (needed.has(poolPath) || !isPoolPath(poolPath)) continue;
		files.push({
			path: poolPath,
			size: (await lstat(file)).size
		});
	}
	const removed = snapshots.map(({ id }) => id).filter((id) => !reasons.has(id));
	return {
		removed,
		kept: [...reasons].map(([id, why]) => ({
			id,
			why
		})),
		files,
		bytes: files.reduce((sum, { size }) => sum + size, 0),
		changed: removed.length > 0 || files.length > 0
	};
}
function keepers(snapshots, channels, history, { keep, keepSeconds }, now) {
	const byId = new Map(snapshots.map((snapshot) => [snapshot.id, snapshot]));
	const reasons = /* @__PURE__ */ new Map();
	const note = (id, why) => {
		if (byId.has(id) && !reasons.has(id)) reasons.set(id, why);
	};
	const parentOf = (id) => id === null ? null : byId.get(id)?.parent ?? null;
	for (const [channel, id] of channels) note(id, `${channel} points to it`);
	for (const [channel, id] of channels) {
		const states = formerOf(history, channel, id);
		for (let each = parentOf(beginningOf(history, channel, id)); each !== null; each = parentOf(each)) {
			if (each === id || states.includes(each)) break;
			states.unshift(each);
		}
		const last = states.filter((each) => byId.has(each)).slice(-Math.max(0, keep - 1));
		for (const each of keep > 1 ? last : []) note(each, `one of the last ${keep} states of ${channel}`);
	}
	const oldest = now.getTime() - Math.max(keepSeconds * 1e3, KEEP_SUPERSEDED_MS);
	for (const [id, until] of servedUntil(snapshots, channels, history)) if (until >= oldest && until < Number.POSITIVE_INFINITY) note(id, `served until ${new Date(until).toISOString()}`);
	return reasons;
}

// src/repository/manage/resolve.ts
const MAX_BYTES = 4096;
async function resolveAddress(address, channel, options) {
	checkChannelName(channel, "input channel");
	const { location, shown } = parseLocation(address, "input url", (file) => path.resolve(options.workspace, file));
	const file = `${channel}.target.txt`;
	const base = location.kind === "folder" ? fileUrl(location.folder) : shown;
	if (location.kind === "folder") {
		const fromLink = await linkOf(location.folder, channel);
		if (fromLink !== void 0) return {
			channel,
			id: fromLink,
			uri: `${base}/${channelTarget(fromLink)}`
		};
	}
	const content = await withAttempts(shown, options, async () => fetchFile(location, file, fetchOptions(options, MAX_BYTES)));
	const where = `${base}/${file}`;
	if (content === void 0) throw new UserError({
		what: "there is no such channel",
		where,
		found: "no file of that name",
		expected: "the address of a repository’s public/, and a channel of it"
	});
	const [, id = ""] = /^snapshots\/([^/\n]+)\n?$/.exec(content.toString("latin1")) ?? [];
	if (!isSnapshotId(id)) throw new UserError({
		what: "the file does not name a snapshot",
		where,
		found: quote(content.toString("latin1").slice(0, 80)),
		expected: "snapshots/<id>"
	});
	return {
		channel,
		id,
		uri: `${base}/${channelTarget(id)}`
	};
}
async function resolveFolder(root, channel, address, options) {
	checkChannelName(channel, "input channel");
	const paths = new RepositoryPaths(root);
	if (await servedFolder(root) === root) {
		const { id } = await resolveAddress(fileUrl(root), channel, options);
		return {
			channel,
			id,
			uri: `${address}/${channelTarget(id)}`
		};
	}
	await isRepository(paths);
	const id = findChannel(channel, await readChannels(paths), "input channel");
	return {
		channel,
		id,
		uri: `${address}/${channelTarget(id)}`
	};
}
async function servedFolder(root) {
	const names = await readdir(root).catch(() => []);
	const { lease, public: served, snapshots } = new RepositoryPaths(root);
	return names.includes(path.basename(snapshots)) && !names.includes(path.basename(lease)) ? root : served;
}
async function linkOf(folder, channel) {
	const target = await readlink(path.join(folder, channel)).catch(() => "");
	const [, id = ""] = /^snapshots\/([^/]+)$/.exec(target) ?? [];
	return isSnapshotId(id) ? id : void 0;
}

export { DEBUG, METADATA_INPUTS, REVIEW_CHANNEL, RepositoryPaths, ReviewPlace, TransientError, XmlReader, channelTarget, checkAgainstPlan, checkChannelName, checkChannelsAgainstPlan, checkExists, checkReviewAgainstPlan, checkReviewName, checkVerdict, clientName, debDriver, debReview, describeReview, differenceOf, fetchFile, fetchOptions, fileNameOf, fileUri, fileUrl, findChannel, findSnapshot, formerOf, isChannelName, isRepository, isRpmLine, isSnapshotId, keysOfSnapshot, listRepository, listReviews, listSnapshots, listTree, nameOf$2 as nameOf, orderOf, parseRpmLine, planDocument, planKeys, planPublish, planReview, promote, promotePackages, prune, pruneReviews, publish, publishReview, readChannels, readHistory, readPublishPlan, readRelease, readRepository, readRpmRepositories, readSnapshot, readView, refuseAll, refuseDecision, removeChannel, removeReviews, repoText, resolveAddress, resolveFolder, rollback, rpmDriver, rpmReview, servedFolder, sourcesLine, sourcesText, withAttempts };
