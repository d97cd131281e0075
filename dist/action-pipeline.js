import { buildrootFolder, buildrootName, configurationDigest, currentGeneration, debBuildroot, defaultStateFolder, holdBuildroot, hostArchitecture, parallelBuilds, prepareState, releaseSources, scratchSize, updateBuildroot } from "./buildroot.js";
import { CommandError, UserError, formatBytes, messageOf, quote, readInputs, run as run$4 } from "./frame.js";
import { action as action$3, action$1 as action$2, action$2 as action, action$3 as action$4, action$4 as action$1, checkSuffix, checkTemplate, parseVersion } from "./inputs.js";
import { run as run$5 } from "./action-build-sbuild.js";
import { defaultPackaging, findPackage, findPackageName, findTarget, loadPackaging, repositoriesOf, resolveTargetReference } from "./config.js";
import { code, codeCell, escapeMarkdown, fenced, readManifest, writeReport } from "./shared.js";
import { GitRepository, isolatedEnvironment, parseMaintainer, plain, prepareDebSource } from "./source.js";
import { RepositoryPaths, debDriver, fileUri, publish, readChannels, readSnapshot } from "./repository.js";
import { run as run$6 } from "./action-check-version.js";
import { describeKey, openSigner } from "./signing.js";
import { parseAptSource } from "./deb.js";
import { download } from "./download.js";
import { installAndTry } from "./systemtest.js";
import path from "node:path";
import { mkdir, readFile, rm, stat } from "node:fs/promises";

