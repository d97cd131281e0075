import { CommandError, InfrastructureError, UserError, formatCount, shellQuote } from "./frame.js";
import { aptRetryOptions, pause, retryLine, waitAfter } from "./shared.js";
import { diagnoseThrown, packageManagerLines, planTransaction, watchLogs } from "./builder.js";
import { BASEDIR, ROOT_NAME, failureLine, installedPackages, localBinds, mockFailureLine, openMockSession, openSession, repositoryUris, sessionUri, writeRepositories } from "./buildroot.js";

// src/systemtest/client-check/apt-text.ts
function readSimulation(output) {
	const install = [];
	const remove = [];
	const essential = [];
	let isEssential = false;
	for (const line of output.split("\n")) {
		const added = /^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) [^)]*\[([a-z0-9-]+)\]\)/.exec(line);
		const gone = /^Remv (\S+) \[([^\]]+)\]/.exec(line);
		if (added) install.push({
			name: plainName(added[1]),
			version: added[2] ?? "",
			architecture: added[3] ?? ""
		});
		if (gone) remove.push({
			name: plainName(gone[1]),
			version: gone[2] ?? ""
		});
		if (/^WARNING: The following essential packages will be removed/.test(line)) isEssential = true;
		else if (isEssential && /^ /.test(line)) essential.push(...line.trim().split(/\s+/).filter(isName));
		else if (!/^This should NOT be done/.test(line)) isEssential = false;
	}
	return {
		install,
		remove,
		essential
	};
}
const plainName = (name = "") => name.replace(/:[a-z0-9-]+$/, "");
const isName = (word) => /^[a-z0-9][a-z0-9+.-]+$/.test(word);
const MOST_LINES$1 = 4;
function unmetReason(output) {
	const lines = output.split("\n");
	const start = lines.findIndex((line) => /have unmet dependencies:/.test(line));
	const unmet = [];
	for (const line of start === -1 ? [] : lines.slice(start + 1)) {
		if (!/^ /.test(line)) break;
		unmet.push(line.trim().replace(/\s+/g, " "));
	}
	const told = [...unmet].sort((a, b) => Number(isConsequence(a)) - Number(isConsequence(b)));
	const [first] = lines.filter((line) => line.startsWith("E: ")).map((line) => line.slice(3));
	if (told.length === 0) return first ?? (lines.filter((line) => line.trim() !== "").at(-1) ?? "").trim();
	return `${told.slice(0, MOST_LINES$1).join("; ")}${told.length > MOST_LINES$1 ? `; and ${told.length - MOST_LINES$1} more` : ""}`;
}
const isMissing = (reason) => /Depends: |was not found|has no installation candidate/.test(reason);
const isConsequence = (line) => /but it is not going to be installed/.test(line);
const OF_THE_ARCHIVE = /^(?:Filename|Size|MD5sum|SHA1|SHA256|SHA512|Status|Conffiles|APT-[A-Za-z-]+):/i;
function statusWith(status, shown, removed = []) {
	const added = stanzas(shown).map((stanza) => {
		const lines = dropFields(stanza, OF_THE_ARCHIVE).split("\n");
		return [
			lines[0],
			"Status: install ok installed",
			...lines.slice(1)
		].join("\n");
	});
	const gone = new Set(removed);
	const replaced = new Set(added.map(identity));
	return `${[...stanzas(status).filter((stanza) => !replaced.has(identity(stanza)) && !gone.has(fieldOf(stanza, "Package") ?? "")), ...added].join("\n\n")}\n`;
}
function replacedNames(shown) {
	const names = stanzas(shown).flatMap((stanza) => (fieldOf(stanza, "Replaces") ?? "").split(","));
	return new Set(names.map((each) => /^\s*([a-z0-9][a-z0-9+.-]+)/.exec(each)?.[1] ?? "").filter((name) => name !== ""));
}
function stanzas(text) {
	return text.split(/\n{2,}/).map((stanza) => stanza.replace(/^\n+|\n+$/g, "")).filter((stanza) => /^Package:/m.test(stanza));
}
const identity = (stanza) => {
	const architecture = fieldOf(stanza, "Architecture") ?? "";
	return `${fieldOf(stanza, "Package")} ${fieldOf(stanza, "Multi-Arch") === "same" ? architecture : ""}`;
};
function fieldOf(stanza, name) {
	return (new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, "im").exec(stanza)?.[1])?.replace(/\n/g, " ").trim();
}
function dropFields(stanza, names) {
	let isDropped = false;
	return stanza.split("\n").filter((line) => {
		if (!/^[ \t]/.test(line)) isDropped = names.test(line);
		return !isDropped;
	}).join("\n");
}

