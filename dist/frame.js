import http from "node:http";
import path from "node:path";
import { accessSync, constants, existsSync, openSync, readFileSync, readdirSync, statSync } from "node:fs";
import { spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { AsyncLocalStorage } from "node:async_hooks";

// src/errors.ts
var UserError = class extends Error {
	name = "UserError";
	parts;
	constructor(parts, options) {
		super(formatUserError(parts), options);
		this.parts = parts;
	}
};
var MissingToolError = class extends UserError {
	name = "MissingToolError";
	tool;
	constructor(tool, install, remedy) {
		const how = install ?? remedy;
		super({
			what: `the tool ${tool} is not installed or not on PATH`,
			...how ? { remedy: how } : {}
		});
		this.tool = tool;
	}
};
var InfrastructureError = class extends UserError {
	name = "InfrastructureError";
};
var CommandError = class extends Error {
	name = "CommandError";
	failure;
	constructor(failure) {
		const tool = failure.argv[0] ?? "?";
		const last = lastLine(failure.stderr) ?? lastLine(failure.stdout);
		super(oneLine(`${tool} ${endText(failure)}${last ? `: ${last}` : ""}`));
		this.failure = failure;
	}
	get command() {
		return shellQuote(this.failure.argv);
	}
	lastLines(count = 20) {
		return (this.failure.stderr.trim() === "" ? this.failure.stdout : this.failure.stderr).trimEnd().split("\n").slice(-count);
	}
};
var CancelledError = class extends Error {
	name = "CancelledError";
	constructor(message = "cancelled") {
		super(message);
	}
};
function endText(failure) {
	switch (failure.end) {
		case "timeout": return `was ended after its limit of ${failure.timeoutSeconds ?? "?"} s`;
		case "cancelled": return "was cancelled";
		case "signal": return `was ended by ${failure.signal}`;
		case "exit": return `failed with exit code ${failure.exitCode}`;
	}
}
function lastLine(text) {
	return text.split("\n").filter((line) => line.trim() !== "").at(-1)?.trim();
}
function formatUserError(parts) {
	const details = [parts.found === void 0 ? "" : `found ${parts.found}`, parts.expected === void 0 ? "" : `expected ${parts.expected}`].filter((part) => part !== "");
	return oneLine(`${`${parts.where ? `${parts.where}: ` : ""}${parts.what}${details.length > 0 ? ` (${details.join(", ")})` : ""}`}${parts.remedy ? `; ${parts.remedy}` : ""}`);
}
function oneLine(text) {
	return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => character === "	" ? " " : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
function quote(value, limit = 120) {
	const text = typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value) ?? String(value);
	return text.length > limit ? `${text.slice(0, limit)}…` : text;
}
function shellQuote(argv) {
	return argv.map((word) => /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
function messageOf(error) {
	return error instanceof Error ? error.message : String(error);
}

// src/host/detect.ts
async function detectHost(options = {}) {
	const env = options.env ?? process.env;
	if (env["GITHUB_ACTIONS"] === "true") return new (await (import("./lazy-host-github.js"))).GitHubHost(options);
	if (env["GITLAB_CI"] === "true") return new (await (import("./lazy-host-gitlab.js"))).GitLabHost(options);
	return new (await (import("./lazy-host-local.js"))).LocalHost(options);
}

// src/host/secrets.ts
const MAX_SECRET_BYTES = 1048576;
function readSecret(kind, value, folder, env = process.env) {
	if (kind === "file") return readSecretFile(path.resolve(folder, value));
	if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(value)) throw new UserError({
		what: "not the name of an environment variable",
		found: `${value.length} characters`,
		expected: "a name such as SIGNING_KEY, not the value"
	});
	const content = env[value];
	if (content === void 0 || content === "") throw new UserError({
		what: "the environment variable of a secret is not set",
		where: value
	});
	if (path.isAbsolute(content) && !content.includes("\n") && path.basename(content) === value) return readSecretFile(content);
	return content;
}
function readSecretFile(file) {
	try {
		if (statSync(file).size > MAX_SECRET_BYTES) throw new UserError({
			what: "the file of a secret is too large",
			where: file,
			expected: "1 MiB at most"
		});
		return readFileSync(file, "utf8").replace(/\r?\n$/, "");
	} catch (error) {
		if (error instanceof UserError) throw error;
		throw new UserError({
			what: "the file of a secret cannot be read",
			where: quote(file),
			found: error.code ?? "an error"
		});
	}
}

// src/secret.ts
var Secret = class {
	#value;
	constructor(value) {
		this.#value = value;
	}
	reveal() {
		return this.#value;
	}
	toString() {
		return "***";
	}
	toJSON() {
		return "***";
	}
	[Symbol.for("nodejs.util.inspect.custom")]() {
		return "Secret(***)";
	}
};

// src/suggest.ts
function closest(word, candidates) {
	let best;
	let limit = Math.max(2, Math.floor(Math.min(word.length, 64) / 4));
	const lower = word.slice(0, 64).toLowerCase();
	for (const candidate of candidates) {
		if (candidate !== word && candidate.replace(/\d/g, "") === word.replace(/\d/g, "")) continue;
		const found = distance(lower, candidate.toLowerCase());
		if (found > limit || found >= Math.max(word.length, candidate.length)) continue;
		best = candidate;
		limit = found - 1;
	}
	return best;
}
function distance(a, b) {
	let before = [];
	let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const current = [i];
		for (let j = 1; j <= b.length; j++) {
			const cost = a[i - 1] === b[j - 1] ? 0 : 1;
			let value = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) value = Math.min(value, (before[j - 2] ?? 0) + 1);
			current.push(value);
		}
		before = previous;
		previous = current;
	}
	return previous[b.length] ?? 0;
}
function didYouMean(word, candidates) {
	const found = closest(word, candidates);
	return found === void 0 ? void 0 : `did you mean ${found}?`;
}