// src/actions/prepare-sources/summary.ts
function summarise(prepared) {
	const { name, version, commits, subjects, changedFiles, next, manifest } = prepared;
	const [code, spec] = manifest.origins;
	const lines = [
		`### ${name} ${inCode(version)}`,
		"",
		`Upstream version from ${inCode(prepared.upstreamSource)}; ${plural(commits, "commit")} since, merges not counted. Source format ${prepared.format}.`
	];
	if (code !== void 0) lines.push(`Made from ${inCode(code.commit.slice(0, 12))} of ${inCode(code.project)}${spec === void 0 ? "" : `, packaging from ${inCode(spec.commit.slice(0, 12))} of ${inCode(spec.project)}`}.`);
	if (prepared.origin !== void 0) {
		const patch = changedFiles === 0 ? "" : `; ${plural(changedFiles, "file")} of the commit differ from it`;
		lines.push(`Orig tarball: ${inCode(prepared.origin)}${patch}.`);
	}
	if (next !== void 0) lines.push(`Under review: stays below ${inCode(next)}, the lowest version of the next merge.`);
	lines.push("", "| File | Size |", "|---|---:|");
	for (const file of manifest.files) lines.push(`| ${codeCell(plain(file.name))} | ${formatBytes(file.size)} |`);
	if (subjects.length > 0) {
		const listed = subjects.map((each) => `${each.id.slice(0, 8)} ${plain(each.subject)} (${plain(each.author)})`);
		const more = commits > subjects.length ? [`and ${plural(commits - subjects.length, "more commit")}`] : [];
		lines.push("", fenced([...listed, ...more]));
	}
	return `${lines.join("\n")}\n`;
}
function inCode(text) {
	return code(plain(text));
}
function plural(count, noun) {
	return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

// src/actions/prepare-sources/run.ts
const DEFAULT_TAG_PATTERN = "*[0-9]*";
const DEFAULT_COMMITS = 10;
async function run$3(inputs, host) {
	const request = await readRequest(inputs, host);
	const prepared = await prepareDebSource(request, host, host.signal);
	host.info(`${prepared.name} ${prepared.version} is in ${prepared.folder}`);
	await host.summary(summarise(prepared));
	return {
		manifest: prepared.manifestFile,
		dsc: prepared.dsc,
		version: prepared.version,
		name: prepared.name,
		folder: prepared.folder,
		artifact: (inputs.upload ? await upload(prepared, request, host) : void 0) ?? ""
	};
}
async function upload({ name, version, folder, manifest, manifestFile }, request, host) {
	const { target } = request.version;
	const files = [...manifest.files.map((file) => file.name), path.basename(manifestFile)];
	return await host.upload(`sources-${name}-${version}${target === void 0 ? "" : `-${target}`}`, folder, files);
}
async function readRequest(inputs, host) {
	const release = await readRelease(inputs, host.workspace);
	const own = release?.entry;
	const target = await chooseTarget(inputs, release);
	const debianPath = inputs["debian-path"] ?? (own?.debianPath === "debian" ? void 0 : own?.debianPath);
	const spec = inputs.spec ?? localPath(own?.spec, "spec");
	const review = readReview(inputs);
	const maintainer = inputs.maintainer ?? release?.maintainer;
	const fallback = maintainerOfEnvironment();
	const distribution = inputs.distribution ?? target?.suite;
	const specRef = inputs["spec-ref"];
	const packageName = inputs.package ?? own?.name;
	return {
		code: inputs.code ?? localPath(own?.code, "code") ?? host.workspace,
		...spec === void 0 ? {} : { spec },
		ref: inputs.ref,
		...specRef === void 0 ? {} : { specRef },
		deepen: inputs.deepen,
		...debianPath === void 0 ? {} : { debianPath },
		targetNames: target === void 0 ? [] : [
			target.name,
			target.suite,
			...target.aliases
		],
		...packageName === void 0 ? {} : { packageName },
		output: inputs.output,
		version: readVersions(inputs, own, target),
		...review === void 0 ? {} : { review },
		entry: {
			...distribution === void 0 ? {} : { distribution },
			...maintainer === void 0 ? {} : { maintainer: parseMaintainer(maintainer, "input maintainer") },
			...fallback === void 0 ? {} : { fallbackMaintainer: fallback },
			commits: inputs["changelog-commits"] ?? own?.versions.changelogCommits ?? DEFAULT_COMMITS
		},
		orig: inputs.orig,
		origBase: host.workspace,
		downloads: inputs.downloads ?? path.join(defaultStateFolder(), "downloads"),
		compression: inputs.compression,
		submodules: inputs.submodules
	};
}
async function readRelease(inputs, workspace) {
	if (inputs.packaging === void 0) return void 0;
	const packaging = await loadPackaging(inputs.packaging);
	const [only, second] = packaging.packages;
	const name = inputs.package ?? (only !== void 0 && second === void 0 ? only.name : await findPackageName(inputs.spec ?? inputs.code ?? workspace, { debianPath: inputs["debian-path"] ?? "debian" }));
	return {
		file: inputs.packaging,
		maintainer: packaging.maintainer,
		entry: findPackage(packaging, name),
		find: (target) => findTarget(packaging, target)
	};
}
async function chooseTarget(inputs, release) {
	if (inputs.target !== void 0) {
		const target = release?.find(inputs.target) ?? await resolveTargetReference(inputs.target);
		if (target.format === "deb") return target;
		throw new UserError({
			what: "a target for rpm packages",
			where: "input target",
			found: target.name,
			expected: "a target of Debian or Ubuntu"
		});
	}
	const targets = (release?.entry.targets ?? []).filter((target) => target.format === "deb");
	const [only, second] = targets;
	if (release === void 0 || only === void 0 || second === void 0) return only;
	if (new Set(targets.map((target) => release.entry.versions.suffixes[target.name] ?? "")).size === 1 || inputs["version-suffix"] !== void 0) return void 0;
	throw new UserError({
		what: "the version has another suffix for each target of the package, and no target is said",
		where: "input target",
		expected: targets.map((target) => target.name).join(", "),
		remedy: `or set versions.suffix to "" in ${release.file}, where one source is for all`
	});
}
function localPath(location, role) {
	if (location === void 0) return void 0;
	if ("path" in location) return location.path;
	throw new UserError({
		what: `the packaging file gives a URL for the ${role} project, which is not fetched here`,
		where: `input ${role}`,
		expected: "the folder of its checkout",
		remedy: "check it out in a step before (actions/checkout, git clone)"
	});
}
function readVersions(inputs, own, target) {
	const versions = own?.versions;
	const scheme = inputs["version-scheme"] ?? versions?.scheme ?? "changelog";
	const template = inputs["version-template"] ?? versions?.template;
	if (inputs["version-template"] !== void 0 && scheme !== "template") throw new UserError({
		what: "a template is for the scheme template",
		where: "input version-template",
		found: `version-scheme ${scheme}`,
		expected: "version-scheme template"
	});
	if (scheme === "template") {
		if (template === void 0) throw new UserError({
			what: "the scheme template needs a template",
			where: "input version-template",
			expected: "a template such as {stem}{n}"
		});
		checkTemplate(template, "input version-template");
	}
	const [first] = Object.values(versions?.suffixes ?? {});
	const suffix = inputs["version-suffix"] ?? (target === void 0 ? first : versions?.suffixes[target.name]) ?? "";
	checkSuffix(suffix, "input version-suffix");
	const published = inputs["published-version"];
	if (published !== void 0) parseVersion(published, "input published-version");
	const parentBranch = inputs["parent-branch"] ?? versions?.parentBranch;
	const tagPattern = inputs["tag-pattern"] ?? versions?.tagPattern ?? DEFAULT_TAG_PATTERN;
	return {
		scheme,
		...scheme === "template" && template !== void 0 ? { template } : {},
		suffix,
		upstreamFrom: inputs["upstream-version-from"],
		tagPattern,
		...parentBranch === void 0 ? {} : { parentBranch },
		pastTag: inputs["past-tag"],
		...published === void 0 ? {} : { published },
		...target === void 0 ? {} : { target: target.name }
	};
}
function readReview(inputs) {
	const id = inputs["change-id"];
	if (inputs.change === "merge") return void 0;
	if (id === void 0) throw new UserError({
		what: "a review needs the number of its change",
		where: "input change-id",
		expected: "the number of the change, pull request or merge request"
	});
	const baseBranch = inputs["base-branch"];
	return {
		id,
		patchset: inputs.patchset,
		inCode: inputs["change-project"] !== "spec",
		inSpec: inputs["change-project"] !== "code",
		...baseBranch === void 0 ? {} : { baseBranch }
	};
}
function maintainerOfEnvironment() {
	const { DEBFULLNAME: name, DEBEMAIL: email } = process.env;
	if (email === void 0 || email === "") return void 0;
	const text = email.includes("<") ? email : `${name ?? email.split("@")[0]} <${email}>`;
	try {
		return parseMaintainer(text, "DEBEMAIL");
	} catch (error) {
		if (error instanceof UserError) return void 0;
		throw error;
	}
}

// src/actions/update-buildroots/run.ts
async function run$2(inputs, host) {
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	const targets = await chosenTargets(inputs, packaging);
	refuseUnnamed(inputs, targets);
	const state = await prepareState(inputs.state);
	const results = [];
	const failures = [];
	for (const target of targets) try {
		const configuration = await debBuildroot({
			target,
			architecture: inputs.architecture,
			mirror: inputs.mirror,
			repositories: inputs.repositories,
			keys: inputs["repository-keys"],
			pins: inputs.pins,
			include: inputs.include
		});
		const result = await host.group(`Buildroot of ${target.name}`, () => updateBuildroot({
			state,
			configuration,
			name: inputs.name,
			runId: host.runId,
			logger: host,
			signal: host.signal,
			force: inputs.force,
			...packaging ? { lockSeconds: packaging.limits.lockTimeout } : {}
		}));
		results.push(result);
		host.info(`${result.name}: ${result.outcome}, generation ${result.generation.id} (${result.reason})`);
	} catch (error) {
		const known = error instanceof UserError || error instanceof CommandError;
		if (host.signal.aborted || targets.length === 1 || !known) throw error;
		host.error(messageOf(error));
		failures.push(target.name);
	}
	await host.summary(summary$1(results));
	if (failures.length > 0) throw new UserError({
		what: "some buildroots could not be updated",
		found: failures.join(", "),
		remedy: "their last generations stay in use; see the errors above"
	});
	return {
		changed: String(results.some((result) => result.outcome !== "unchanged")),
		result: JSON.stringify(results.map(({ name, generation, outcome, reason, removed }) => ({
			name,
			generation: generation.id,
			outcome,
			reason,
			removed
		})))
	};
}
async function chosenTargets(inputs, packaging) {
	if (inputs.targets.length === 0) {
		if (packaging === void 0) throw new UserError({
			what: "no target to update",
			where: "input targets",
			expected: "targets such as debian-12, or a packaging file"
		});
		return packaging.targets.filter((target) => target.format === "deb");
	}
	return Promise.all(inputs.targets.map((name) => packaging === void 0 ? resolveTargetReference(name) : findTarget(packaging, name)));
}
function refuseUnnamed(inputs, targets) {
	const own = [
		"repositories",
		"pins",
		"include"
	].find((name) => inputs[name].length > 0);
	if (own !== void 0 && inputs.name === void 0) throw new UserError({
		what: "a buildroot of its own kind needs a name",
		where: `input ${own}`,
		expected: "the input name, for builds to ask for as buildroot"
	});
	if (inputs.name !== void 0 && targets.length > 1) throw new UserError({
		what: "a name is for one buildroot",
		where: "input name",
		found: `${targets.length} targets`,
		expected: "one target"
	});
}
function summary$1(results) {
	return [
		"## Buildroots",
		"",
		"| buildroot | outcome | why | generation | packages | size | time |",
		"|---|---|---|---|---|---|---|",
		...results.map(({ name, outcome, reason, generation, seconds }) => `| ${name} | ${outcome} | ${reason} | \`${generation.id}\` | ${generation.record.packages.length} | ${Math.round(generation.record.bytes / 1024 ** 2)} MiB | ${seconds.toFixed(1)} s |`),
		""
	].join("\n");
}

// src/actions/sign-publish/report.ts
const MAX_ROWS = 500;
function entryLine(entry) {
	const { name, version, architecture, action, replaces, component } = entry;
	const what = {
		add: "added",
		upgrade: `replaces ${replaces.join(", ")}`,
		same: "is published already, unchanged"
	}[action];
	return `${name} ${version} (${architecture})${component === void 0 ? "" : ` in ${component}`}: ${what}`;
}
function conclusion({ changed, plan, snapshot }, { channel }) {
	if (!changed) return `Nothing to publish: ${channel} (${snapshot.id}) has all of it already`;
	const count = (action) => plan.entries.filter((entry) => entry.action === action).length;
	return `Published to ${channel}: ${[
		`${count("add")} added`,
		`${count("upgrade")} upgraded`,
		`${count("same")} the same`
	].join(", ")}; snapshot ${snapshot.id}`;
}
function jsonReport(result, context) {
	const { plan, snapshot, changed, times } = result;
	return {
		schema: "pkg-actions/published/1",
		repository: context.root,
		channel: context.channel,
		changed,
		snapshot: snapshot.id,
		snapshotUri: `${context.url}/snapshots/${snapshot.id}`,
		parent: snapshot.parent,
		suite: snapshot.settings.suite,
		signedBy: context.key.fingerprint,
		packages: plan.entries.map(({ kind, type, name, version, architecture, component, action, replaces }) => ({
			kind,
			type,
			name,
			version,
			architecture,
			...component === void 0 ? {} : { component },
			action,
			replaces
		})),
		superseded: plan.superseded,
		reasons: plan.reasons,
		seconds: Object.fromEntries(times.map(({ step, seconds }) => [step, Math.round(seconds * 1e3) / 1e3]))
	};
}
function sourcesEntry({ snapshot }, { channel, url, keys }) {
	const { suite, components, architectures } = snapshot.settings;
	const hasSources = snapshot.packages.some(({ kind }) => kind === "source");
	const block = keys.trimEnd().split("\n").map((line) => ` ${line === "" ? "." : line}\n`).join("");
	return [
		`Types: deb${hasSources ? " deb-src" : ""}\n`,
		`URIs: ${url}/${channel}\n`,
		`Suites: ${suite}\n`,
		`Components: ${components.filter((name) => !name.endsWith("/debug")).join(" ")}\n`,
		`Architectures: ${architectures.join(" ")}\n`,
		`Signed-By:\n${block}`
	].join("");
}
const STEP_NAMES = {
	verified: "builds verified and read",
	leased: "lease taken",
	planned: "versions checked",
	signed: "sources and records signed",
	indexed: "indexes made (reprepro)",
	released: "by-hash, Release signed",
	checked: "read by gpgv and apt",
	flushed: "written to disk"
};
function summary(result, context) {
	const { plan, snapshot, changed } = result;
	const { url, channel, key } = context;
	const { suite, label, components } = snapshot.settings;
	const listed = [...plan.entries].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
	const name = label.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "repository";
	return [
		"## Published packages",
		"",
		`${conclusion(result, context)}.`,
		"",
		"| package | version | architecture | component | |",
		"|---|---|---|---|---|",
		...listed.slice(0, MAX_ROWS).map(row),
		...listed.length > MAX_ROWS ? ["", `... and ${listed.length - MAX_ROWS} more.`] : [],
		"",
		...plan.reasons.length > 0 ? [`Also: ${plan.reasons.join("; ")}.`, ""] : [],
		`Repository: suite \`${suite}\`, channel \`${channel}\`, snapshot \`${snapshot.id}\`. Key: \`${describeKey(key)}\`.`,
		"",
		"### Add it to a machine",
		"",
		`Write this to \`/etc/apt/sources.list.d/${name}.sources\` and run \`apt-get update\`:`,
		"",
		"```",
		sourcesEntry(result, context).trimEnd(),
		"```",
		"",
		`With apt before 2.4: save \`${url}/key.asc\` as \`/etc/apt/keyrings/${name}.asc\` and write to \`/etc/apt/sources.list.d/${name}.list\`:`,
		"",
		"```",
		`deb [signed-by=/etc/apt/keyrings/${name}.asc] ${url}/${channel} ${suite} ${components.filter((each) => !each.endsWith("/debug")).join(" ")}`,
		"```",
		"",
		...changed ? timeTable(result.times) : []
	].join("\n");
}
function row({ name, version, architecture, component, action, replaces }) {
	const what = {
		add: "new",
		upgrade: `replaces ${replaces.join(", ")}`,
		same: "unchanged"
	}[action];
	return `| \`${name}\` | \`${version}\` | ${architecture} | ${component ?? ""} | ${what} |`;
}
function timeTable(times) {
	const rest = times.filter(({ step }) => STEP_NAMES[step] === void 0);
	const rows = times.flatMap(({ step, seconds }) => {
		const name = STEP_NAMES[step];
		return name === void 0 ? [] : [[name, seconds]];
	});
	const commit = rest.reduce((sum, { seconds }) => sum + seconds, 0);
	return [
		"| step | time |",
		"|---|---|",
		...[...rows, ["moved into place and switched", commit]].map(([name, seconds]) => `| ${name} | ${seconds.toFixed(2)} s |`),
		""
	];
}

// src/actions/sign-publish/repository.ts
const DEFAULT_CHANNEL = "latest";
const DEFAULT_LEASE_SECONDS = 600;
async function resolveRepository(inputs, packages) {
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	if (packaging === void 0 && inputs["repository-name"] !== void 0) throw new UserError({
		what: "a name of a repository without a packaging file that has it",
		where: "input repository-name",
		remedy: "give the input packaging too, or the input repository instead"
	});
	const known = packaging === void 0 ? void 0 : await chooseRepository(packaging, inputs["repository-name"], packages);
	const root = inputs.repository ?? known?.path;
	if (root === void 0) throw new UserError({
		what: "the folder of the repository is not known",
		where: "input repository",
		expected: known === void 0 ? "a path" : `a path, here or as the field path of the repository ${known.name}`
	});
	return {
		root,
		channel: inputs.channel ?? known?.channels[0] ?? DEFAULT_CHANNEL,
		fingerprint: inputs["signing-key-fingerprint"] ?? packaging?.signing.key,
		leaseSeconds: inputs["lease-timeout"] ?? packaging?.limits.lockTimeout ?? DEFAULT_LEASE_SECONDS,
		url: (inputs.url ?? known?.url)?.replace(/\/+$/, ""),
		request: {
			name: path.basename(root),
			suite: inputs.suite ?? known?.suite,
			components: given(inputs.components) ?? known?.components,
			component: inputs.component,
			udebComponent: inputs["udeb-component"] ?? known?.udebComponent,
			architectures: given(inputs.architectures) ?? known?.architectures,
			origin: inputs.origin ?? known?.origin,
			label: inputs.label ?? known?.label,
			description: inputs.description ?? known?.description,
			validSeconds: inputs["valid-for"]
		}
	};
}
async function chooseRepository(packaging, name, packages) {
	const targets = /* @__PURE__ */ new Set();
	for (const location of packages) {
		const { manifest, file } = await readManifest(location);
		if (manifest.target === void 0) throw new UserError({
			what: "the manifest does not say what its packages are built for",
			where: file,
			remedy: "give the input repository instead of packaging"
		});
		targets.add(manifest.target.name);
	}
	const [target, ...others] = targets;
	if (target === void 0 || others.length > 0) throw new UserError({
		what: "the builds are not for one target",
		where: "input packages",
		found: [...targets].join(", ") || "no builds",
		expected: "builds of one target: each target has a repository of its own"
	});
	const candidates = repositoriesOf(packaging, findTarget(packaging, target)).filter((repository) => repository.format === "deb" && (name === void 0 || repository.name === name));
	const [only] = candidates;
	if (only !== void 0 && candidates.length === 1) return only;
	const all = repositoriesOf(packaging, findTarget(packaging, target)).map((repository) => repository.name);
	throw new UserError({
		what: candidates.length === 0 ? "no such repository for the target" : "several repositories for the target",
		where: name === void 0 ? packaging.file ?? "the packaging file" : "input repository-name",
		found: `${name === void 0 ? "no name" : quote(name)} for ${target}`,
		expected: all.length === 0 ? "an entry in repositories for it" : `one of ${all.join(", ")}`,
		...name === void 0 ? { remedy: "name one with repository-name" } : {}
	});
}
function given(list) {
	return list.length === 0 ? void 0 : list;
}

// src/actions/sign-publish/run.ts
async function run$1(inputs, host) {
	const packages = inputs.packages.map((each) => path.resolve(host.workspace, each));
	const { root, channel, request, fingerprint, leaseSeconds, url } = await resolveRepository(inputs, packages);
	const signer = await openSigner({
		key: inputs["signing-key"],
		passphrase: inputs["signing-key-passphrase"],
		fingerprint
	});
	host.info(`Key: ${describeKey(signer.key)}`);
	for (const warning of signer.warnings) host.warning(warning, { title: "Signing key" });
	const result = await host.group(`Publish to ${channel} of ${root}`, async () => {
		const published = await publish({
			root,
			packages,
			channel,
			signer,
			allowReview: inputs["allow-review"],
			allowKeyChange: inputs["allow-key-change"],
			holder: host.runUrl ?? `the run ${host.runId}`,
			run: host.runUrl,
			leaseSeconds,
			logger: host,
			signal: host.signal,
			onStep: (step) => host.debug(`done: ${step}`)
		}, debDriver(request));
		for (const entry of published.plan.entries) host.info(entryLine(entry));
		for (const reason of published.plan.reasons) host.info(reason);
		return published;
	});
	const context = {
		root,
		channel,
		url: url ?? fileUri(path.join(root, "public")),
		key: signer.key,
		keys: await readFile(path.join(root, "public", "key.asc"), "utf8")
	};
	host.notice(conclusion(result, context));
	await host.summary(summary(result, context));
	const report = jsonReport(result, context);
	if (inputs.report !== void 0) await writeReport(inputs.report, report);
	return {
		changed: String(result.changed),
		snapshot: result.snapshot.id,
		"snapshot-uri": `${context.url}/snapshots/${result.snapshot.id}`,
		channel,
		repository: root,
		fingerprint: signer.key.fingerprint,
		"sources-entry": sourcesEntry(result, context),
		published: JSON.stringify(report)
	};
}

// src/actions/pipeline/bounded.ts
const isExpected = (error) => error instanceof UserError || error instanceof CommandError;
async function runBounded(items, limit, one, signal) {
	const waiting = [...items.entries()];
	const done = /* @__PURE__ */ new Map();
	const failures = [];
	const worker = async () => {
		for (let next = waiting.shift(); next !== void 0; next = waiting.shift()) {
			if (signal.aborted) return;
			const [index, item] = next;
			try {
				done.set(index, await one(item));
			} catch (error) {
				failures.push({
					item,
					error
				});
				if (!isExpected(error)) waiting.length = 0;
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
	return {
		done: [...done].sort(([a], [b]) => a - b).map(([, result]) => result),
		failures
	};
}

// src/actions/pipeline/stage.ts
var Stages = class {
	failures = [];
	#host;
	constructor(host) {
		this.#host = host;
	}
	async run(title, action, run, inputs) {
		const stage = new StageHost(this.#host, inputs);
		try {
			return await runOn(stage, action, run);
		} catch (error) {
			const errors = error instanceof AggregateError ? error.errors : [error];
			this.failures.push({
				title,
				summary: stage.markdown,
				message: errors.map(messageOf).join("; ")
			});
			throw error;
		}
	}
};
async function runStage(action, run, inputs, host) {
	return await runOn(new StageHost(host, inputs), action, run);
}
async function runOn(stage, action, run) {
	const started = performance.now();
	return {
		outputs: await run(readInputs(action, stage, {
			resolvePath: (file) => file,
			readSecret: (_kind, value) => value
		}), stage),
		seconds: (performance.now() - started) / 1e3
	};
}
var StageHost = class {
	name;
	workspace;
	runId;
	runUrl;
	signal;
	markdown = "";
	#host;
	#inputs;
	constructor(host, inputs) {
		this.#host = host;
		this.#inputs = inputs;
		this.name = host.name;
		this.workspace = host.workspace;
		this.runId = host.runId;
		this.runUrl = host.runUrl;
		this.signal = host.signal;
	}
	input(name) {
		return this.#inputs[name] || void 0;
	}
	output() {}
	async summary(markdown) {
		this.markdown += markdown;
	}
	async upload() {}
	async close() {}
	mask(value) {
		this.#host.mask(value);
	}
	report(kind, file) {
		return this.#host.report(kind, file);
	}
	debug(message) {
		this.#host.debug(message);
	}
	info(message) {
		this.#host.info(message);
	}
	tool(line) {
		this.#host.tool(line);
	}
	notice(message) {
		this.#host.info(message);
	}
	warning(message, location) {
		this.#host.warning(message, location);
	}
	error(message, location) {
		this.#host.error(message, location);
	}
	progress(message) {
		this.#host.progress(message);
	}
	group(title, body) {
		return this.#host.group(title, body);
	}
};

// src/actions/pipeline/buildroots.ts
async function updateBuildroots(request, host) {
	const { packaging, state, mirror } = request;
	for (const target of request.targets) try {
		await runStage(action, run$2, {
			targets: target.name,
			packaging,
			state,
			mirror
		}, host);
	} catch (error) {
		if (host.signal.aborted || !isExpected(error) || !await hasGeneration(target, request)) throw error;
		host.warning(`the buildroot of ${target.name} could not be brought up to date, its last generation is used: ${messageOf(error)}`);
	}
}
async function hasGeneration(target, { state, mirror }) {
	const configuration = await debBuildroot({
		target,
		mirror
	});
	const folder = buildrootFolder(state, buildrootName(target, configuration.architecture));
	return (await currentGeneration(folder))?.record.configurationDigest === configurationDigest(configuration);
}

// src/actions/pipeline/plan.ts
async function planPipeline(inputs, workspace, architecture) {
	const packaging = await findPackaging(inputs, workspace);
	if (packaging.architectures !== void 0 && !packaging.architectures.includes(architecture)) throw new UserError({
		what: "the release is not built for this architecture",
		where: `${packaging.file ?? "packaging file"}: architectures`,
		found: quote(architecture),
		expected: packaging.architectures.join(", "),
		remedy: "build on a machine of that architecture, or add this one to the list"
	});
	const names = inputs.packages.length > 0 ? inputs.packages : packaging.packages.map((entry) => entry.name);
	if (names.length === 0) throw new UserError({
		what: "no package to build",
		where: packaging.file ?? "input packages",
		expected: "packages in the packaging file, or the input packages"
	});
	const packages = names.map((name) => findPackage(packaging, name));
	const asked = inputs.targets.map((name) => findTarget(packaging, name));
	const targets = (asked.length > 0 ? asked : packaging.targets).filter((target) => target.format === "deb");
	const plans = [];
	for (const target of targets) {
		const jobs = packages.filter((entry) => entry.targets.some((candidate) => candidate.name === target.name)).map((entry) => ({
			package: entry,
			target,
			sources: path.join(inputs.work, "sources", target.name, entry.name),
			packages: path.join(inputs.work, "packages", target.name, entry.name)
		}));
		if (jobs.length > 0) plans.push({
			target,
			repository: repositoryOf(inputs, packaging, target, targets.length),
			jobs
		});
	}
	if (plans.length === 0) throw new UserError({
		what: "no package is built for any of the targets",
		where: packaging.file ?? "input targets",
		found: targets.map(({ name }) => name).join(", ") || "no deb targets"
	});
	return {
		packaging,
		file: packaging.file === void 0 ? void 0 : path.resolve(packaging.file),
		targets: plans
	};
}
async function findPackaging(inputs, workspace) {
	if (inputs.packaging !== void 0) return loadPackaging(inputs.packaging);
	const usual = path.join(workspace, "packaging.yml");
	if (await stat(usual).catch(() => void 0)) return loadPackaging(usual);
	if (inputs.targets.length === 0) throw new UserError({
		what: "neither a packaging file nor targets",
		where: usual,
		expected: "that file, or the inputs targets and repository"
	});
	return defaultPackaging({
		folder: workspace,
		targets: inputs.targets
	});
}
function repositoryOf(inputs, packaging, target, targets) {
	const known = repositoriesOf(packaging, target).find((repository) => repository.format === "deb");
	const common = {
		name: known?.name,
		channel: inputs.channel ?? known?.channels[0] ?? "latest"
	};
	if (inputs.repository !== void 0) return {
		root: targets > 1 ? path.join(inputs.repository, target.name) : inputs.repository,
		...common
	};
	if (known?.path === void 0) throw new UserError({
		what: `no folder for the repository of ${target.name}`,
		where: packaging.file === void 0 ? "input repository" : `${packaging.file} repositories`,
		expected: packaging.file === void 0 ? "the folder of a repository" : "path in its entry, or the input repository"
	});
	return {
		root: known.path,
		...common
	};
}

// src/actions/pipeline/projects.ts
const BUILD_REF = "refs/pkg-actions/build";
async function checkOut(location, role, folder, signal) {
	if ("path" in location) return {
		folder: location.path,
		ref: void 0
	};
	const git = (args) => run$4([
		"git",
		"-C",
		folder,
		...args
	], {
		signal,
		env: isolatedEnvironment(),
		okExitCodes: [0]
	});
	if (await stat(path.join(folder, "HEAD")).catch(() => void 0) === void 0) {
		await rm(folder, {
			recursive: true,
			force: true
		});
		await mkdir(folder, { recursive: true });
		await git([
			"init",
			"--quiet",
			"--bare",
			"--template="
		]);
	}
	await git([
		"config",
		"remote.origin.url",
		location.url
	]);
	await using repository = await GitRepository.open(folder, role, signal);
	const wanted = location.ref ?? "HEAD";
	try {
		await repository.fetch([
			"--quiet",
			"--force",
			"--tags",
			"--prune",
			"--",
			location.url,
			"+refs/heads/*:refs/heads/*"
		]);
		await repository.fetch([
			"--quiet",
			"--force",
			"--",
			location.url,
			`+${wanted}:${BUILD_REF}`
		]);
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
		const lines = error.lastLines();
		throw new UserError({
			what: `the ${role} project cannot be fetched`,
			where: location.url,
			found: lines.find((line) => /^(?:fatal|error): /.test(line)) ?? error.message,
			expected: location.ref === void 0 ? "a git repository" : `a git repository with ${quote(location.ref)}`
		}, { cause: error });
	}
	return {
		folder,
		ref: BUILD_REF
	};
}

// src/actions/pipeline/repository.ts
async function publishedChannels(root, first) {
	const paths = new RepositoryPaths(root);
	const key = path.join(paths.public, "key.asc");
	const channels = [];
	for (const [channel, id] of await readChannels(paths)) {
		const { suite, components } = (await readSnapshot(paths, id)).settings;
		const folder = path.join(paths.public, channel);
		channels.push({
			channel,
			source: `deb [signed-by=${key}] ${folder} ${suite} ${components.join(" ")}`
		});
	}
	return channels.sort((a, b) => Number(b.channel === first) - Number(a.channel === first));
}

// src/actions/pipeline/prepare.ts
async function prepareJob(job, { root, channel }, { work, state, packaging }, stages, host) {
	const started = performance.now();
	const { package: entry, target } = job;
	const place = (role) => path.join(work, "projects", `${entry.name}-${role}.git`);
	const code = await checkOut(entry.code, "code", place("code"), host.signal);
	const spec = entry.spec && await checkOut(entry.spec, "spec", place("spec"), host.signal);
	const published = await publishedChannels(root, channel);
	const { outputs } = await stages.run(`Prepare ${entry.name} for ${target.name}`, action$1, run$3, {
		packaging,
		package: entry.name,
		target: target.name,
		code: code.folder,
		ref: code.ref,
		spec: spec?.folder,
		"spec-ref": spec?.ref,
		output: job.sources,
		downloads: path.join(state, "downloads"),
		"version-suffix": packaging === void 0 ? entry.versions.suffixes[target.name] : void 0,
		orig: published.map(({ source }) => source).join("\n")
	});
	const { manifest } = await readManifest(outputs.manifest);
	return {
		version: outputs.version,
		origins: manifest.origins,
		seconds: (performance.now() - started) / 1e3
	};
}

// src/actions/pipeline/install.ts
async function installPublished({ target, repository, jobs }, published, { packaging, state, mirror, smoke }, host) {
	const paths = new RepositoryPaths(repository.root);
	const [own] = await publishedChannels(repository.root, published.channel);
	if (own?.channel !== published.channel) throw new Error(`nothing is published in ${repository.root}`);
	const released = await releaseSources(packaging, target, (key) => download({
		...key,
		name: "key.asc"
	}, {
		folder: path.join(state, "downloads"),
		logger: host,
		signal: host.signal
	}));
	const packages = await builtPackages(paths, published.snapshot, jobs.map((job) => job.packages));
	const configuration = await debBuildroot({
		target,
		mirror
	});
	const { generation, lock } = await holdBuildroot({
		state,
		configuration,
		runId: host.runId,
		logger: host,
		signal: host.signal,
		lockSeconds: packaging.limits.lockTimeout,
		maxAgeSeconds: Number.POSITIVE_INFINITY
	});
	const result = await installAndTry({
		state,
		scratch: await scratchSize({
			requested: "auto",
			parallel: 1
		}),
		generation,
		lock,
		repository: {
			source: parseAptSource(own.source, "repository"),
			key: await readFile(path.join(paths.public, "key.asc"), "utf8")
		},
		sources: released.repositories,
		pins: released.pins,
		packages,
		smoke: smoke.length > 0 ? [smoke] : jobs.flatMap((job) => job.package.smoke ? [job.package.smoke] : []),
		smokeSeconds: packaging.limits.smokeTimeout,
		timeoutSeconds: 1800,
		runId: host.runId,
		logger: host,
		signal: host.signal
	});
	for (const entry of result.installed) host.info(`installed ${entry}`);
	for (const { command, output } of result.tried) host.info(`${command}: ${output.split("\n")[0] ?? ""}`);
	return result;
}
async function builtPackages(paths, snapshot, builds) {
	const built = /* @__PURE__ */ new Set();
	for (const folder of builds) {
		const { manifest } = await readManifest(folder);
		for (const { role, sha256 } of manifest.files) if (role === "deb") built.add(sha256);
	}
	return (await readSnapshot(paths, snapshot)).packages.filter(({ type, name, files: [file] }) => {
		return type === "deb" && !name.endsWith("-dbgsym") && file !== void 0 && built.has(file.sha256);
	}).map(({ name, version }) => ({
		name,
		version
	}));
}

// src/actions/pipeline/publish.ts
async function publishTarget(each, plan, inputs, state, stages, host) {
	const { target, repository, jobs } = each;
	const { root, channel } = repository;
	const packages = jobs.map((job) => job.packages).join("\n");
	const checked = await host.group(`Check versions against ${root}`, async () => {
		const channels = await publishedChannels(root, channel);
		if (channels.length === 0) {
			host.info("the repository is new: nothing to compare with");
			return;
		}
		const repositories = channels.map((published) => `${published.channel}: ${published.source}`).join("\n");
		return stages.run(`Check for ${target.name}`, action$2, run$6, {
			packages,
			repositories
		});
	});
	const { outputs, seconds } = await host.group(`Sign and publish for ${target.name}`, () => stages.run(`Publish for ${target.name}`, action$3, run$1, {
		packages,
		repository: root,
		packaging: plan.file,
		"repository-name": plan.file === void 0 ? void 0 : repository.name,
		channel,
		"signing-key": inputs["signing-key"].reveal(),
		"signing-key-passphrase": inputs["signing-key-passphrase"]?.reveal(),
		"allow-key-change": String(inputs["allow-key-change"])
	}));
	const published = {
		target: target.name,
		root,
		channel,
		snapshot: outputs.snapshot,
		changed: outputs.changed === "true",
		fingerprint: outputs.fingerprint,
		sourcesEntry: outputs["sources-entry"],
		checkSeconds: checked?.seconds ?? 0,
		publishSeconds: seconds
	};
	if (!inputs.install) return {
		...published,
		installed: void 0
	};
	const { packaging } = plan;
	const { mirror, smoke } = inputs;
	const installed = await host.group(`Install in a clean session of ${target.name}`, () => installPublished(each, published, {
		packaging,
		state,
		mirror,
		smoke
	}, host));
	return {
		...published,
		installed
	};
}

// src/actions/pipeline/summary.ts
const seconds = (value) => `${value.toFixed(1)} s`;
function pipelineSummary(report) {
	const { release, built, published, failures, error } = report;
	const lines = [`## ${escapeMarkdown(`${release.name} ${release.version}`)}: ${outcome(report)}`, ""];
	if (error !== void 0) lines.push(`${escapeMarkdown(error)}.`, "");
	if (built.length > 0) lines.push(...builtTable(built));
	for (const entry of published) lines.push(...targetSection(entry));
	for (const { title, summary, message } of failures) if (summary.trim() !== "") lines.push(summary.trim(), "");
	else if (message !== error) lines.push(`### ${escapeMarkdown(title)}`, "", `${escapeMarkdown(message)}.`, "");
	const parts = [`buildroots ${seconds(report.buildrootSeconds)}`, ...published.map(({ target, checkSeconds, publishSeconds, installed }) => `${published.length > 1 ? `${target}: ` : ""}check ${seconds(checkSeconds)}, publish ${seconds(publishSeconds)}${installed ? `, install ${seconds(installed.seconds)}` : ""}`)];
	lines.push(`Time: ${seconds(report.seconds)} in all; ${parts.join(", ")}.`, "");
	return `${lines.join("\n")}\n`;
}
function outcome({ built, published, error }) {
	const count = built.length === 1 ? "one package" : `${built.length} packages`;
	if (error !== void 0) return built.length === 0 ? "failed" : `failed, ${count} built`;
	return `${count} built${published.some(({ changed }) => changed) ? " and published" : ", published already"}`;
}
function builtTable(built) {
	return [
		"| package | version | target | packages | made from | prepare | build |",
		"|---|---|---|---|---|---|---|",
		...built.map(({ job, version, packages, origins, prepareSeconds, buildSeconds }) => {
			const names = packages.map(codeCell).join(", ");
			const from = origins.map(origin).join(", ");
			return `| ${codeCell(job.package.name)} | ${codeCell(version)} | ${codeCell(job.target.name)} | ${names} | ${from} | ${seconds(prepareSeconds)} | ${seconds(buildSeconds)} |`;
		}),
		""
	];
}
function origin({ role, project, commit, tag }) {
	const since = tag === void 0 ? "" : `, tag ${codeCell(tag)}`;
	return `${role === "spec" ? "packaging " : ""}${codeCell(project)} at ${codeCell(commit.slice(0, 12))}${since}`;
}
function targetSection(entry) {
	const lines = [
		`### ${escapeMarkdown(entry.target)}`,
		"",
		`- Repository: ${code(entry.root)}, channel ${code(entry.channel)} → snapshot ${code(entry.snapshot)}${entry.changed ? "" : " (unchanged)"}`,
		`- Signed by ${code(entry.fingerprint)}`
	];
	if (entry.installed) {
		lines.push(`- Installed with apt in a clean session: ${entry.installed.installed.map(code).join(", ")}`);
		for (const { command, output } of entry.installed.tried) {
			const [first = ""] = output.split("\n");
			lines.push(`- ${code(command)} → ${first === "" ? "(no output)" : code(first)}`);
		}
	}
	return [
		...lines,
		"",
		"To use it, write this to a file in `/etc/apt/sources.list.d/`:",
		"",
		"```",
		entry.sourcesEntry.trimEnd(),
		"```",
		""
	];
}

// src/actions/pipeline/run.ts
async function run(inputs, host) {
	const started = performance.now();
	const plan = await planPipeline(inputs, host.workspace, await hostArchitecture());
	const stages = new Stages(host);
	const progress = {
		buildrootSeconds: 0,
		built: [],
		published: []
	};
	const report = () => ({
		release: plan.packaging.release,
		...progress,
		failures: stages.failures,
		seconds: (performance.now() - started) / 1e3
	});
	try {
		await runStages(inputs, plan, stages, progress, host);
	} catch (error) {
		if (!host.signal.aborted) {
			const errors = error instanceof AggregateError ? error.errors : [error];
			await host.summary(pipelineSummary({
				...report(),
				error: errors.map(messageOf).join("; ")
			}));
		}
		throw error;
	}
	await host.summary(pipelineSummary(report()));
	return {
		result: JSON.stringify(resultOf(report())),
		"sources-entry": progress.published.map(({ sourcesEntry }) => sourcesEntry.trim()).join("\n\n")
	};
}
async function runStages(inputs, plan, stages, progress, host) {
	const started = performance.now();
	const state = await prepareState(inputs.state);
	const parallel = await parallelBuilds(plan.packaging.build.maxParallel, inputs["max-parallel"]);
	const { file: packaging } = plan;
	const { mirror, work } = inputs;
	await updateBuildroots({
		targets: plan.targets.map(({ target }) => target),
		packaging,
		state,
		mirror
	}, host);
	progress.buildrootSeconds = (performance.now() - started) / 1e3;
	const prepared = [];
	for (const { jobs, repository } of plan.targets) for (const job of jobs) {
		const source = await host.group(`Prepare ${titleOf(job)}`, () => prepareJob(job, repository, {
			work,
			state,
			packaging
		}, stages, host));
		prepared.push({
			job,
			source
		});
	}
	const { done, failures } = await runBounded(prepared, parallel, async ({ job, source }) => {
		const { outputs, seconds } = await host.group(`Build ${titleOf(job)}`, () => stages.run(`Build ${titleOf(job)}`, action$4, run$5, {
			source: job.sources,
			output: job.packages,
			target: job.target.name,
			packaging,
			state,
			mirror,
			"max-parallel": String(parallel)
		}));
		const { version, origins, seconds: prepareSeconds } = source;
		return {
			job,
			version,
			origins,
			packages: outputs.packages.split(" "),
			prepareSeconds,
			buildSeconds: seconds
		};
	}, host.signal);
	progress.built = done;
	host.signal.throwIfAborted();
	if (failures.length > 0) throw failureOf(failures, prepared.length, host);
	for (const each of plan.targets) progress.published.push(await publishTarget(each, plan, inputs, state, stages, host));
}
const titleOf = ({ package: entry, target }) => `${entry.name} for ${target.name}`;
function failureOf(failures, count, host) {
	const [first] = failures;
	if (count === 1) return first?.error;
	const bug = failures.find(({ error }) => !isExpected(error));
	if (bug) return bug.error;
	for (const { item, error } of failures) host.error(`${titleOf(item.job)}: ${messageOf(error)}`);
	return new UserError({
		what: `${failures.length} of ${count} builds failed, nothing is published`,
		found: failures.map(({ item }) => titleOf(item.job)).join(", ")
	});
}
function resultOf({ built, published, buildrootSeconds, seconds }) {
	return {
		built: built.map(({ job, version, origins, packages, prepareSeconds, buildSeconds }) => ({
			package: job.package.name,
			target: job.target.name,
			version,
			origins,
			packages,
			folder: job.packages,
			seconds: {
				prepare: prepareSeconds,
				build: buildSeconds
			}
		})),
		published: published.map(({ target, root, snapshot, changed, channel, ...rest }) => ({
			target,
			repository: root,
			channel,
			snapshot,
			changed,
			installed: rest.installed?.installed ?? [],
			seconds: {
				check: rest.checkSeconds,
				publish: rest.publishSeconds,
				...rest.installed ? { install: rest.installed.seconds } : {}
			}
		})),
		seconds: {
			buildroots: buildrootSeconds,
			all: seconds
		}
	};
}

export { readRequest, run, run$1, run$2, run$3 };