// src/systemtest/client-check/groups.ts
async function findGroups(items, attempt) {
	const [first] = items;
	if (first === void 0) return {
		good: [],
		bad: []
	};
	const reason = await attempt(items);
	if (reason === void 0) return {
		good: [items],
		bad: []
	};
	if (items.length === 1) return {
		good: [],
		bad: [{
			item: first,
			reason
		}]
	};
	const middle = Math.ceil(items.length / 2);
	const left = await findGroups(items.slice(0, middle), attempt);
	const right = await findGroups(items.slice(middle), attempt);
	return {
		good: [...left.good, ...right.good],
		bad: [...left.bad, ...right.bad]
	};
}

// src/systemtest/client-check/pools.ts
async function mergePools(session, folders, place) {
	const options = `ro,nosuid,nodev,noexec,lowerdir=${folders.join(":")}`;
	await session.mount([
		"mount",
		"-t",
		"overlay",
		"-o",
		options,
		"pkg-actions-pool",
		place
	]);
}

// src/systemtest/client-check/target-apt.ts
const TOP = "/run/pkg-actions/client";
const PER_CALL$1 = 500;
const BYTES_PER_CALL = 256 * 1024 ** 2;
const OUTPUT_BYTES = 64 * 1024 ** 2;
const OWN = "pkg-actions-published.list";
const OPTIONS = ["-o", "APT::Sandbox::User=root"];
const FETCH = "mkdir -p \"$1\" && cd \"$1\" && shift && \"$@\" && rm -f -- *.deb";
const COPY_SOURCES = `
mkdir -p "$1"
if [ -d /etc/apt/sources.list.d ]; then cp -RL /etc/apt/sources.list.d/. "$1/"; fi
if [ -s /etc/apt/sources.list ]; then cp /etc/apt/sources.list "$1/target.list"; fi
`;
const specOf = ({ name, version }) => `${name}=${version}`;
var TargetApt = class {
	#session;
	#request;
	#fetched = /* @__PURE__ */ new Set();
	#isFresh = false;
	constructor(session, request) {
		this.#session = session;
		this.#request = request;
	}
	get downloads() {
		return this.#fetched.size;
	}
	async fetch(packages) {
		const { logger, target } = this.#request;
		const missing = packages.filter(({ path }) => !this.#fetched.has(path));
		for (let start = 0; start < missing.length;) {
			let end = start;
			let bytes = 0;
			while (end < missing.length && end - start < 500) {
				bytes += missing[end]?.size ?? 0;
				if (end > start && bytes > BYTES_PER_CALL) break;
				end += 1;
			}
			const part = missing.slice(start, end);
			logger.progress(`client check in ${target}: fetching ${end} of ${formatCount(missing.length, "package")}`);
			try {
				await this.run("staged", [
					...[
						"sh",
						"-ec",
						FETCH,
						"sh",
						`${TOP}/downloads`
					],
					...this.#options("apt-get", "staged"),
					...[
						"-q",
						"download",
						...part.map(specOf)
					]
				]);
			} catch (error) {
				if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
				if (/No space left on device|enough free space/.test(error.failure.stderr)) throw noSpace(target, error);
				throw new UserError({
					what: "a client cannot fetch what was published",
					where: `${target} (${this.#request.architecture})`,
					found: failureLine(error) ?? error.message
				}, { cause: error });
			}
			for (const each of part) this.#fetched.add(each.path);
			start = end;
		}
	}
	async nameSources() {
		const { keys, suite, components, former, sources, pins, target, architecture } = this.#request;
		const { writeFile } = this.#session;
		await writeFile(`${TOP}/keyring.gpg`, keys.binary);
		await writeRepositories(writeFile, sources, pins, "release");
		for (const view of ["staged", "former"]) {
			if (view === "former" && former === void 0) continue;
			await this.#session.chroot([
				"sh",
				"-ec",
				COPY_SOURCES,
				"sh",
				`${TOP}/sources-${view}`
			], { privileges: "setup" });
			const line = `deb [${view === "staged" ? `signed-by=${TOP}/keyring.gpg` : "trusted=yes"}] file:${TOP}/${view} ${suite} ${components.join(" ")}\n`;
			await writeFile(`${TOP}/sources-${view}/${OWN}`, line);
			try {
				await this.#update([...[
					"-o",
					`Dir::Etc::SourceList=${TOP}/sources-${view}/${OWN}`,
					"-o",
					"Dir::Etc::SourceParts=-"
				], ...view === "former" ? ["-o", "Acquire::Check-Valid-Until=false"] : []]);
			} catch (error) {
				if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
				throw new UserError({
					what: "apt of the target does not accept the repository",
					where: `${target} (${architecture})`,
					found: failureLine(error) ?? error.message
				}, { cause: error });
			}
		}
		if (sources.length === 0) return;
		await this.#update([
			"-o",
			"Dir::Etc::SourceList=/etc/apt/sources.list.d/release.sources",
			"-o",
			"Dir::Etc::SourceParts=-"
		], true);
	}
	async refresh() {
		if (this.#isFresh) return false;
		const { logger, target, architecture } = this.#request;
		logger.progress(`client check in ${target}: reading the indexes of the target anew`);
		try {
			await this.#update(this.#view("staged"), true);
		} catch (error) {
			if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
			throw new InfrastructureError({
				what: "the archive of the target cannot be read, so what is missing there is not known",
				where: `${target} (${architecture})`,
				found: failureLine(error) ?? error.message,
				remedy: "try again later, or bring the buildroot up to date with update-buildroots"
			}, { cause: error });
		}
		this.#isFresh = true;
		return true;
	}
	async #update(options, network = false) {
		const argv = [...[
			"apt-get",
			"-q",
			...OPTIONS,
			...options,
			...aptRetryOptions(),
			...this.#proxy()
		], ...[
			"-o",
			"APT::Get::List-Cleanup=0",
			"-o",
			"APT::Update::Error-Mode=any",
			"update"
		]];
		await this.#chroot(argv, { network });
	}
	#proxy() {
		const { proxy } = this.#request;
		return proxy === void 0 ? [] : ["http", "https"].flatMap((kind) => ["-o", `Acquire::${kind}::Proxy=${proxy}`]);
	}
	#view = (view) => [...[
		"-o",
		"Dir::Etc::SourceList=/dev/null",
		"-o",
		`Dir::Etc::SourceParts=${TOP}/sources-${view}`
	], ...[
		"-o",
		`Dir::Cache::srcpkgcache=${TOP}/indexes-${view}.bin`,
		"-o",
		`Dir::Cache::pkgcache=${TOP}/${view}.bin`
	]];
	#options = (tool, view) => [
		tool,
		...OPTIONS,
		...this.#view(view)
	];
	run(view, [tool, ...args], ok) {
		const argv = tool === "sh" ? [tool, ...args] : [...this.#options(tool, view), ...args];
		return this.#chroot(argv, { ok });
	}
	#chroot(argv, { network = false, ok }) {
		const { timeoutSeconds, logger } = this.#request;
		return this.#session.chroot(argv, {
			network,
			privileges: "setup",
			captureBytes: OUTPUT_BYTES,
			timeoutSeconds,
			...ok === void 0 ? {} : { okExitCodes: ok },
			onLine: (line) => logger.debug(line)
		});
	}
};
function noSpace(target, error) {
	return new InfrastructureError({
		what: "the session in which packages are tried has no space for them",
		where: target,
		found: failureLine(error) ?? error.message
	}, { cause: error });
}

