import { DIGEST_LENGTHS, hashFile, ownedName } from "./shared.js";
import { UserError, hearToolkit, messageOf, oneLine, quote, safeName } from "./frame.js";
import path from "node:path";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

// src/download/download.ts
var NotFoundError = class extends UserError {
	name = "NotFoundError";
};
const DEFAULT_MAX_AGE_SECONDS = 3600;
const DEFAULT_MAX_SECONDS = 3600;
const UNUSED_SECONDS = 7776e3;
async function download(source, context) {
	const digest = wantedDigest(source);
	const url = parseUrl(source.url);
	if (url === void 0 || url.protocol === "file:") {
		const file = url === void 0 ? path.resolve(source.url) : localPath(url);
		await verify(file, digest, source.url);
		return file;
	}
	if (url.protocol !== "https:" && url.protocol !== "http:") throw new UserError({
		what: "an address that cannot be downloaded from",
		found: quote(source.url),
		expected: "https:, http:, file: or a path"
	});
	return await kept(url, digest, source, context);
}
function wantedDigest({ sha256, digest }) {
	if (sha256 === void 0 && digest === void 0) return void 0;
	const algorithm = digest?.algorithm ?? "sha256";
	const hex = (digest?.hex ?? sha256 ?? "").toLowerCase();
	if (/^[0-9a-f]+$/.test(hex) && hex.length === DIGEST_LENGTHS[algorithm]) return {
		algorithm,
		hex
	};
	throw new UserError({
		what: `not a ${algorithm.replace(/^sha/, "sha-").toUpperCase()} digest`,
		found: quote(digest?.hex ?? sha256),
		expected: `${DIGEST_LENGTHS[algorithm]} hexadecimal digits`
	});
}
async function kept(url, digest, { name, authorization }, context) {
	const shown = withoutSecrets(url);
	const key = digest?.hex ?? createHash("sha256").update(`${url.href}\n${authorization ?? ""}`).digest("hex");
	const folder = path.join(context.folder, digest === void 0 ? "by-url" : `by-${digest.algorithm}`, key);
	const file = path.join(folder, safeName(name ?? decodeName(url)));
	if (await isUsable(file, digest, context.maxAgeSeconds ?? DEFAULT_MAX_AGE_SECONDS)) {
		if (digest !== void 0) await utimes(file, /* @__PURE__ */ new Date(), /* @__PURE__ */ new Date());
		context.logger.debug(`${shown}: kept in ${file}`);
		return file;
	}
	await mkdir(folder, { recursive: true }).catch((error) => {
		throw new UserError({
			what: "the folder for downloads cannot be made",
			where: quote(folder),
			found: error.code ?? "an error",
			expected: "a folder that this user may write"
		});
	});
	const parts = path.join(context.folder, ".parts");
	await mkdir(parts, { recursive: true });
	const temporary = path.join(parts, `${ownedName("")}.part`);
	try {
		context.logger.progress(`Downloading ${shown}`);
		await hearToolkit(retellRetries(shown, context.logger), () => transfer({
			url,
			authorization
		}, temporary, shown, context));
		await verify(temporary, digest, shown);
		await rename(temporary, file);
	} finally {
		await rm(temporary, { force: true });
		context.logger.progress("");
	}
	for (const other of await readdir(folder)) if (other !== path.basename(file)) await rm(path.join(folder, other), { force: true });
	await removeUnused(path.dirname(folder));
	context.logger.info(`Downloaded ${shown}`);
	return file;
}
const ATTEMPTS = 3;
function retellRetries(shown, logger) {
	let attempt = 0;
	let reason = "";
	return (text) => {
		const [, seconds] = /^Waiting (\d+) seconds before trying again$/.exec(text) ?? [];
		if (seconds === void 0) {
			reason = text;
			return;
		}
		attempt += 1;
		const why = reason === "" ? "" : ` (${oneLine(reason)})`;
		logger.info(`Attempt ${attempt} of ${ATTEMPTS} to download ${shown} failed${why}; once more in ${seconds} s`);
	};
}
async function removeUnused(folder) {
	for (const key of await readdir(folder).catch(() => [])) {
		const place = path.join(folder, key);
		const files = await readdir(place).catch(() => []);
		const times = await Promise.all(files.map(async (file) => (await stat(path.join(place, file))).mtimeMs)).catch(() => [Date.now()]);
		const newest = Math.max(...times.length === 0 ? [Date.now()] : times);
		if (Date.now() - newest > UNUSED_SECONDS * 1e3) await rm(place, {
			recursive: true,
			force: true
		});
	}
}
async function isUsable(file, digest, maxAgeSeconds) {
	const found = await stat(file).catch(() => void 0);
	if (found === void 0 || !found.isFile()) return false;
	if (digest === void 0) return (Date.now() - found.mtimeMs) / 1e3 < maxAgeSeconds;
	return await hashFile(file, digest.algorithm) === digest.hex;
}
async function transfer(request, target, shown, { signal, maxSeconds = DEFAULT_MAX_SECONDS }) {
	signal?.throwIfAborted();
	const late = new AbortController();
	const tooLong = new UserError({
		what: "the download takes too long",
		where: shown,
		expected: `the whole file in ${maxSeconds} s`
	});
	const timer = setTimeout(() => late.abort(tooLong), maxSeconds * 1e3);
	const stop = signal === void 0 ? late.signal : AbortSignal.any([signal, late.signal]);
	const work = async () => {
		const { downloadTool } = await import("./lazy-tool-cache.js");
		const { address, auth } = await followRedirects(request, shown);
		stop.throwIfAborted();
		return await downloadTool(address.href, target, auth);
	};
	const transferred = work();
	try {
		await Promise.race([transferred, aborted(stop)]);
	} catch (error) {
		if (stop.aborted) {
			transferred.then(() => rm(target, { force: true }), () => {});
			throw error;
		}
		if (error instanceof UserError) throw error;
		const { HTTPError } = await import("./lazy-tool-cache.js");
		const status = error instanceof HTTPError ? error.httpStatusCode : void 0;
		const parts = {
			what: "the download failed",
			where: shown,
			found: status === void 0 ? messageOf(error) : `HTTP status ${status}`
		};
		throw status === 404 || status === 410 ? new NotFoundError(parts) : new UserError(parts);
	} finally {
		clearTimeout(timer);
	}
}
const MAX_REDIRECTS = 10;
async function followRedirects({ url, authorization: header }, shown) {
	const { HttpClient } = await import("./lazy-http.js");
	const client = new HttpClient("pkg-actions", [], {
		allowRedirects: false,
		allowRetries: false
	});
	let address = new URL(url);
	const { origin } = address;
	const given = header ?? authorization(address);
	address.username = "";
	address.password = "";
	for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
		const auth = address.origin === origin ? given : void 0;
		const response = await client.head(address.href, auth === void 0 ? {} : { authorization: auth }).catch(() => void 0);
		response?.message.resume();
		const { statusCode = 0, headers } = response?.message ?? { headers: {} };
		const { location } = headers;
		if (![
			301,
			302,
			303,
			307,
			308
		].includes(statusCode) || location === void 0) return {
			address,
			auth
		};
		const next = URL.canParse(location, address.href) ? new URL(location, address) : void 0;
		if (next === void 0 || next.protocol !== "https:" && next.protocol !== address.protocol) throw new UserError({
			what: "a redirect that is not followed",
			where: shown,
			found: quote(location)
		});
		address = next;
	}
	throw new UserError({
		what: "too many redirects",
		where: shown,
		expected: `${MAX_REDIRECTS} at most`
	});
}
function authorization(url) {
	if (url.username === "" && url.password === "") return void 0;
	const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
	return `Basic ${Buffer.from(credentials).toString("base64")}`;
}
async function aborted(signal) {
	return await new Promise((_, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
	});
}
async function verify(file, digest, shown) {
	const algorithm = digest?.algorithm ?? "sha256";
	const found = await hashFile(file, algorithm).catch((error) => {
		throw new UserError({
			what: "the file cannot be read",
			where: shown,
			found: error.code ?? "an error"
		});
	});
	if (digest !== void 0 && found !== digest.hex) throw new UserError({
		what: "the content has another digest",
		where: shown,
		found: `${algorithm} ${found}`,
		expected: `${algorithm} ${digest.hex}`
	});
}
function parseUrl(text) {
	return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text) ? new URL(text) : void 0;
}
function localPath(url) {
	try {
		return fileURLToPath(url);
	} catch (error) {
		throw new UserError({
			what: "not the address of a local file",
			found: quote(url.href),
			expected: messageOf(error)
		});
	}
}
function withoutSecrets(url) {
	return `${url.protocol}//${url.host}${url.pathname}`;
}
function decodeName(url) {
	const last = url.pathname.split("/").findLast((part) => part !== "") ?? url.hostname;
	try {
		return decodeURIComponent(last);
	} catch {
		return last;
	}
}

export { NotFoundError, download };