// src/inputs.ts
function defineAction(spec) {
	return spec;
}
function readInputs(action, source, helpers) {
	for (const [old, current] of Object.entries(action.renamed ?? {})) if (source.input(old) !== void 0) throw new UserError({
		what: `the input ${old} was renamed`,
		where: `input ${old}`,
		expected: `the input ${current}`
	});
	const values = {};
	const table = Object.entries(action.inputs);
	for (const [name, spec] of table) if (spec.type === "secret") values[name] = readSecretInput(name, spec, source, helpers.readSecret);
	for (const [name, spec] of table) {
		if (spec.type === "secret") continue;
		const given = source.input(name);
		if (given === void 0 && "required" in spec && spec.required) throw new UserError({
			what: "a required input is missing",
			where: `input ${name}`,
			expected: spec.example ? `a value such as ${spec.example}` : oneSentence(spec.description)
		});
		const fallback = "default" in spec ? spec.default : void 0;
		const value = given === void 0 ? defaultValue(name, spec, fallback) : parseInput(name, spec, given);
		values[name] = spec.type === "path" && typeof value === "string" ? helpers.resolvePath(value) : value;
	}
	return values;
}
function defaultValue(name, spec, fallback) {
	if (spec.type === "list") return fallback ?? [];
	if ((spec.type === "duration" || spec.type === "size") && typeof fallback === "string") return parseInput(name, spec, fallback);
	return fallback;
}
function readSecretInput(name, spec, source, readSecret) {
	const direct = source.input(name);
	const variable = source.input(`${name}-variable`);
	const file = source.input(`${name}-file`);
	if ([
		direct,
		variable,
		file
	].filter((way) => way !== void 0).length > 1) throw new UserError({
		what: "the secret is given in more than one way",
		where: `input ${name}`,
		expected: `one of ${name}, ${name}-variable and ${name}-file`
	});
	const value = direct ?? (variable === void 0 ? void 0 : readSecret("variable", variable)) ?? (file === void 0 ? void 0 : readSecret("file", file));
	if (value === void 0 || value === "") {
		if ("required" in spec && spec.required) throw new UserError({
			what: "a required secret is missing",
			where: `input ${name}`,
			expected: `the secret itself on GitHub, elsewhere ${name}-variable (name of an environment variable) or ${name}-file`
		});
		return;
	}
	source.mask(value);
	return new Secret(value);
}
function parseInput(name, spec, text) {
	const wrong = (expected, remedy) => new UserError({
		what: "a value that cannot be read",
		where: `input ${name}`,
		found: quote(text),
		expected,
		...remedy === void 0 ? {} : { remedy }
	});
	switch (spec.type) {
		case "path":
			if (text.includes("\0")) throw wrong("a path");
			return text;
		case "secret": return new Secret(text);
		case "string":
			if (spec.pattern && !matchesWhole(spec.pattern, text)) throw wrong(spec.expected ?? `text matching ${spec.pattern.source}`);
			return text;
		case "boolean":
			if (/^(true|True|TRUE)$/.test(text)) return true;
			if (/^(false|False|FALSE)$/.test(text)) return false;
			throw wrong("true or false");
		case "integer": {
			const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
			const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = spec;
			if (!(value >= min && value <= max)) throw wrong(`a whole number${boundsText(spec.min, spec.max)}`);
			return value;
		}
		case "duration": {
			const value = parseDuration(text);
			if (value === void 0) throw wrong("a duration such as 90s, 15m, 2h or 1h30m");
			return value;
		}
		case "size": {
			const value = parseSize(text);
			if (value === void 0) throw wrong("a size such as 512M, 4G or 0");
			return value;
		}
		case "choice":
			if (!spec.options.includes(text)) throw wrong(spec.options.join(", "), didYouMean(text, spec.options));
			return text;
		case "list": return parseList(text, spec.separator);
	}
}
function matchesWhole(pattern, text) {
	return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[mgy]/g, "")).test(text);
}
function boundsText(min, max) {
	if (min !== void 0 && max !== void 0) return ` from ${min} to ${max}`;
	if (min !== void 0) return `, ${min} or more`;
	return max === void 0 ? "" : `, ${max} or less`;
}
function parseDuration(text) {
	if (/^\d{1,9}$/.test(text)) return Number(text);
	const match = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/.exec(text);
	if (!match || text === "") return void 0;
	const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
	return (days ?? 0) * 86400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
}
function parseSize(text) {
	const match = /^(\d{1,12})([KMGT])?(?:i?B)?$/.exec(text);
	if (!match) return void 0;
	return Number(match[1]) * 1024 ** " KMGT".indexOf(match[2] ?? " ");
}
function parseList(text, separator = "comma") {
	const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
	const [only] = lines;
	if (separator === "comma" && lines.length === 1 && only !== void 0) return only.split(",").map((part) => part.trim()).filter((part) => part !== "");
	return lines;
}
function oneSentence(description) {
	return description.split(". ")[0] ?? description;
}

// src/config/assets.ts
let root;
function assetPath(...parts) {
	root ??= findRoot(import.meta.dirname);
	return path.join(root, ...parts);
}
function findRoot(from) {
	for (let folder = from;; folder = path.dirname(folder)) {
		const file = path.join(folder, "package.json");
		if (existsSync(file)) {
			const json = JSON.parse(readFileSync(file, "utf8"));
			if (typeof json === "object" && json !== null && "name" in json && json.name === "pkg-actions") return folder;
		}
		if (path.dirname(folder) === folder) throw new Error(`no package.json of pkg-actions above ${from}`);
	}
}

// src/version.ts
const VERSION = readVersion();
function readVersion() {
	const { version } = JSON.parse(readFileSync(assetPath("package.json"), "utf8"));
	return version;
}