// src/systemtest/client-check/upgrades.ts
const MOST_NAMED = 5;
async function checkUpgrades(packages, { installFormer, upgrade, isKnown = () => true }) {
	const before = await findGroups(packages.filter(({ former }) => former !== void 0), installFormer);
	const refused = [];
	for (const group of before.good) {
		const reason = await upgrade(group);
		if (reason === void 0) continue;
		const { bad } = group.length === 1 ? { bad: group.map((item) => ({
			item,
			reason
		})) } : await apart(group, upgrade);
		refused.push(...bad.map(({ item, reason }) => ({
			step: "upgrade",
			packages: [item],
			reason
		})));
		if (bad.length > 0 || !isKnown()) continue;
		const named = group.filter(({ name }) => mentions(reason, name));
		refused.push({
			step: "upgrade",
			packages: (named.length > 0 ? named : group).slice(0, MOST_NAMED),
			reason
		});
	}
	const failed = new Set(refused.flatMap((each) => each.packages));
	return {
		upgraded: before.good.flat().filter((each) => !failed.has(each)).length,
		refused
	};
}
async function checkCompanions(packages, companions, upgrade) {
	const group = packages.filter(({ former }) => former !== void 0);
	if (companions.length === 0 || group.length === 0) return [];
	const reason = await upgrade(group, companions);
	if (reason === void 0) return [];
	const named = companions.filter(({ name }) => mentions(reason, name));
	return [`machines that have ${(named.length > 0 ? named : companions).slice(0, MOST_NAMED).map(({ name, version }) => `${name} ${version}`).join(", ")}, of which there is no newer version, are not upgraded: ${reason}`];
}
async function apart(group, upgrade) {
	const middle = Math.ceil(group.length / 2);
	const halves = [group.slice(0, middle), group.slice(middle)];
	const found = [];
	for (const half of halves) found.push(...(await findGroups(half, upgrade)).bad);
	return { bad: found };
}
function mentions(text, name) {
	const escaped = name.replace(/[.+]/g, "\\$&");
	return new RegExp(`(?<![A-Za-z0-9.+_-])${escaped}(?![A-Za-z0-9.+_]|-[A-Za-z])`).test(text);
}

// src/systemtest/client-check/deb.ts
const STATUS = `${TOP}/status`;
async function checkDebClients(request) {
	await using session = await openSession({
		state: request.state,
		engine: request.engine,
		root: { lower: [request.generation.tree] },
		scratch: scratchFor(request),
		binds: [
			...await localBinds([...repositoryUris(request.generation), ...request.sources.map(({ source }) => source)]),
			{
				source: `${request.staged.folder}/dists`,
				destination: `${TOP}/staged/dists`
			},
			{
				source: request.empty,
				destination: `${TOP}/staged/pool`
			},
			{
				source: request.staged.pool,
				destination: `${TOP}/new`
			},
			{
				source: request.pool,
				destination: `${TOP}/old`
			},
			...request.former === void 0 ? [] : [{
				source: `${request.former.folder}/dists`,
				destination: `${TOP}/former/dists`
			}]
		],
		runId: request.runId,
		signal: request.signal
	});
	const at = (folder) => `${session.root}${TOP}/${folder}`;
	await mergePools(session, [at("new"), at("old")], at("staged/pool"));
	return await new Check$1(session, request).run();
}
function scratchFor({ scratch, packages, unchanged }) {
	const largest = [...packages, ...unchanged].reduce((most, { size }) => Math.max(most, size), 0);
	return typeof scratch === "number" && BYTES_PER_CALL + largest > scratch / 2 ? "disk" : scratch;
}
var Check$1 = class {
	#session;
	#request;
	#apt;
	constructor(session, request) {
		this.#session = session;
		this.#request = request;
		this.#apt = new TargetApt(session, request);
	}
	async run() {
		const { packages, former, logger, target } = this.#request;
		logger.progress(`client check in ${target}: reading the indexes`);
		await this.#apt.nameSources();
		logger.progress(`client check in ${target}: installing ${formatCount(packages.length, "package")}`);
		const refused = [];
		const tryInstall = async (group) => await this.#plan("staged", group);
		const install = await this.#groups(packages, tryInstall);
		refused.push(...install.bad.map(({ item, reason }) => ({
			step: "install",
			packages: [item],
			reason
		})));
		const installed = install.good.flat();
		await this.#apt.fetch(installed);
		if (former === void 0) return {
			downloads: this.#apt.downloads,
			installed: installed.length,
			upgraded: 0,
			refused,
			warnings: []
		};
		logger.progress(`client check in ${target}: upgrading`);
		const upgrades = async () => await checkUpgrades(installed, {
			installFormer: async (group) => await this.#plan("former", group),
			upgrade: async (group) => await this.#upgrade(group)
		});
		let upgraded = await upgrades();
		if (upgraded.refused.some(({ reason }) => isMissing(reason)) && await this.#apt.refresh()) upgraded = await upgrades();
		refused.push(...upgraded.refused);
		const warnings = refused.length > 0 ? [] : await checkCompanions(installed, this.#request.companions, async (group, others) => await this.#upgrade(group, others));
		return {
			downloads: this.#apt.downloads,
			installed: installed.length,
			upgraded: upgraded.upgraded,
			refused,
			warnings
		};
	}
	async #groups(packages, attempt) {
		const first = await findGroups(packages, attempt);
		if (!first.bad.some(({ reason }) => isMissing(reason)) || !await this.#apt.refresh()) return first;
		const again = await findGroups(first.bad.map(({ item }) => item), attempt);
		return {
			good: [...first.good, ...again.good],
			bad: again.bad
		};
	}
	async #plan(view, group) {
		const simulated = await this.#simulate(view, [], group.map(view === "staged" ? installSpec : formerSpec));
		if (typeof simulated === "string") return simulated;
		if (view === "staged") await this.#apt.fetch(this.#unchangedOf(simulated));
	}
	async #upgrade(group, others = []) {
		const before = await this.#simulate("former", [], [...group.map(formerSpec), ...others.map(installSpec)]);
		if (typeof before === "string") return void 0;
		const shown = await this.#show("former", before.install);
		const { stdout: status } = await this.#session.chroot(["cat", "/var/lib/dpkg/status"], { captureBytes: OUTPUT_BYTES });
		const removed = before.remove.map(({ name }) => name);
		await this.#session.writeFile(STATUS, statusWith(status, shown, removed));
		const machine = [
			"-o",
			`Dir::State::status=${STATUS}`,
			"-o",
			`Dir::Cache::pkgcache=${TOP}/upgrade.bin`
		];
		const after = await this.#simulate("staged", machine, group.map(installSpec));
		if (typeof after === "string") return after;
		const lost = await this.#lost(before, after, group);
		if (lost !== void 0) return lost;
		await this.#apt.fetch(this.#unchangedOf(after));
	}
	async #lost(before, after, group) {
		const published = new Set((this.#request.former?.packages ?? []).map(({ name, version }) => `${name} ${version}`));
		const had = new Set(before.install.map(({ name, version }) => `${name} ${version}`));
		const gone = after.remove.map(({ name, version }) => `${name} ${version}`).filter((each) => had.has(each) && published.has(each));
		if (gone.length === 0) return void 0;
		const replaced = replacedNames(await this.#show("staged", [...after.install, ...group]));
		const lost = gone.filter((each) => !replaced.has(each.split(" ")[0] ?? ""));
		if (lost.length === 0) return void 0;
		return `it removes ${lost.join(", ")}, which no package of the upgrade says to replace`;
	}
	async #simulate(view, options, specs) {
		const { exitCode, stdout, stderr } = await this.#apt.run(view, [
			"apt-get",
			"-q",
			...options,
			"--simulate",
			"--assume-yes",
			"install",
			...specs
		], "any");
		if (exitCode !== 0) return unmetReason(`${stdout}\n${stderr}`);
		const simulated = readSimulation(stdout);
		if (simulated.essential.length === 0) return simulated;
		return `it removes essential packages: ${simulated.essential.join(" ")}`;
	}
	async #show(view, packages) {
		const shown = [];
		for (let start = 0; start < packages.length; start += 500) {
			const specs = packages.slice(start, start + 500).map(({ name, version }) => `${name}=${version}`);
			const { stdout } = await this.#apt.run(view, [
				"apt-cache",
				"show",
				...specs
			]);
			shown.push(stdout);
		}
		return shown.join("\n\n");
	}
	#unchangedOf({ install }) {
		const planned = new Set(install.map(({ name, version, architecture }) => `${name} ${version} ${architecture}`));
		return this.#request.unchanged.filter(({ name, version, architecture }) => planned.has(`${name} ${version} ${architecture}`));
	}
};
const installSpec = (each) => `${specOf(each)}${/[+-]$/.test(each.version) ? "+" : ""}`;
const formerSpec = (each) => installSpec(each.former ?? each);