// src/main.ts
const EXIT = {
	success: 0,
	failure: 1,
	bug: 2,
	cancelled: 130
};
const SYSTEM_ERRORS = {
	ENOSPC: "no space left on the device",
	EDQUOT: "the disk quota is used up",
	EACCES: "permission denied",
	EPERM: "operation not permitted",
	EROFS: "the file system is read-only",
	EMFILE: "too many open files",
	ENFILE: "too many open files in the system",
	EIO: "input/output error of the device"
};
async function runAction(action, run, host) {
	try {
		const inputs = readInputs(action, host, {
			resolvePath: (given) => path.resolve(host.workspace, given),
			readSecret: (kind, value) => readSecret(kind, value, host.workspace)
		});
		const outputs = await inWorkspace(action, inputs, host, () => run(inputs, host));
		for (const name of Object.keys(action.outputs)) {
			const value = outputs[name];
			if (value !== void 0) host.output(name, value);
		}
		return EXIT.success;
	} catch (error) {
		return await explain(error, host);
	}
}
async function inWorkspace({ writes = [], cleansUp }, inputs, host, body) {
	const places = writes.flatMap((name) => typeof inputs[name] === "string" ? [[name, inputs[name]]] : []);
	if (cleansUp) host.keepForPost({
		state: inputs["state"],
		writes: places.map(([, place]) => place)
	});
	if (places.length === 0) return await body();
	const { refuseLinkOut } = await import("./lazy-shared-output-folder.js");
	for (const [name, place] of places) await refuseLinkOut(host.workspace, place, `input ${name}`);
	try {
		return await body();
	} finally {
		const { giveBackWritten } = await import("./lazy-shared-ownership.js");
		await giveBackWritten(host, places.map(([, place]) => place));
	}
}
async function runMain(action, run) {
	const host = await detectHost();
	return await runProcess(host, () => runAction(action, run, host));
}
async function runProcess(host, body) {
	try {
		http.setGlobalProxyFromEnv?.();
	} catch (error) {
		host.warning(`the proxy that the environment names (http_proxy, https_proxy) cannot be used: ${messageOf(error)}`);
	}
	const bug = (error) => {
		explain(error, host).then(() => host.close()).finally(() => process.exit(EXIT.bug));
	};
	process.once("uncaughtException", bug);
	process.once("unhandledRejection", bug);
	process.once("beforeExit", () => bug(/* @__PURE__ */ new Error("the action stopped without a result")));
	const code = await body();
	await host.close();
	return process.exit(code);
}
async function explain(error, host) {
	if (error instanceof CancelledError || host.signal.aborted) {
		host.error("cancelled");
		return EXIT.cancelled;
	}
	if (error instanceof AggregateError && error.errors.length > 0) {
		let code = EXIT.success;
		for (const each of error.errors) code = Math.max(code, await explain(each, host));
		return code;
	}
	if (error instanceof SuppressedError) return Math.max(await explain(error.suppressed, host), await explain(error.error, host));
	if (error instanceof UserError) {
		host.error(error.message);
		return EXIT.failure;
	}
	if (error instanceof CommandError) {
		host.error(oneLine(error.message));
		await host.group("The command that failed, and its last lines", async () => {
			host.info(error.command);
			for (const line of error.lastLines()) host.info(line);
		});
		return EXIT.failure;
	}
	const system = systemError(error);
	if (system !== void 0) {
		host.error(system);
		return EXIT.failure;
	}
	host.error(`a bug in pkg-actions ${VERSION}: ${oneLine(messageOf(error))}`);
	await host.group("Stack: please report it with this and with what you ran", async () => {
		host.info(`pkg-actions ${VERSION}, Node ${process.version}, ${process.platform} ${process.arch}`);
		for (const line of stackOf(error).split("\n")) host.info(line);
	});
	return EXIT.bug;
}
function systemError(error) {
	if (!(error instanceof Error)) return void 0;
	const { code, path: file } = error;
	const text = code === void 0 ? void 0 : SYSTEM_ERRORS[code];
	return text === void 0 ? void 0 : oneLine(`${file === void 0 ? "" : `${file}: `}${text} (${code})`);
}
function stackOf(error) {
	if (!(error instanceof Error)) return String(error);
	const cause = error.cause === void 0 ? "" : `\ncaused by: ${stackOf(error.cause)}`;
	return `${error.stack ?? error.message}${cause}`;
}

// src/format.ts
function formatDuration(seconds) {
	if (seconds < 9.95 && !Number.isInteger(seconds)) return `${seconds.toFixed(1)} s`;
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
	return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}
function formatBytes(bytes) {
	const units = [
		"B",
		"KiB",
		"MiB",
		"GiB",
		"TiB"
	];
	let value = bytes;
	let unit = 0;
	while (value >= 1024 && unit < units.length - 1) {
		value /= 1024;
		unit += 1;
	}
	return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
function formatCount(count, one, many = `${one}s`) {
	return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

// src/tool-packages.ts
const PACKAGES = {
	"apt-get": {
		debian: "apt",
		fedora: "apt"
	},
	"apt-ftparchive": {
		debian: "apt-utils",
		fedora: "apt-utils"
	},
	cat: {
		debian: "coreutils",
		fedora: "coreutils"
	},
	chroot: {
		debian: "coreutils",
		fedora: "coreutils"
	},
	cp: {
		debian: "coreutils",
		fedora: "coreutils"
	},
	createrepo_c: { debian: "createrepo-c" },
	"dpkg-buildpackage": {
		debian: "dpkg-dev",
		fedora: "dpkg-dev"
	},
	"dpkg-deb": {
		debian: "dpkg",
		fedora: "dpkg"
	},
	"dpkg-parsechangelog": {
		debian: "dpkg-dev",
		fedora: "dpkg-dev"
	},
	"dpkg-source": {
		debian: "dpkg-dev",
		fedora: "dpkg-dev"
	},
	cron: { fedora: "cronie" },
	docker: {
		debian: "docker.io",
		fedora: "moby-engine"
	},
	du: {
		debian: "coreutils",
		fedora: "coreutils"
	},
	fallocate: {
		debian: "util-linux",
		fedora: "util-linux"
	},
	find: {
		debian: "findutils",
		fedora: "findutils"
	},
	flock: {
		debian: "util-linux",
		fedora: "util-linux"
	},
	gpg: { fedora: "gnupg2" },
	"gpg-agent": { fedora: "gnupg2" },
	gpgconf: { fedora: "gnupg2" },
	gpgv: { fedora: "gnupg2" },
	ip: {
		debian: "iproute2",
		fedora: "iproute"
	},
	modifyrepo_c: {
		debian: "createrepo-c",
		fedora: "createrepo_c"
	},
	mount: { fedora: "util-linux" },
	nsenter: {
		debian: "util-linux",
		fedora: "util-linux"
	},
	perl: { fedora: "perl-interpreter" },
	prlimit: {
		debian: "util-linux",
		fedora: "util-linux"
	},
	rm: {
		debian: "coreutils",
		fedora: "coreutils"
	},
	rpmbuild: {
		debian: "rpm",
		fedora: "rpm-build"
	},
	rpmkeys: {
		debian: "rpm",
		fedora: "rpm"
	},
	rpmspec: {
		debian: "rpm",
		fedora: "rpm-build"
	},
	setpriv: {
		debian: "util-linux",
		fedora: "util-linux"
	},
	sh: {
		debian: "dash",
		fedora: "bash"
	},
	ssh: {
		debian: "openssh-client",
		fedora: "openssh-clients"
	},
	"ssh-add": {
		debian: "openssh-client",
		fedora: "openssh-clients"
	},
	"ssh-agent": {
		debian: "openssh-client",
		fedora: "openssh-clients"
	},
	tail: {
		debian: "coreutils",
		fedora: "coreutils"
	},
	unshare: {
		debian: "util-linux",
		fedora: "util-linux"
	},
	xz: { debian: "xz-utils" }
};
const COMMANDS = {
	debian: "apt-get install",
	fedora: "dnf install"
};
function installCommand(tool, release = osRelease()) {
	const command = (family) => `${COMMANDS[family]} ${packageOf(tool, family)}`;
	const family = familyOf(release);
	return family === void 0 ? `${command("debian")} on Debian, ${command("fedora")} on Fedora` : command(family);
}
function packageOf(tool, family) {
	return PACKAGES[tool]?.[family] ?? tool;
}
function familyOf(release) {
	const field = (name) => new RegExp(`^${name}=(["']?)([^"'\n]*)\\1$`, "m").exec(release)?.[2] ?? "";
	for (const id of `${field("ID")} ${field("ID_LIKE")}`.split(/\s+/)) {
		if (id === "debian" || id === "ubuntu") return "debian";
		if ([
			"fedora",
			"rhel",
			"centos"
		].includes(id)) return "fedora";
	}
}
function osRelease() {
	for (const file of ["/etc/os-release", "/usr/lib/os-release"]) try {
		return readFileSync(file, "utf8");
	} catch {}
	return "";
}

// src/process.ts
const LONGEST_TIMER = 2 ** 31 - 1;
const DEFAULT_CAPTURE_BYTES = 1048576;
const DEFAULT_GRACE_SECONDS = 5;
const O_CLOEXEC = 524288;
const STDERR_BYTES = 65536;
const MAX_LINE_CHARACTERS = 65536;
const PASSED_VARIABLES = [
	"PATH",
	"HOME",
	"TMPDIR",
	"USER",
	"LOGNAME",
	"http_proxy",
	"https_proxy",
	"no_proxy",
	"HTTP_PROXY",
	"HTTPS_PROXY",
	"NO_PROXY",
	"SSL_CERT_FILE",
	"SSL_CERT_DIR"
];
function baseEnvironment() {
	const env = {
		LANG: "C.UTF-8",
		LC_ALL: "C.UTF-8"
	};
	for (const name of PASSED_VARIABLES) {
		const value = process.env[name];
		if (value !== void 0) env[name] = value;
	}
	const folders = new Set((env["PATH"] ?? "").split(":").filter((folder) => folder !== ""));
	for (const folder of [
		"/usr/local/sbin",
		"/usr/local/bin",
		"/usr/sbin",
		"/usr/bin",
		"/sbin",
		"/bin"
	]) folders.add(folder);
	env["PATH"] = [...folders].join(":");
	return env;
}
function which(tool) {
	return (tool.includes("/") ? [path.resolve(tool)] : (baseEnvironment()["PATH"] ?? "").split(":").map((folder) => path.join(folder, tool))).find((candidate) => {
		try {
			accessSync(candidate, constants.X_OK);
			return statSync(candidate).isFile();
		} catch {
			return false;
		}
	});
}
function start(argv, options = {}) {
	const [tool, ...args] = argv;
	const file = which(tool);
	if (file === void 0) throw new MissingToolError(tool, installCommand(tool));
	const env = baseEnvironment();
	for (const [name, value] of Object.entries(options.env ?? {})) if (value === void 0) delete env[name];
	else env[name] = value;
	const setpriv = which("setpriv");
	const [command, commandArgs] = setpriv ? [setpriv, [
		"--pdeathsig",
		"KILL",
		"--",
		file,
		...args
	]] : [file, args];
	return spawn(command, commandArgs, {
		cwd: options.cwd,
		env,
		detached: true,
		stdio: [
			"pipe",
			"pipe",
			"pipe",
			...coveredDescriptors()
		]
	});
}
let covered;
function coveredDescriptors() {
	if (covered !== void 0) return covered;
	const inherited = inheritedDescriptors();
	const none = inherited.length === 0 ? -1 : openSync("/dev/null", constants.O_RDONLY);
	covered = Array.from({ length: Math.max(2, ...inherited) - 2 }, (_, index) => inherited.includes(index + 3) ? none : "ignore");
	return covered;
}
function inheritedDescriptors() {
	const isInherited = (name) => {
		try {
			const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, "utf8"))?.[1] ?? "0";
			return (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
		} catch {
			return false;
		}
	};
	try {
		return readdirSync("/proc/self/fdinfo").filter((name) => Number(name) > 2 && isInherited(name)).map(Number);
	} catch {
		return [];
	}
}
async function run(argv, options = {}) {
	const shown = options.display ?? argv;
	const started = performance.now();
	options.signal?.throwIfAborted();
	const child = start(argv, options);
	let end;
	let killTimer;
	const send = (signal) => {
		options.onSignal?.(signal);
		signalGroup(child, signal);
	};
	const stop = (reason) => {
		if (end !== void 0) return;
		end = reason;
		send("SIGTERM");
		killTimer = setTimeout(() => send("SIGKILL"), (options.graceSeconds ?? DEFAULT_GRACE_SECONDS) * 1e3);
	};
	const limit = options.timeoutSeconds === void 0 ? void 0 : setTimeout(() => stop("timeout"), Math.min(options.timeoutSeconds * 1e3, LONGEST_TIMER));
	const onAbort = () => stop("cancelled");
	options.signal?.addEventListener("abort", onAbort, { once: true });
	const cap = options.captureBytes ?? DEFAULT_CAPTURE_BYTES;
	const stdout = collect(child.stdout, cap, (line) => options.onLine?.(line, "stdout"), options.returnEndsLine ? /\r\n?|\n/ : "\n");
	const stderr = collect(child.stderr, cap, (line) => options.onLine?.(line, "stderr"));
	child.stdin.on("error", () => {});
	child.stdin.end(options.input ?? "");
	try {
		const [code, signal] = await new Promise((resolve, reject) => {
			child.once("error", reject);
			child.once("exit", () => {
				setTimeout(() => {
					child.stdout.destroy();
					child.stderr.destroy();
				}, 2e3).unref();
			});
			child.once("close", (...ended) => resolve(ended));
		});
		const result = {
			exitCode: code ?? -1,
			stdout: stdout(),
			stderr: stderr(),
			durationSeconds: (performance.now() - started) / 1e3
		};
		const ok = options.okExitCodes ?? [0];
		const accepted = code !== null && (ok === "any" || ok.includes(code));
		if (end === void 0 && accepted) return result;
		throw new CommandError({
			argv: shown,
			end: end ?? (code === null ? "signal" : "exit"),
			exitCode: code ?? void 0,
			signal: signal ?? void 0,
			stdout: result.stdout,
			stderr: result.stderr,
			...options.timeoutSeconds === void 0 ? {} : { timeoutSeconds: options.timeoutSeconds }
		});
	} finally {
		clearTimeout(limit);
		clearTimeout(killTimer);
		options.signal?.removeEventListener("abort", onAbort);
		if (end !== void 0) send("SIGKILL");
	}
}
async function runBytes(argv, options = {}) {
	const { signal: cancelled, onBytes } = options;
	cancelled?.throwIfAborted();
	const child = start(argv, options);
	const stop = () => signalGroup(child, "SIGKILL");
	cancelled?.addEventListener("abort", stop, { once: true });
	const ended = new Promise((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (...end) => resolve(end));
	});
	ended.catch(() => {});
	const stderr = collect(child.stderr, STDERR_BYTES, () => {});
	child.stdin.on("error", () => {});
	const feeding = feed(child.stdin, options.input ?? "").catch((error) => {
		stop();
		return { error };
	});
	const pieces = [];
	try {
		for await (const piece of child.stdout) if (onBytes === void 0) pieces.push(piece);
		else onBytes(piece);
		const [code, signal] = await ended;
		const failure = await feeding;
		if (failure !== void 0 && !cancelled?.aborted) throw failure.error;
		if (code === 0) return Buffer.concat(pieces);
		throw new CommandError({
			argv: options.display ?? argv,
			end: cancelled?.aborted ? "cancelled" : code === null ? "signal" : "exit",
			exitCode: code ?? void 0,
			signal: signal ?? void 0,
			stdout: "",
			stderr: stderr()
		});
	} finally {
		cancelled?.removeEventListener("abort", stop);
		if (child.exitCode === null && child.signalCode === null) stop();
	}
}
async function feed(stdin, input) {
	if (typeof input === "string" || input instanceof Uint8Array) {
		stdin.end(input);
		return;
	}
	const closed = new Promise((resolve) => stdin.once("close", resolve));
	for await (const piece of input) {
		if (stdin.destroyed) return;
		const written = new Promise((resolve) => stdin.write(piece, () => resolve()));
		await Promise.race([written, closed]);
	}
	stdin.end();
}
function signalGroup(child, signal) {
	if (child.pid === void 0) return;
	try {
		process.kill(-child.pid, signal);
	} catch (error) {
		if (error.code !== "ESRCH") throw error;
	}
}
function collect(stream, cap, onLine, lineEnd = "\n") {
	const half = Math.max(1, Math.floor(cap / 2));
	let head = "";
	let tail = "";
	let dropped = 0;
	let rest = "";
	const decoder = new StringDecoder("utf8");
	const take = (text) => {
		const room = Math.max(0, half - head.length);
		head += text.slice(0, room);
		tail += text.slice(room);
		if (tail.length > half * 2) {
			dropped += tail.length - half;
			tail = tail.slice(-half);
		}
		const lines = (rest + text).split(lineEnd);
		rest = lines.pop() ?? "";
		for (const line of lines) onLine(line);
		if (rest.length > MAX_LINE_CHARACTERS) {
			onLine(rest);
			rest = "";
		}
	};
	stream.on("data", (chunk) => take(decoder.write(chunk)));
	stream.on("end", () => {
		take(decoder.end());
		if (rest !== "") onLine(rest);
	});
	stream.on("error", () => {});
	return () => {
		if (tail.length > half) {
			dropped += tail.length - half;
			tail = tail.slice(-half);
		}
		return dropped === 0 ? head + tail : `${head}\n[… ${dropped} characters left out …]\n${tail}`;
	};
}