// src/systemtest/client-check/retries.ts
async function checkWithRetries({ format, retries, where, logger, signal }, attempt) {
	for (let number = 1;; number++) try {
		return await attempt();
	} catch (error) {
		const diagnosis = signal.aborted ? void 0 : diagnoseThrown(error, format)?.diagnosis;
		if (diagnosis === void 0) throw error;
		if (number > retries || !diagnosis.retryable) throw new InfrastructureError({
			what: "the packages cannot be tried in a session of their target, so nothing is published",
			where,
			found: diagnosis.reason,
			remedy: "try again later; nothing is wrong with the packages as far as is known"
		}, { cause: error });
		const wait = waitAfter(number);
		logger.info(`${retryLine(number, retries + 1, wait)}: ${diagnosis.reason}`);
		await pause(wait, signal);
	}
}

// src/systemtest/mock-install.ts
const KEPT_LINES = 1e3;
async function installByMock(mock, words, { say, timeoutSeconds }) {
	const lines = [];
	const pick = packageManagerLines();
	const watch = watchLogs(mock.results, ["root.log"], 0, (_, line) => {
		const text = pick(line);
		if (text === void 0) return;
		say(text);
		lines.push(text);
		if (lines.length > KEPT_LINES) lines.shift();
	});
	await watch.begun;
	try {
		try {
			await mock.mock(words, {
				network: true,
				use: "install",
				onLine: say,
				timeoutSeconds
			});
		} finally {
			await watch.stop();
		}
		return { lines };
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
		return {
			lines,
			failure: {
				error,
				told: new CommandError({
					...error.failure,
					stdout: lines.join("\n")
				})
			}
		};
	}
}