// src/host/text.ts
const ESCAPE_SEQUENCES = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-OQ-WYZ\\`-~]/g;
const UNPRINTABLE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
function printableLines(text) {
	return text.split("\n").map(printableLine);
}
function printableLine(line) {
	return (line.replace(ESCAPE_SEQUENCES, "").split("\r").findLast((state) => state !== "") ?? "").replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
function safeName(text) {
	return text.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+|-+$/g, "").slice(0, 100) || "unnamed";
}

// src/host/toolkit.ts
function dropToolkitDebug(stream = process.stdout) {
	const before = stream.write;
	const filtered = ((chunk, ...rest) => {
		if (typeof chunk === "string" && chunk.startsWith("::debug::")) return true;
		return before.call(stream, chunk, ...rest);
	});
	stream.write = filtered;
	return () => {
		if (stream.write === filtered) stream.write = before;
	};
}
const listeners = new AsyncLocalStorage();
let listening = 0;
let stopListening = () => {};
async function hearToolkit(hear, work) {
	if (listening === 0) stopListening = listen(process.stdout);
	listening += 1;
	try {
		return await listeners.run(hear, work);
	} finally {
		listening -= 1;
		if (listening === 0) stopListening();
	}
}
function listen(stream) {
	const before = stream.write;
	const filtered = ((chunk, ...rest) => {
		const hear = listeners.getStore();
		if (hear === void 0 || typeof chunk !== "string" || chunk.startsWith("::")) return before.call(stream, chunk, ...rest);
		listeners.exit(() => hear(chunk.trim()));
		return true;
	});
	stream.write = filtered;
	return () => {
		if (stream.write === filtered) stream.write = before;
	};
}

// src/host/environment.ts
function inputVariable(name) {
	return `PKG_ACTIONS_${name.toUpperCase().replaceAll("-", "_")}`;
}
function environmentInput(name, env) {
	return env[inputVariable(name)];
}

// src/host/cancel.ts
var Cancellation = class {
	#controller = new AbortController();
	#onFirst;
	#interrupts = 0;
	constructor(onFirst) {
		this.#onFirst = onFirst;
		for (const name of SIGNALS) process.on(name, this.#onSignal);
	}
	get signal() {
		return this.#controller.signal;
	}
	close() {
		for (const name of SIGNALS) process.off(name, this.#onSignal);
	}
	#onSignal = (name) => {
		if (name === "SIGINT") this.#interrupts += 1;
		if (this.#interrupts > 1) process.exit(130);
		if (this.#controller.signal.aborted) return;
		this.#onFirst(name);
		this.#controller.abort(new CancelledError());
	};
};
const SIGNALS = [
	"SIGINT",
	"SIGTERM",
	"SIGHUP"
];

// src/host/groups.ts
var Groups = class {
	#context = new AsyncLocalStorage();
	#sink;
	#live;
	#waiting = [];
	constructor(sink) {
		this.#sink = sink;
	}
	get current() {
		return this.#context.getStore();
	}
	get depth() {
		const group = this.#context.getStore();
		return group === void 0 ? 0 : group.depth + 1;
	}
	say(print) {
		const root = this.#context.getStore()?.root;
		if (root === void 0 || root.live) print();
		else root.held.push(print);
	}
	async run(title, body) {
		const parent = this.#context.getStore();
		const root = parent?.root ?? this.#newRoot();
		const group = {
			title,
			depth: this.depth,
			startedAt: Date.now(),
			parent,
			root
		};
		return await this.#context.run(group, async () => {
			this.say(() => this.#sink.open(group));
			let failed = true;
			try {
				const result = await body();
				failed = false;
				return result;
			} finally {
				const seconds = (Date.now() - group.startedAt) / 1e3;
				this.say(() => this.#sink.close(group, seconds, failed));
				if (parent === void 0) this.#end(root);
			}
		});
	}
	flush() {
		for (const root of this.#waiting) release(root);
		this.#waiting = [];
	}
	#newRoot() {
		const root = {
			held: [],
			ended: false,
			live: this.#live === void 0
		};
		if (root.live) this.#live = root;
		else this.#waiting.push(root);
		return root;
	}
	#end(root) {
		root.ended = true;
		if (root !== this.#live) return;
		this.#live = void 0;
		for (const ended of this.#waiting.filter((each) => each.ended)) release(ended);
		this.#waiting = this.#waiting.filter((each) => !each.ended);
		const next = this.#waiting.shift();
		if (next !== void 0) {
			this.#live = next;
			release(next);
		}
	}
};
function release(root) {
	root.live = true;
	for (const print of root.held.splice(0)) print();
}

// src/host/masks.ts
const MIN_LENGTH = 4;
function maskForms(value) {
	const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== "" && !/^-----(BEGIN|END) [A-Z0-9 ]+-----$/.test(line));
	const forms = /* @__PURE__ */ new Set([
		...lines,
		value.trim(),
		...base64Forms(value),
		...base64Forms(value.trim())
	]);
	for (const line of lines) {
		for (const form of base64Forms(line)) forms.add(form);
		forms.add(encodeURIComponent(line));
		forms.add(JSON.stringify(line).slice(1, -1));
	}
	return [...forms].filter((form) => form.length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
}
function base64Forms(value) {
	const bytes = Buffer.from(value);
	if (bytes.length < MIN_LENGTH) return [];
	if (bytes.length < 6) return [bytes.toString("base64")];
	const inner = [
		0,
		1,
		2
	].map((offset) => {
		const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64").replace(/=+$/, "");
		const end = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
		return text.slice(offset === 0 ? 0 : offset + 1, end);
	});
	return [bytes.toString("base64"), ...inner];
}
var Masker = class {
	#forms = /* @__PURE__ */ new Set();
	#pattern;
	add(value) {
		const added = maskForms(value).filter((form) => !this.#forms.has(form));
		if (added.length > 0) {
			for (const form of added) this.#forms.add(form);
			const all = [...this.#forms].sort((a, b) => b.length - a.length);
			this.#pattern = new RegExp(all.map((form) => form.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"), "g");
		}
		return added;
	}
	apply(text) {
		return this.#pattern === void 0 ? text : text.replace(this.#pattern, "***");
	}
};

// src/host/progress.ts
const PLAIN_INTERVAL_MS = 1e4;
const HEARTBEAT_MS = 6e4;
var PlainProgress = class {
	#states = /* @__PURE__ */ new Map();
	#print;
	constructor(print) {
		this.#print = print;
	}
	update(message, group) {
		if (message === "") {
			this.#end(group);
			return;
		}
		const now = Date.now();
		let state = this.#states.get(group);
		if (state === void 0) {
			const timer = setInterval(() => this.#beat(group), PLAIN_INTERVAL_MS).unref();
			state = {
				message,
				since: now,
				printedAt: Number.NEGATIVE_INFINITY,
				printed: "",
				timer
			};
			this.#states.set(group, state);
		}
		if (state.message !== message) {
			state.message = message;
			state.since = now;
		}
		if (now - state.printedAt >= PLAIN_INTERVAL_MS) this.#say(state, message);
	}
	groupEnded(group) {
		this.#end(group);
	}
	close() {
		for (const group of [...this.#states.keys()]) this.#end(group);
	}
	#beat(group) {
		const state = this.#states.get(group);
		if (state === void 0) return;
		const now = Date.now();
		if (state.message !== state.printed) this.#say(state, state.message);
		else if (now - state.printedAt >= HEARTBEAT_MS) this.#say(state, `${state.message} (for ${formatDuration((now - state.since) / 1e3)})`);
	}
	#say(state, line) {
		if (line === state.printed) return;
		state.printed = state.message;
		state.printedAt = Date.now();
		this.#print(line);
	}
	#end(group) {
		clearInterval(this.#states.get(group)?.timer);
		this.#states.delete(group);
	}
};
const REDRAW_MS = 1e3;
const CLEAR_LINE = "\r\x1B[2K";
var LiveProgress = class {
	#states = /* @__PURE__ */ new Map();
	#terminal;
	#style;
	#timer;
	#drawn = false;
	constructor(terminal, style) {
		this.#terminal = terminal;
		this.#style = style;
	}
	print(text) {
		this.#clear();
		this.#terminal.write(text);
		this.#draw();
	}
	update(message, group) {
		const before = this.#states.get(group);
		if (message === "") this.#states.delete(group);
		else this.#states.set(group, {
			message,
			since: before?.since ?? Date.now()
		});
		this.#refresh();
	}
	groupEnded(group) {
		if (this.#states.delete(group)) this.#refresh();
	}
	close() {
		this.#states.clear();
		this.#refresh();
	}
	#refresh() {
		if (this.#states.size === 0) {
			clearInterval(this.#timer);
			this.#timer = void 0;
		} else this.#timer ??= setInterval(() => this.#refresh(), REDRAW_MS).unref();
		this.#clear();
		this.#draw();
	}
	#clear() {
		if (this.#drawn) this.#terminal.write(CLEAR_LINE);
		this.#drawn = false;
	}
	#draw() {
		if (this.#states.size === 0) return;
		const now = Date.now();
		const parts = [...this.#states].map(([group, { message, since }]) => {
			const title = this.#states.size > 1 ? outermost(group) : void 0;
			return `${title === void 0 ? "" : `${title}: `}${message} (${formatDuration(Math.floor((now - since) / 1e3))})`;
		});
		const width = Math.max(20, (this.#terminal.columns ?? 80) - 1);
		const text = `… ${parts.join(" · ")}`;
		this.#terminal.write(this.#style(text.length > width ? `${text.slice(0, width - 1)}…` : text));
		this.#drawn = true;
	}
};
function outermost(group) {
	let at = group;
	while (at?.parent !== void 0) at = at.parent;
	return at?.title;
}

// src/host/base.ts
var BaseHost = class {
	workspace;
	outputs = {};
	env;
	masker = new Masker();
	#groups;
	#cancellation;
	#inputs;
	#progress;
	constructor(workspace, options) {
		this.workspace = workspace;
		this.env = options.env ?? process.env;
		this.#inputs = options.inputs;
		const sink = {
			open: (group) => this.printGroupStart(group),
			close: (group, seconds, failed) => {
				this.#progress?.groupEnded(group);
				this.printGroupEnd(group, seconds, failed);
			}
		};
		this.#groups = new Groups(sink);
		this.#cancellation = new Cancellation((signal) => {
			this.warning(`${signal}: cancelling, cleaning up. Ctrl-C again stops at once`);
		});
	}
	get signal() {
		return this.#cancellation.signal;
	}
	input(name) {
		const value = this.#inputs?.(name) ?? this.platformInput(name);
		return value === void 0 || value === "" ? void 0 : value;
	}
	mask(value) {
		this.masker.add(value);
	}
	debug(message) {
		this.#say(message, (line, depth) => this.printDebug(line, depth));
	}
	info(message) {
		this.#say(message, (line, depth) => this.printLine(line, depth));
	}
	tool(line) {
		this.info(line);
	}
	notice(message, location) {
		this.#annotate("notice", message, location);
	}
	warning(message, location) {
		this.#annotate("warning", message, location);
	}
	error(message, location) {
		this.#annotate("error", message, location);
	}
	progress(message) {
		this.#progress ??= this.makeProgress();
		this.#progress.update(this.#clean(message).join(" "), this.#groups.current);
	}
	async group(title, body) {
		return await this.#groups.run(this.#clean(title).join(" "), body);
	}
	output(name, value) {
		this.outputs[name] = value;
		this.writeOutput(name, value);
	}
	async summary(markdown) {
		const text = markdown.endsWith("\n") ? markdown : `${markdown}\n`;
		await this.writeSummary(this.#clean(text).join("\n"));
	}
	keepForPost(_value) {}
	keptForPost() {}
	async close() {
		this.#progress?.close();
		this.#groups.flush();
		this.#cancellation.close();
	}
	makeProgress() {
		return new PlainProgress((line) => this.info(line));
	}
	cleanLocation(location) {
		if (location === void 0) return void 0;
		const clean = (text) => this.masker.apply(printableLine(text));
		return {
			...location,
			...location.file === void 0 ? {} : { file: clean(location.file) },
			...location.title === void 0 ? {} : { title: clean(location.title) }
		};
	}
	#clean(text) {
		return this.masker.apply(printableLines(text).join("\n")).split("\n");
	}
	#say(message, print) {
		const depth = this.#groups.depth;
		const lines = this.#clean(message);
		this.#groups.say(() => {
			for (const line of lines) print(line, depth);
		});
	}
	#annotate(level, message, location) {
		const depth = this.#groups.depth;
		const text = this.#clean(message).join("\n");
		const where = this.cleanLocation(location);
		this.#groups.say(() => this.printAnnotation(level, text, where, depth));
	}
};
function annotationText(message, location) {
	const { file, line, column, title } = location ?? {};
	return `${file === void 0 ? "" : `${[
		file,
		line,
		column
	].filter((part) => part !== void 0).join(":")}: `}${title === void 0 ? "" : `${title}: `}${message}`;
}

// src/host/markdown.ts
function renderMarkdown(markdown, options) {
	const style = styles(options.colours);
	const lines = markdown.split("\n");
	const rendered = [];
	for (let index = 0; index < lines.length; index += 1) {
		const line = lines[index] ?? "";
		const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
		if (fence !== void 0) for (index += 1; index < lines.length && !(lines[index] ?? "").trim().startsWith(fence); index += 1) rendered.push(`    ${lines[index]}`);
		else if (line.startsWith("|")) {
			const rows = [];
			for (; (lines[index] ?? "").startsWith("|"); index += 1) rows.push(cells(lines[index] ?? "", style));
			index -= 1;
			rendered.push(...renderTable(rows, style));
		} else rendered.push(...renderLine(line, style, options.width));
	}
	return squeeze(rendered);
}
function styles(colours) {
	return {
		bold: (text) => colours ? `\u001b[1m${text}\u001b[22m` : text,
		dim: (text) => colours ? `\u001b[2m${text}\u001b[22m` : text
	};
}
function renderLine(line, style, width) {
	const heading = /^(#{1,6})\s+(.*)$/.exec(line);
	if (heading?.[2] !== void 0) return [
		"",
		style.bold(inline(heading[2], style)),
		""
	];
	if (/^\s*<\/?(details|br)\s*\/?>\s*$/.test(line)) return [];
	const summary = /^\s*(?:<details>)?\s*<summary>(.*)<\/summary>\s*$/.exec(line);
	if (summary?.[1] !== void 0) return [style.bold(inline(summary[1], style))];
	if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return [""];
	const item = /^(\s*(?:[-*+]|\d+\.)\s+)(.*)$/.exec(line);
	if (item?.[1] !== void 0 && item[2] !== void 0) return wrap(inline(item[2], style), width - item[1].length).map((part, index) => (index === 0 ? item[1] : " ".repeat(item[1]?.length ?? 0)) + part);
	return wrap(inline(line, style), width);
}
function inline(text, style) {
	return codeSpans(text).map(({ isCode, part }) => {
		if (isCode) return style.bold(part);
		return part.replace(/!?\[([^\]]*)\]\(([^)\s]*)\)/g, (_, label, url) => label === url || label === "" ? url : `${label} (${url})`).replace(/\*\*([^*]+)\*\*/g, (_, bold) => style.bold(bold)).replace(/(?<![A-Za-z0-9_*])([*_])([^*_]+)\1(?![A-Za-z0-9_*])/g, "$2").replace(/<br\s*\/?>/g, " ").replace(/<\/?[a-z]+>/g, "").replace(/&(lt|gt|amp|quot|#39|#58|#64);/g, (entity) => ENTITIES[entity] ?? entity).replace(/\\([\\`*_{}[\]()#+.!|<>~$-])/g, "$1");
	}).join("");
}
function codeSpans(text) {
	const runs = [...text.matchAll(/`+/g)];
	const parts = [];
	const single = /* @__PURE__ */ new Set();
	let from = 0;
	for (let index = 0; index < runs.length; index += 1) {
		const open = runs[index];
		const { length } = open?.[0] ?? "";
		if (open === void 0 || single.has(length) || text[open.index - 1] === "\\") continue;
		let end = index + 1;
		while (end < runs.length && runs[end]?.[0].length !== length) end += 1;
		const close = runs[end];
		if (close === void 0) {
			single.add(length);
			continue;
		}
		const inside = text.slice(open.index + length, close.index);
		const padded = inside.startsWith(" ") && inside.endsWith(" ") && inside.trim() !== "";
		parts.push({
			isCode: false,
			part: text.slice(from, open.index)
		});
		parts.push({
			isCode: true,
			part: padded ? inside.slice(1, -1) : inside
		});
		from = close.index + length;
		index = end;
	}
	parts.push({
		isCode: false,
		part: text.slice(from)
	});
	return parts;
}
const ENTITIES = {
	"&lt;": "<",
	"&gt;": ">",
	"&amp;": "&",
	"&quot;": "\"",
	"&#39;": "'",
	"&#58;": ":",
	"&#64;": "@"
};
function cells(line, style) {
	return line.replace(/^\|/, "").replace(/\|\s*$/, "").split(/(?<!\\)\|/).map((cell) => inline(cell.trim().replaceAll("\\|", "|"), style));
}
function renderTable(rows, style) {
	const isRule = (row) => row.every((cell) => /^:?-+:?$/.test(cell));
	const alignment = (rows.find(isRule) ?? []).map((cell) => cell.endsWith(":") ? "right" : "left");
	const body = rows.filter((row) => !isRule(row));
	const widths = [];
	for (const row of body) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
	return body.map((row, index) => {
		const text = row.map((cell, column) => {
			const padding = " ".repeat((widths[column] ?? 0) - visibleLength(cell));
			return alignment[column] === "right" ? padding + cell : cell + padding;
		}).join("  ").trimEnd();
		return index === 0 ? style.dim(text) : text;
	});
}
function visibleLength(text) {
	return text.replace(/\u001b\[\d+m/g, "").length;
}
function wrap(text, width) {
	const lines = [];
	let line = "";
	for (const word of text.split(" ")) if (line !== "" && visibleLength(line) + 1 + visibleLength(word) > Math.max(20, width)) {
		lines.push(line);
		line = word;
	} else line = line === "" ? word : `${line} ${word}`;
	return [...lines, line];
}
function squeeze(lines) {
	const kept = lines.filter((line, index) => line.trim() !== "" || (lines[index - 1] ?? "").trim() !== "");
	while (kept[0]?.trim() === "") kept.shift();
	while (kept.at(-1)?.trim() === "") kept.pop();
	return kept;
}

export { BaseHost, CancelledError, CommandError, EXIT, InfrastructureError, LiveProgress, MissingToolError, UserError, VERSION, annotationText, assetPath, baseEnvironment, defineAction, detectHost, didYouMean, dropToolkitDebug, environmentInput, explain, familyOf, formatBytes, formatCount, formatDuration, hearToolkit, installCommand, messageOf, oneLine, osRelease, packageOf, parseDuration, parseSize, printableLine, quote, readInputs, renderMarkdown, run, runAction, runBytes, runMain, runProcess, safeName, shellQuote, signalGroup, start, which };