// src/systemtest/client-check/dnf-text.ts
const MOST_LINES = 4;
function unresolvedReason(lines) {
	const reasons = lines.map((line) => line.trim().replace(/^Problem(?: \d+)?: /, "- ")).filter((line) => /^- (?!conflicting requests)/.test(line) || YUM.test(line)).map((line) => line.replace(/^(?:- |--> |Error: +)+/, "").replace(/ from pkg-actions-(?:staged|former)\b/g, ""));
	const told = [...[...new Set(reasons)]].sort((a, b) => Number(isGeneral(a)) - Number(isGeneral(b)));
	if (told.length === 0) return void 0;
	return `${told.slice(0, MOST_LINES).join("; ")}${told.length > MOST_LINES ? `; and ${told.length - MOST_LINES} more` : ""}`;
}
const YUM = /^(?:Error: Package: |Error: .* conflicts with |--> Processing Conflict: )/;
const isGeneral = (line) => /^cannot install (?:the best|both)|^problem with installed package/.test(line);

// src/systemtest/client-check/rpm.ts
const STAGED = "pkg-actions-staged";
const FORMER = "pkg-actions-former";
const POOL = "/run/pkg-actions-pool";
const PER_CALL = 200;
async function checkRpmClients(request) {
	return await new Check(request).run();
}
var Check = class {
	#request;
	#fetched = /* @__PURE__ */ new Set();
	constructor(request) {
		this.#request = request;
	}
	async run() {
		const { packages, logger, target } = this.#request;
		const refused = [];
		logger.progress(`client check in ${target}: installing ${formatCount(packages.length, "package")}`);
		const installed = [];
		{
			await using mock = await this.#open("replacing");
			const { good, bad } = await findGroups(packages, async (group) => await this.#dnf(mock, group));
			installed.push(...good.flat());
			refused.push(...bad.map(({ item, reason }) => ({
				step: "install",
				packages: [item],
				reason
			})));
		}
		if (!installed.some(({ former }) => former !== void 0)) return {
			downloads: this.#fetched.size,
			installed: installed.length,
			upgraded: 0,
			refused,
			warnings: []
		};
		logger.progress(`client check in ${target}: upgrading`);
		const upgrades = await this.#upgrades(installed);
		refused.push(...upgrades.refused);
		return {
			downloads: this.#fetched.size,
			installed: installed.length,
			upgraded: upgrades.upgraded,
			refused,
			warnings: upgrades.warnings
		};
	}
	async #upgrades(packages) {
		await using stack = new AsyncDisposableStack();
		let clean;
		const session = async () => {
			clean ??= stack.use(await this.#open("keeping"));
			return clean;
		};
		const closures = /* @__PURE__ */ new Map();
		let isKnown = true;
		const closureOf = async (group, others = []) => {
			const found = await this.#formerClosure(await session(), [...group.flatMap(({ former }) => former ?? []), ...others]);
			if (!found.isTold) isKnown = false;
			if (found.closure !== void 0 && others.length === 0) closures.set(group, found.closure);
			return found.closure;
		};
		const upgrade = async (group, others = []) => {
			const closure = closures.get(group) ?? await closureOf(group, others);
			if (closure === void 0) return void 0;
			const mock = await session();
			clean = void 0;
			await this.#recordInstalled(mock, closure);
			const reason = await this.#dnf(mock, group, FORMER);
			await mock[Symbol.asyncDispose]();
			return reason;
		};
		const checked = await checkUpgrades(packages, {
			isKnown: () => isKnown,
			installFormer: async (group) => await closureOf(group) === void 0 ? "not installable" : void 0,
			upgrade: async (group) => await upgrade(group)
		});
		const { companions } = this.#request;
		const warnings = checked.refused.length > 0 ? [] : await checkCompanions(packages, companions, upgrade);
		return {
			...checked,
			warnings
		};
	}
	async #formerClosure(mock, own) {
		const argv = [
			`--disablerepo=${STAGED}`,
			"--install",
			...own.map(nevra)
		];
		const { plan, isTold } = await planTransaction(mock, argv, this.#request.timeoutSeconds);
		if (!isTold) return {
			closure: own,
			isTold
		};
		if (plan === void 0) return {
			closure: void 0,
			isTold
		};
		const bySha256 = new Map((this.#request.former?.packages ?? []).map((each) => [`sha256:${each.sha256}`, each]));
		return {
			closure: plan.install.flatMap(({ checksum }) => bySha256.get(checksum) ?? []),
			isTold
		};
	}
	async #recordInstalled(mock, packages) {
		for (let start = 0; start < packages.length; start += PER_CALL) {
			const part = packages.slice(start, start + PER_CALL);
			await mock.session.chroot([
				...[
					"rpm",
					"--install",
					"--justdb",
					"--noscripts",
					"--notriggers",
					"--nodeps",
					"--force"
				],
				...[
					"--ignorearch",
					"--ignoresize",
					"--nosignature",
					"--"
				],
				...part.map(({ path }) => `${POOL}/${path.replace(/^pool\//, "")}`)
			], { timeoutSeconds: this.#request.timeoutSeconds });
		}
	}
	async #open(downloadOnly) {
		const request = this.#request;
		const { staged, former, keys, proxy } = request;
		const isUpgrade = downloadOnly === "keeping";
		const mock = await openMockSession({
			state: request.state,
			engine: request.engine,
			generation: request.generation,
			scratch: request.scratch,
			repositories: [
				{
					name: STAGED,
					baseurl: `file:${staged.folder}`,
					keys: [keys.armored],
					trusted: false,
					repoGpgcheck: true
				},
				...isUpgrade && former !== void 0 ? [{
					name: FORMER,
					baseurl: `file:${former.folder}`,
					keys: [],
					trusted: true
				}] : [],
				...request.sources
			],
			binds: [{
				source: request.pool,
				destination: POOL
			}, ...isUpgrade ? [{
				source: request.pool,
				destination: `${BASEDIR}/${ROOT_NAME}/root${POOL}`
			}] : []],
			install: {
				downloadOnly,
				...proxy === void 0 ? {} : { proxy }
			},
			runId: request.runId,
			signal: request.signal
		});
		try {
			const seen = `${sessionUri(staged.folder)}/pool`;
			await mergePools(mock.session, [seen, POOL], seen);
			return mock;
		} catch (error) {
			await mock[Symbol.asyncDispose]();
			throw error;
		}
	}
	async #dnf(mock, group, without) {
		const { logger, timeoutSeconds, target, architecture } = this.#request;
		const words = [
			...without === void 0 ? [] : [`--disablerepo=${without}`],
			"--install",
			...group.map(nevra)
		];
		const { lines, failure } = await installByMock(mock, words, {
			say: (line) => logger.debug(line),
			timeoutSeconds
		});
		if (failure !== void 0) {
			const { error, told } = failure;
			const reason = unresolvedReason(lines);
			if (reason !== void 0) return reason;
			const line = mockFailureLine(told) ?? error.message;
			if (!(line.includes(STAGED) || group.some((each) => line.includes(nevra(each)))) && diagnoseThrown(told, "rpm") !== void 0) throw told;
			if (/No match for argument|Unable to find a match/.test(line)) return line;
			throw new UserError({
				what: "dnf of the target does not accept what was published",
				where: `${target} (${architecture})`,
				found: line
			}, { cause: error });
		}
		for (const each of group) this.#fetched.add(each.path);
		for (const line of lines) {
			const [, file] = /^(?:\(\d+\/\d+\): )?(\S+\.rpm) .*\d+:\d\d/.exec(line) ?? [];
			if (file !== void 0) this.#fetched.add(file);
		}
	}
};
const nevra = ({ name, version, architecture }) => `${name}-${version}.${architecture}`;

// src/systemtest/smoke.ts
async function smokeTest(session, commands, timeoutSeconds) {
	const tried = [];
	for (const argv of commands) tried.push({
		command: shellQuote(argv),
		output: await smoke(session, argv, timeoutSeconds)
	});
	return tried;
}
async function smoke(session, argv, timeoutSeconds) {
	const [command, ...args] = argv;
	if (command === void 0) throw new Error("an empty smoke command");
	try {
		const { stdout } = await session.chroot([command, ...args], { timeoutSeconds });
		return stdout.trim().split("\n").slice(0, 5).join("\n");
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		throw new UserError({
			what: "the smoke command fails where the packages are installed",
			where: `smoke ${error.command}`,
			found: error.message
		}, { cause: error });
	}
}

// src/systemtest/install.ts
async function installAndTry(request) {
	const started = performance.now();
	const { logger } = request;
	const repositories = [request.repository, ...request.sources];
	await using session = await openSession({
		state: request.state,
		engine: request.engine,
		root: { lower: [request.generation.tree] },
		scratch: request.scratch,
		locks: [request.lock],
		binds: await localBinds([...repositoryUris(request.generation), ...repositories.map(({ source }) => source)]),
		runId: request.runId,
		signal: request.signal
	});
	const onLine = (line) => logger.tool(line);
	const through = request.proxy === void 0 ? [] : ["http", "https"].flatMap((kind) => ["-o", `Acquire::${kind}::Proxy=${request.proxy}`]);
	const apt = (argv) => session.chroot([
		"apt-get",
		"-q",
		...through,
		...argv
	], {
		network: true,
		privileges: "setup",
		onLine,
		timeoutSeconds: request.timeoutSeconds
	});
	try {
		await writeRepositories(session.writeFile, repositories, request.pins, "published");
		await apt([...[
			"-o",
			"Dir::Etc::SourceList=/etc/apt/sources.list.d/published.sources",
			"-o",
			"Dir::Etc::SourceParts=-"
		], ...[
			"-o",
			"APT::Get::List-Cleanup=0",
			"--error-on=any",
			"update"
		]]);
		await apt(["install", ...request.packages.map(({ name, version }) => `${name}=${version}`)]);
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
		throw new UserError({
			what: "the published packages cannot be installed",
			found: failureLine(error) ?? error.message,
			expected: request.packages.map(({ name }) => name).join(" ")
		}, { cause: error });
	}
	await session.endProcesses();
	return {
		installed: await installedPackages(session, request.packages.map(({ name }) => name)),
		tried: await smokeTest(session, request.smoke, request.smokeSeconds),
		seconds: (performance.now() - started) / 1e3
	};
}

// src/systemtest/install-rpm.ts
async function installAndTryRpm(request) {
	const started = performance.now();
	const { repository, packages } = request;
	if (packages.length === 0) throw new Error("there is no package to install");
	if (repository.trusted || repository.keys.length === 0) throw new Error(`the published repository ${repository.name} would not be verified`);
	await using mock = await openMockSession({
		state: request.state,
		engine: request.engine,
		generation: request.generation,
		scratch: request.scratch,
		locks: [request.lock],
		repositories: [{
			...repository,
			repoGpgcheck: true
		}, ...request.sources],
		...request.proxy === void 0 ? {} : { install: { proxy: request.proxy } },
		runId: request.runId,
		signal: request.signal
	});
	const wanted = packages.map(({ name, version, architecture }) => `${name}-${version}.${architecture}`);
	await install(mock, wanted, request);
	await mock.session.endProcesses();
	return {
		installed: await requireInstalled(mock.session, packages, wanted),
		tried: await smokeTest(mock.session, request.smoke, request.smokeSeconds),
		seconds: (performance.now() - started) / 1e3
	};
}
async function install(mock, wanted, request) {
	const { logger, packages, timeoutSeconds } = request;
	const words = ["--install", ...wanted];
	const { failure } = await installByMock(mock, words, {
		say: (line) => logger.tool(line),
		timeoutSeconds
	});
	if (failure === void 0) return;
	const { error, told } = failure;
	throw new UserError({
		what: "the published packages cannot be installed",
		found: mockFailureLine(told) ?? error.message,
		expected: packages.map(({ name }) => name).join(" ")
	}, { cause: error });
}
const QUERY = "%{name}-%{epochnum}:%{version}-%{release}.%{arch}\\n";
async function requireInstalled(session, packages, wanted) {
	const names = packages.map(({ name, architecture }) => `${name}.${architecture}`);
	const { stdout } = await session.chroot([
		"rpm",
		"--query",
		"--queryformat",
		QUERY,
		"--",
		...names
	], { okExitCodes: "any" });
	const installed = stdout.split("\n").filter((line) => line !== "").map((line) => line.replace(/-0:(?=[^:]*$)/, "-"));
	const missing = wanted.filter((nevra) => !installed.includes(nevra));
	if (missing.length > 0) throw new UserError({
		what: "packages are not installed as they were published",
		found: installed.join(", "),
		expected: missing.join(", ")
	});
	return wanted.toSorted();
}

export { checkDebClients, checkRpmClients, checkWithRetries, installAndTry, installAndTryRpm };
