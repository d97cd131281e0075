import { SmokeTestError, buildrootFolder, buildrootName, buildrootTree, configurationDigest, currentGeneration, defaultStateFolder, describeChanges, explicitParallel, holdBuildroot, holdCurrent, hostArchitecture, openSpecSession, parallelBuilds, prepareState, releaseSources, releaseSourcesRpm, requestedBuildroot, rollbackBuildroot, rpmBuildroot, rpmRepository, scratchSize, updateBuildroot } from "./buildroot.js";
import { CommandError, InfrastructureError, UserError, formatBytes, formatCount, formatDuration, messageOf, oneLine, quote, readInputs, run as run$4, shellQuote } from "./frame.js";
import { engineOf, openSigningKeys, withRetries } from "./actions.js";
import { BUILD_DEFAULTS, auto, diagnoseThrown, processorShare, smokeTest } from "./builder.js";
import { action$10 as action$3, action$5, action$6 as action$4, action$7 as action$2, action$8 as action, action$9 as action$1, checkSuffix, checkTemplate, parseVersion, sharedFor } from "./inputs.js";
import { run as run$5 } from "./action-build-mock.js";
import { run as run$6 } from "./action-build-sbuild.js";
import { checkReleaseArchitecture, defaultPackaging, findPackage, findPackageName, findTarget, isTargetFile, loadPackaging, readTargetFile, repositoriesOf, resolveTargetReference } from "./config.js";
import { inParallel } from "./host-gitlab.js";
import { code, codeCell, escapeMarkdown, fenced, readManifest, table as table$1, writeReport } from "./shared.js";
import { GitRepository, isolatedEnvironment, parseMaintainer, plain, prepareDebSource, prepareRpmSource } from "./source.js";
import { baseArchitecture, parseEvr, readRpmPackage, rpmArchitecture } from "./rpm.js";
import { DEBUG, METADATA_INPUTS, REVIEW_CHANNEL, RepositoryPaths, ReviewPlace, channelTarget, checkAgainstPlan, checkChannelsAgainstPlan, checkReviewAgainstPlan, checkReviewName, checkVerdict, clientName, debDriver, debReview, fileNameOf, fileUri, fileUrl, isRepository, keysOfSnapshot, orderOf, planDocument, planKeys, planPublish, planReview, publish, publishReview, readChannels, readPublishPlan, readRelease as readRelease$1, readSnapshot, refuseAll, refuseDecision, repoText, rpmDriver, rpmReview, sourcesLine, sourcesText } from "./repository.js";
import { run as run$7 } from "./action-check-version.js";
import { AllowedSigners, describeKey, normalFingerprint, signsWithSubkey, validityWarnings, whoVerifies } from "./signing.js";
import { download } from "./download.js";
import { checkDebClients, checkRpmClients, checkWithRetries, installAndTry, installAndTryRpm } from "./systemtest.js";
import { parseAptSource } from "./deb.js";
import path from "node:path";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import os from "node:os";
import { isDeepStrictEqual } from "node:util";

// src/actions/prepare-sources/release.ts
async function readRelease(inputs, workspace) {
	if (inputs.packaging === void 0) return void 0;
	const packaging = await loadPackaging(inputs.packaging);
	const [only, second] = packaging.packages;
	const specFile = inputs["spec-file"];
	const name = inputs.package ?? (only !== void 0 && second === void 0 ? only.name : await findPackageName(inputs.spec ?? inputs.code ?? workspace, {
		debianPath: inputs["debian-path"] ?? "debian",
		...specFile === void 0 ? {} : { specFile }
	}));
	return {
		file: inputs.packaging,
		maintainer: packaging.maintainer,
		entry: findPackage(packaging, name),
		lockSeconds: packaging.limits.lockTimeout,
		retries: packaging.limits.retries,
		find: (target) => findTarget(packaging, target)
	};
}
async function chooseTarget(inputs, release) {
	if (inputs.target !== void 0) return release?.find(inputs.target) ?? await resolveTargetReference(inputs.target);
	const targets = release?.entry.targets ?? [];
	const [only, second] = targets;
	if (release === void 0 || only === void 0 || second === void 0) return only;
	const expected = targets.map((target) => target.name).join(", ");
	const isRpm = targets.filter((target) => target.format === "rpm");
	if (isRpm.length > 0) throw new UserError({
		what: isRpm.length === targets.length ? "sources of rpm packages are prepared in the buildroot of a target, and no target is said" : "the package has targets of both formats, and no target is said",
		where: "input target",
		expected
	});
	if (new Set(targets.map((target) => release.entry.versions.suffixes[target.name] ?? "")).size === 1 || inputs["version-suffix"] !== void 0) return void 0;
	throw new UserError({
		what: "the version has another suffix for each target of the package, and no target is said",
		where: "input target",
		expected,
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

// src/actions/prepare-sources/common-request.ts
const DEFAULT_TAG_PATTERN = "*[0-9]*";
const DEFAULT_COMMITS = 10;
function commonRequest(inputs, host, release, target, format) {
	const own = release?.entry;
	const spec = inputs.spec ?? localPath(own?.spec, "spec");
	const review = readReview(inputs);
	const specRef = inputs["spec-ref"];
	const packageName = inputs.package ?? own?.name;
	return {
		code: inputs.code ?? localPath(own?.code, "code") ?? host.workspace,
		...spec === void 0 ? {} : { spec },
		ref: inputs.ref,
		...specRef === void 0 ? {} : { specRef },
		deepen: inputs.deepen,
		targetNames: target === void 0 ? [] : [
			target.name,
			target.suite,
			...target.aliases
		],
		...packageName === void 0 ? {} : { packageName },
		output: inputs.output,
		version: readVersions(inputs, own, target, format),
		...review === void 0 ? {} : { review },
		downloads: inputs.downloads ?? path.join(inputs.state ?? defaultStateFolder(), "downloads"),
		submodules: inputs.submodules
	};
}
function readEntry(inputs, release) {
	const maintainer = inputs.maintainer ?? release?.maintainer;
	const fallback = maintainerOfEnvironment();
	return {
		...maintainer === void 0 ? {} : { maintainer: parseMaintainer(maintainer, "input maintainer") },
		...fallback === void 0 ? {} : { fallbackMaintainer: fallback },
		commits: inputs["changelog-commits"] ?? release?.entry.versions.changelogCommits ?? DEFAULT_COMMITS
	};
}
function refuseInputs(given, format) {
	const name = Object.entries(given).find(([, isGiven]) => isGiven)?.[0];
	if (name === void 0) return;
	throw new UserError({
		what: `the input has no meaning for ${format} packages`,
		where: `input ${name}`,
		expected: format === "deb" ? "an rpm target with it, or the input left out" : "a deb target with it, or the input left out"
	});
}
function readVersions(inputs, own, target, format) {
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
		checkTemplate(template, "input version-template", format);
	}
	const [first] = Object.values(versions?.suffixes ?? {});
	const suffix = inputs["version-suffix"] ?? (target === void 0 ? first : versions?.suffixes[target.name]) ?? "";
	checkSuffix(suffix, "input version-suffix");
	const published = inputs["published-version"];
	if (published !== void 0) {
		if (format === "deb") parseVersion(published, "input published-version");
		else parseEvr(published, "input published-version");
	}
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

// src/actions/prepare-sources/deb-request.ts
function debRequest(inputs, host, release, target) {
	refuseInputs({
		"spec-file": inputs["spec-file"] !== void 0,
		"rpm-output": inputs["rpm-output"] !== void 0,
		architecture: inputs.architecture !== void 0,
		buildroot: inputs.buildroot !== void 0
	}, "deb");
	const own = release?.entry;
	const debianPath = inputs["debian-path"] ?? (own?.debianPath === "debian" ? void 0 : own?.debianPath);
	const distribution = inputs.distribution ?? target?.suite;
	return {
		...commonRequest(inputs, host, release, target, "deb"),
		...debianPath === void 0 ? {} : { debianPath },
		entry: {
			...distribution === void 0 ? {} : { distribution },
			...readEntry(inputs, release)
		},
		orig: inputs.orig,
		origBase: host.workspace,
		compression: inputs.compression
	};
}

// src/actions/prepare-sources/rpm-request.ts
async function rpmRequest(inputs, host, release, target, choose = engineOf) {
	refuseInputs({
		"debian-path": inputs["debian-path"] !== void 0,
		distribution: inputs.distribution !== void 0,
		orig: inputs.orig.length > 0,
		compression: inputs.compression !== "gzip"
	}, "rpm");
	const configuration = await rpmBuildroot({
		target,
		architecture: inputs.architecture
	});
	const specFile = inputs["spec-file"] ?? release?.entry.specFile;
	const open = async (state) => {
		const engine = await choose(inputs, "rpm", state, host);
		const { generation, lock } = await holdBuildroot({
			state,
			configuration,
			engine,
			name: inputs.buildroot,
			runId: host.runId,
			logger: host,
			signal: host.signal,
			lockSeconds: release?.lockSeconds ?? BUILD_DEFAULTS.lockSeconds,
			smoke: smokeTest,
			proxy: inputs.proxy,
			maxAgeSeconds: inputs["buildroot-max-age"]
		});
		try {
			return await openSpecSession({
				state,
				runId: host.runId,
				generation: generation.id,
				tree: buildrootTree(generation),
				lock,
				engine,
				log: host,
				signal: host.signal
			});
		} catch (error) {
			await lock.release();
			throw error;
		}
	};
	const openExpander = async () => {
		if (process.getuid?.() !== 0) throw new UserError({
			what: "sources of rpm packages are prepared on a build host, where the target's buildroot can be entered",
			found: `uid ${process.getuid?.()}`,
			expected: "root: a spec is a program, and runs only in a session over the buildroot",
			remedy: "run the job on a runner pkg-builder, or with sudo"
		});
		const state = await prepareState(inputs.state, host);
		const retries = inputs.retries ?? release?.retries ?? BUILD_DEFAULTS.retries;
		return await withRetries(() => open(state), {
			format: "rpm",
			retries
		}, host);
	};
	return {
		...commonRequest(inputs, host, release, target, "rpm"),
		...specFile === void 0 ? {} : { specFile },
		entry: readEntry(inputs, release),
		kind: inputs["rpm-output"] ?? "srpm",
		target: {
			name: target.name,
			suite: target.suite,
			architecture: configuration.architecture
		},
		openExpander
	};
}

// src/actions/prepare-sources/summary.ts
function summarise(prepared) {
	const { name, version, commits, subjects, changedFiles, next, manifest } = prepared;
	const [code, spec] = manifest.origins;
	const lines = [
		`### ${name} ${inCode(version)}`,
		"",
		`Upstream version from ${inCode(prepared.upstreamSource)}; ${formatCount(commits, "commit")} since, merges not counted. Source format ${prepared.format}.`
	];
	if (code !== void 0) lines.push(`Made from ${inCode(code.commit.slice(0, 12))} of ${inCode(code.project)}${spec === void 0 ? "" : `, packaging from ${inCode(spec.commit.slice(0, 12))} of ${inCode(spec.project)}`}.`);
	if (prepared.tarball !== void 0) {
		const patch = changedFiles === 0 ? "" : `; ${formatCount(changedFiles, "file")} of the commit differ from it`;
		lines.push(`${prepared.tarball.name}: ${inCode(prepared.tarball.origin)}${patch}.`);
	}
	if (next !== void 0) lines.push(`Under review: stays below ${inCode(next)}, the lowest version of the next merge.`);
	lines.push("", "| File | Size |", "|---|---:|");
	for (const file of manifest.files) lines.push(`| ${codeCell(plain(file.name))} | ${formatBytes(file.size)} |`);
	if (subjects.length > 0) {
		const listed = subjects.map((each) => `${each.id.slice(0, 8)} ${plain(each.subject)} (${plain(each.author)})`);
		const more = commits > subjects.length ? [`and ${formatCount(commits - subjects.length, "more commit")}`] : [];
		lines.push("", fenced([...listed, ...more]));
	}
	return `${lines.join("\n")}\n`;
}
function inCode(text) {
	return code(plain(text));
}

// src/actions/prepare-sources/run.ts
async function run$3(inputs, host) {
	const { format, request } = await readRequest(inputs, host);
	const made = format === "deb" ? await prepareDebSource(request, host, host.signal) : await prepareRpmSource(request, host, host.signal);
	host.info(`${made.name} ${made.version} is in ${made.folder}`);
	await host.summary(summarise(made));
	return {
		manifest: made.manifestFile,
		dsc: made.dsc ?? "",
		srpm: made.srpm ?? "",
		version: made.version,
		name: made.name,
		folder: made.folder,
		artifact: (inputs.upload ? await upload(made, request.version.target, host) : void 0) ?? ""
	};
}
async function upload({ name, version, folder, manifest, manifestFile }, target, host) {
	const files = [...manifest.files.map((file) => file.name), path.basename(manifestFile)];
	return await host.upload(`sources-${name}-${version}${target === void 0 ? "" : `-${target}`}`, folder, files);
}
async function readRequest(inputs, host, choose = engineOf) {
	const release = await readRelease(inputs, host.workspace);
	const target = await chooseTarget(inputs, release);
	return target?.format === "rpm" ? {
		format: "rpm",
		request: await rpmRequest(inputs, host, release, target, choose)
	} : {
		format: "deb",
		request: debRequest(inputs, host, release, target)
	};
}

// src/actions/update-buildroots/report.ts
function resultEntry({ generation, ...result }) {
	const { name, outcome, reason, former, changes, removed, seconds, disk } = result;
	return {
		name,
		generation: generation.id,
		outcome,
		reason,
		former: former ?? null,
		removed,
		packages: generation.record.packages.length,
		changes: outcome === "created" ? null : changes,
		bytes: generation.record.bytes,
		disk,
		seconds: Math.round(seconds * 10) / 10
	};
}
function failureEntry({ target, error }) {
	const verdict = error instanceof SmokeTestError ? error.verdict : error instanceof InfrastructureError ? "infrastructure" : void 0;
	return {
		target,
		outcome: "failed",
		reason: messageOf(error),
		...verdict ? { verdict } : {}
	};
}
const MOST_NAMED = 50;
function summaryOf(results, failures) {
	const rows = results.map((result) => {
		const { name, outcome, reason, generation, seconds, disk, changes } = result;
		const { packages, bytes } = generation.record;
		const changed = outcome === "created" ? `${packages.length} new` : describeChanges(changes);
		return [
			name,
			outcome,
			reason,
			`\`${generation.id}\``,
			changed,
			formatBytes(bytes),
			formatBytes(disk),
			duration(seconds)
		];
	});
	for (const { target, error } of failures) rows.push([
		target,
		"**failed**",
		messageOf(error),
		"",
		"",
		"",
		"",
		""
	]);
	return [
		"## Buildroots",
		"",
		"| buildroot | outcome | why | generation | packages | size | on disk | time |",
		"|---|---|---|---|---|---|---|---|",
		...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
		"",
		...results.flatMap(changesOf)
	].join("\n");
}
const duration = (seconds) => formatDuration(Math.round(seconds * 10) / 10);
const cell = (text) => oneLine(text).replaceAll("|", "\\|");
function changesOf({ name, outcome, changes }) {
	if (outcome === "created" || outcome === "unchanged") return [];
	const moved = (list, word) => list.map((entry) => `| ${entry.name} | ${word} | ${entry.from} | ${entry.to} |`);
	const rows = [
		...moved(changes.upgraded, "upgraded"),
		...moved(changes.downgraded, "downgraded"),
		...changes.added.map((entry) => `| ${entry.name} | new | | ${entry.version} |`),
		...changes.removed.map((entry) => `| ${entry.name} | removed | ${entry.version} | |`)
	];
	if (rows.length === 0) return [];
	const more = rows.length - MOST_NAMED;
	return [
		`### Packages of ${name}`,
		"",
		"| package | change | from | to |",
		"|---|---|---|---|",
		...rows.slice(0, MOST_NAMED),
		"",
		...more > 0 ? [`and ${more} more: see history.jsonl of the buildroot`, ""] : []
	];
}

// src/actions/update-buildroots/run.ts
const MOST_AT_ONCE = 4;
async function run$2(inputs, host) {
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	const targets = await chosenTargets(inputs, packaging);
	refuseUnnamed(inputs, targets);
	refuseForeign(inputs, targets);
	refuseBoth(inputs);
	const state = await prepareState(inputs.state, host);
	const engines = /* @__PURE__ */ new Map();
	const engineFor = (format) => {
		const engine = engines.get(format) ?? engineOf(inputs, format, state, host);
		engines.set(format, engine);
		return engine;
	};
	const results = [];
	const failures = [];
	const update = async (target) => {
		try {
			const configuration = await configurationOf(inputs, target, packaging);
			const common = {
				state,
				configuration,
				name: inputs.name,
				runId: host.runId,
				logger: host,
				signal: host.signal,
				...packaging ? { lockSeconds: packaging.limits.lockTimeout } : {}
			};
			const result = await host.group(`Buildroot of ${target.name}`, async () => inputs.rollback ? rollbackBuildroot(common) : updateBuildroot({
				...common,
				engine: await engineFor(target.format),
				force: inputs.force,
				retryRejected: true,
				keep: inputs.keep,
				proxy: inputs.proxy,
				...inputs["smoke-test"] ? { smoke: smokeTest } : {}
			}));
			results.push(result);
			host.info(`${result.name}: ${result.outcome}, generation ${result.generation.id} (${result.reason})`);
		} catch (error) {
			if (host.signal.aborted) throw error;
			failures.push({
				target: target.name,
				error
			});
			if (targets.length > 1) host.error(messageOf(error));
		}
	};
	await inParallel(targets, Math.min(MOST_AT_ONCE, os.availableParallelism()), update);
	const order = (name) => targets.findIndex((target) => target.name === name);
	failures.sort((a, b) => order(a.target) - order(b.target));
	results.sort((a, b) => a.name.localeCompare(b.name, "en"));
	await host.summary(summaryOf(results, failures));
	const outputs = {
		changed: String(results.some(({ outcome }) => outcome !== "unchanged")),
		failed: failures.map(({ target }) => target).join(" "),
		result: JSON.stringify([...results.map(resultEntry), ...failures.map(failureEntry)])
	};
	if (failures.length > 0) {
		for (const [name, value] of Object.entries(outputs)) host.output(name, value);
		throw failed(failures, targets.length);
	}
	return outputs;
}
function failed(failures, targets) {
	const bug = failures.find(({ error }) => !(error instanceof UserError || error instanceof CommandError));
	if (bug !== void 0) return bug.error;
	if (targets === 1) return failures[0]?.error;
	return new UserError({
		what: "some buildroots could not be updated",
		found: failures.map(({ target }) => target).join(", "),
		remedy: "their last generations stay in use; see the errors above"
	});
}
async function configurationOf(inputs, target, packaging) {
	const configuration = await requestedBuildroot({
		target,
		architecture: inputs.architecture,
		mirror: inputs.mirror,
		repositories: inputs.repositories,
		keys: inputs["repository-keys"],
		pins: inputs.pins,
		include: inputs.include
	});
	if (packaging !== void 0) checkReleaseArchitecture(packaging, configuration.architecture);
	return configuration;
}
async function chosenTargets(inputs, packaging) {
	if (inputs.targets.length === 0) {
		if (packaging === void 0) throw new UserError({
			what: "no target to update",
			where: "input targets",
			expected: "targets such as debian-12, or a packaging file"
		});
		return [...packaging.targets];
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
function refuseForeign(inputs, targets) {
	if (targets.some(({ format }) => format === "deb")) return;
	const given = {
		mirror: inputs.mirror !== void 0,
		pins: inputs.pins.length > 0
	};
	const remedy = {
		mirror: "mirrors of an rpm target are named in its mock configuration",
		pins: "give the repository a priority: NAME URL priority=N"
	};
	for (const name of ["mirror", "pins"]) {
		if (!given[name]) continue;
		throw new UserError({
			what: "an input for deb targets alone",
			where: `input ${name}`,
			found: `rpm targets: ${targets.map((target) => target.name).join(", ")}`,
			remedy: remedy[name]
		});
	}
}
function refuseBoth(inputs) {
	if (!inputs.rollback || !inputs.force) return;
	throw new UserError({
		what: "inputs that contradict each other",
		where: "inputs rollback and force",
		found: "true and true",
		expected: "one of them: force ends a rollback"
	});
}

// src/actions/sign-publish/client-packages.ts
function clientPackages(staged, architecture, target) {
	const { format, plan, draft, builds, staging, view } = staged;
	const folder = format === "rpm" && architecture !== void 0 ? baseArchitecture(architecture) : void 0;
	const isFor = (each) => isTried(each) && (architecture === void 0 || isListed(each, folder ?? architecture));
	const key = ({ name, version, architecture: own }) => `${name} ${version} ${own}`;
	const brought = new Set(plan.entries.filter((each) => each.kind === "binary" && each.action !== "same").map(key));
	const packages = draft.packages.filter(isFor);
	const { head } = view;
	const before = (head?.packages ?? []).filter(isFor);
	const byName = Map.groupBy(before, ({ name }) => name);
	const compare = orderOf(format);
	const formerOf = (each) => {
		const older = (byName.get(each.name) ?? []).filter((other) => isSameMachine(other, each) && compare(other.version, each.version) < 0).sort((a, b) => compare(b.version, a.version));
		const isNewest = !(byName.get(each.name) ?? []).some((other) => compare(other.version, each.version) > 0);
		return older[0] === void 0 || !isNewest ? void 0 : pooled(older[0]);
	};
	const isBrought = (each) => brought.has(key(each));
	const newer = packages.filter(isBrought);
	const isAlone = (each) => newer.some(({ source, sourceVersion }) => source === each.source && sourceVersion !== each.sourceVersion) && !newer.some(({ name }) => name === each.name) && !(byName.get(each.name) ?? []).some((other) => compare(other.version, each.version) > 0);
	const isMeant = (each) => target === void 0 || builtFor(each, builds, format) === target;
	const hadFolder = head !== void 0 && (folder === void 0 || head.settings.architectures.includes(folder));
	return {
		changed: packages.filter((each) => isBrought(each) && isMeant(each)).map((each) => ({
			...pooled(each),
			former: formerOf(each)
		})),
		unchanged: packages.filter((each) => !isBrought(each)).map(pooled),
		former: before.map(pooled),
		companions: before.filter(isAlone).map(pooled),
		stagedFolder: path.join(staging.snapshot, folder ?? ""),
		formerFolder: hadFolder ? path.join(view.paths.snapshot(head.id), folder ?? "") : void 0
	};
}
function pooled({ name, version, architecture, files }) {
	const [file] = files;
	if (file === void 0) throw new Error(`${name} has no file`);
	return {
		name,
		version,
		architecture,
		path: file.path,
		size: file.size,
		sha256: file.sha256
	};
}
function isTried({ type, name, component }) {
	if (type === "rpm") return component !== DEBUG;
	return type === "deb" && !name.endsWith("-dbgsym") && component?.endsWith("/debug") !== true;
}
const isForAll = (architecture) => architecture === "all" || architecture === "noarch";
function isListed({ type, architecture, listedIn }, index) {
	if (listedIn !== void 0) return listedIn.includes(index);
	return isForAll(architecture) || (type === "rpm" ? baseArchitecture(architecture) : architecture) === index;
}
const isSameMachine = (a, b) => a.architecture === b.architecture || isForAll(a.architecture) || isForAll(b.architecture);
function builtFor(each, builds, format) {
	return builds.find(({ manifest }) => format === "rpm" ? manifest.package.name === each.source : manifest.files.some(({ sha256 }) => sha256 === each.files[0]?.sha256))?.manifest.target?.name;
}

// src/actions/sign-publish/report-clients.ts
function clientsLine(checked) {
	return `client check: ${textOf(checked)}`;
}
function textOf({ target, architecture, installed, upgraded, downloads, seconds }) {
	const count = (number, one) => `${number} ${one}${number === 1 ? "" : "s"}`;
	return `${target} ${architecture}: ${count(installed, "package")} can be installed, ${upgraded} upgraded to, ${count(downloads, "download")}, ${seconds.toFixed(1)} s`;
}
function clientsJson({ clients }) {
	if (clients === void 0) return {};
	return { clients: clients.map(({ seconds, ...rest }) => ({
		...rest,
		seconds: Math.round(seconds * 1e3) / 1e3
	})) };
}
function clientsSection({ clients }) {
	if (clients === void 0 || clients.length === 0) return [];
	return [`Tried in sessions before it was published: ${clients.map(textOf).join("; ")}.`, ""];
}

// src/actions/sign-publish/client-check.ts
const CALL_SECONDS = 1800;
const ALSO_RUNS = {
	amd64: ["i386"],
	arm64: ["armhf", "armel"],
	x86_64: ["i686"],
	aarch64: ["armv7hl"]
};
async function openTargetClients(inputs, packages, review, host) {
	if (inputs["client-check"] !== "target") return void 0;
	if (review !== void 0) throw new UserError({
		what: "packages of a review are not tried in sessions",
		where: "input client-check",
		remedy: "use client-check read"
	});
	const { format, targets } = await targetsOf(packages);
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	const state = await prepareState(inputs.state, host);
	await using stack = new AsyncDisposableStack();
	const held = [];
	const own = format === "deb" ? await hostArchitecture() : rpmArchitecture(os.machine());
	for (const [name, built] of targets) for (const architecture of /* @__PURE__ */ new Set([own, ...(ALSO_RUNS[own] ?? []).filter((each) => built.has(each))])) {
		const found = await holdCurrent(buildrootFolder(state, `${name}-${architecture}`), host.signal);
		if (found !== void 0) {
			stack.use(found.lock);
			held.push({
				name,
				architecture,
				generation: found.generation
			});
		} else if (architecture === own && built.has(own)) throw missingBuildroot(name, architecture, state, inputs);
	}
	const sessions = {
		inputs,
		format,
		state,
		engine: await engineOf(inputs, format, state, host),
		packaging,
		host,
		several: targets.size > 1
	};
	const locks = stack.move();
	return {
		check: async (staged) => await checkAll(staged, held, sessions),
		[Symbol.asyncDispose]: async () => await locks.disposeAsync()
	};
}
async function targetsOf(packages) {
	const targets = /* @__PURE__ */ new Map();
	let format = "deb";
	for (const location of packages) {
		const { manifest, file } = await readManifest(location);
		const { target } = manifest;
		if (target === void 0) throw new UserError({
			what: "the manifest does not say what its packages are built for, so they cannot be tried there",
			where: file,
			remedy: "use client-check read"
		});
		({format} = manifest.package);
		targets.set(target.name, (targets.get(target.name) ?? /* @__PURE__ */ new Set()).add(target.architecture));
	}
	return {
		format,
		targets
	};
}
function missingBuildroot(name, architecture, state, inputs) {
	const command = [
		"pkg-actions",
		"update-buildroots",
		"--targets",
		name,
		...inputs.packaging === void 0 ? [] : ["--packaging", inputs.packaging],
		"--state",
		state
	];
	return new UserError({
		what: "there is no buildroot to try the packages in",
		where: "input client-check",
		found: `nothing for ${name} (${architecture}) in ${path.join(state, "buildroots")}`,
		remedy: `make it with ${shellQuote(command)}, or use client-check read`
	});
}
async function checkAll(staged, held, sessions) {
	const { host, several } = sessions;
	const checked = [];
	const errors = [];
	const tried = /* @__PURE__ */ new Set();
	for (const target of held) {
		const of = several ? target.name : void 0;
		const packages = clientPackages(staged, target.architecture, of);
		for (const { path: file } of packages.changed) tried.add(file);
		if (packages.changed.length === 0) continue;
		const started = performance.now();
		const result = await checkTarget(staged, target, packages, sessions);
		const { installed, upgraded, downloads } = result;
		const seconds = (performance.now() - started) / 1e3;
		const done = {
			target: target.name,
			architecture: target.architecture,
			installed,
			upgraded,
			downloads,
			seconds
		};
		host.progress("");
		host.info(clientsLine(done));
		checked.push(done);
		for (const warning of result.warnings) host.warning(`${done.target}: ${warning}`, { title: "Client check" });
		errors.push(...result.refused.map((each) => errorOf(each, target)));
	}
	refuseAll(errors);
	const left = clientPackages(staged, void 0, void 0).changed.filter(({ path: file }) => !tried.has(file));
	if (left.length > 0) {
		const architectures = [...new Set(left.map(({ architecture }) => architecture))].join(", ");
		host.warning(`not tried in a session, as there is no buildroot for it here: ${formatCount(left.length, "package")} (${architectures})`, { title: "Client check" });
	}
	return checked;
}
async function checkTarget(staged, target, packages, { inputs, format, state, engine, packaging, host }) {
	const { staging, view, signal } = staged;
	const { name, architecture, generation } = target;
	const empty = path.join(staging.work, `clients-${name}-${architecture}`);
	await mkdir(empty, { recursive: true });
	const { stagedFolder, formerFolder } = packages;
	const common = {
		state,
		engine,
		scratch: await scratchSize({
			requested: "auto",
			parallel: 1
		}),
		generation,
		target: name,
		architecture,
		staged: {
			folder: stagedFolder,
			pool: path.join(staging.public, "pool")
		},
		former: formerFolder === void 0 ? void 0 : {
			folder: formerFolder,
			packages: packages.former
		},
		pool: view.paths.pool,
		empty,
		keys: staged.keys,
		packages: packages.changed,
		companions: packages.companions,
		proxy: inputs.proxy,
		timeoutSeconds: CALL_SECONDS,
		runId: host.runId,
		logger: host,
		signal
	};
	const fetchKey = async (key) => await download({
		...key,
		name: "key.asc"
	}, {
		folder: path.join(state, "downloads"),
		logger: host,
		signal
	});
	const retries = {
		format,
		retries: inputs.retries ?? packaging?.limits.retries ?? BUILD_DEFAULTS.retries,
		where: `${name} (${architecture})`,
		logger: host,
		signal
	};
	const { settings } = staged.draft;
	if (!("suite" in settings)) {
		const sources = packaging ? await releaseSourcesRpm(packaging, findTarget(packaging, name), fetchKey) : [];
		return await checkWithRetries(retries, async () => await checkRpmClients({
			...common,
			sources
		}));
	}
	const released = packaging ? await releaseSources(packaging, findTarget(packaging, name), fetchKey) : {
		repositories: [],
		pins: []
	};
	const request = {
		...common,
		suite: settings.suite,
		components: settings.components.filter((each) => !each.endsWith("/debug")),
		unchanged: packages.unchanged,
		sources: released.repositories,
		pins: released.pins
	};
	return await checkWithRetries(retries, async () => await checkDebClients(request));
}
function errorOf({ step, packages, reason }, { name, architecture }) {
	const named = packages.map((each) => `${each.name} ${each.version}`).join(", ");
	const former = packages.flatMap((each) => each.former?.version ?? []).join(", ");
	const what = {
		install: "the package cannot be installed",
		upgrade: packages.length === 1 ? `a machine that has ${former} cannot be upgraded to the package` : `a machine that has the former versions (${former}) cannot be upgraded to these packages together`
	}[step];
	return new UserError({
		what: `${what} on ${name} (${architecture})`,
		where: named,
		found: reason
	});
}

// src/actions/sign-publish/plan-inputs.ts
const MAX_REASON = 1e3;
function reasonOf(inputs) {
	const reason = inputs["allow-downgrade"];
	if (reason === void 0) return void 0;
	const text = reason.trim();
	if (text !== "" && text.length <= MAX_REASON && !/\p{Cc}/u.test(text)) return text;
	throw new UserError({
		what: "a downgrade needs a reason, for those who look at the repository later",
		where: "input allow-downgrade",
		found: quote(reason),
		expected: `one line of text, of ${MAX_REASON} characters at most`
	});
}
function portablePath(workspace, target) {
	const relative = path.relative(workspace, target);
	return relative !== ".." && !relative.startsWith("../") && !path.isAbsolute(relative) ? relative || "." : target;
}
function planRequest(request, workspace) {
	if (request.format === "deb") {
		const { name: _, components, architectures, ...rest } = request.deb;
		return {
			...rest,
			...lists({
				components,
				architectures
			})
		};
	}
	const { name: _, metadata = {}, architectures, ...rest } = request.rpm;
	const files = METADATA_INPUTS.flatMap((input) => {
		const file = metadata[input];
		return file === void 0 ? [] : [[input, portablePath(workspace, file)]];
	});
	return {
		...rest,
		...lists({ architectures }),
		...Object.fromEntries(files)
	};
}
function lists(given) {
	const found = Object.entries(given).flatMap(([name, list]) => list === void 0 ? [] : [[name, [...list]]]);
	return Object.fromEntries(found);
}
function withPlan(inputs, plan, workspace) {
	const channel = plan.review?.channel ?? plan.channel;
	if (inputs.review !== plan.review?.name) throw new UserError({
		what: "the plan is for another review repository, or for none",
		where: "input review",
		found: inputs.review ?? "none",
		expected: plan.review?.name ?? "none"
	});
	if (inputs.channel !== void 0 && inputs.channel !== channel) throw new UserError({
		what: "the plan is for another channel",
		where: "input channel",
		found: quote(inputs.channel),
		expected: `${quote(channel)}, or nothing`
	});
	const resolved = (file) => file === void 0 ? void 0 : path.resolve(workspace, file);
	const { request } = plan;
	const list = (given, planned) => given.length > 0 ? given : planned ?? [];
	return {
		...inputs,
		packages: list(inputs.packages, plan.builds.map(({ location }) => location)),
		repository: inputs.repository ?? (inputs.packaging === void 0 ? resolved(plan.repository) : void 0),
		channel,
		suite: inputs.suite ?? request.suite,
		components: list(inputs.components, request.components),
		component: inputs.component ?? request.component,
		"udeb-component": inputs["udeb-component"] ?? request.udebComponent,
		architectures: list(inputs.architectures, request.architectures),
		origin: inputs.origin ?? request.origin,
		label: inputs.label ?? request.label,
		description: inputs.description ?? request.description,
		"valid-for": inputs["valid-for"] ?? request.validSeconds,
		"keep-versions": inputs["keep-versions"] ?? request.keepVersions,
		groups: inputs.groups ?? resolved(request.groups),
		updateinfo: inputs.updateinfo ?? resolved(request.updateinfo),
		modules: inputs.modules ?? resolved(request.modules),
		productid: inputs.productid ?? resolved(request.productid),
		url: inputs.url ?? request.url
	};
}

// src/actions/sign-publish/provenance.ts
async function readAllowedSigners(files, workspace) {
	if (files.length === 0) return void 0;
	const paths = files.map((file) => path.resolve(workspace, file));
	return await AllowedSigners.read(paths, /* @__PURE__ */ new Date(), "input allowed-signers");
}
function withSigners({ builds, signers }) {
	return signers === void 0 ? [] : builds.map((build, index) => [build, signers[index] ?? []]);
}
function signedLines(signed) {
	return withSigners(signed).map(([{ manifest }, signatures]) => {
		const names = signatures.map(({ userId, fingerprint }) => `${userId}, ${fingerprint}`);
		return oneLine(`${manifest.package.name} ${manifest.package.version}: signed by ${names.join(" and ")}`);
	});
}
function signedTable(signed) {
	const rows = withSigners(signed).flatMap(([{ manifest }, signatures]) => signatures.map(({ userId, fingerprint }) => {
		const { name, version } = manifest.package;
		return [
			codeCell(oneLine(name)),
			codeCell(oneLine(version)),
			escapeMarkdown(oneLine(userId)),
			code(fingerprint)
		];
	}));
	if (rows.length === 0) return [];
	return [
		"### Who signed the builds",
		"",
		...table$1([
			"build of",
			"version",
			"signed by",
			"fingerprint"
		], rows)
	];
}
function signedJson(signed) {
	if (signed.signers === void 0) return {};
	return { builds: withSigners(signed).map(([{ manifest, sha256 }, signatures]) => ({
		package: manifest.package.name,
		version: manifest.package.version,
		manifest: sha256,
		signedBy: signatures.map(({ fingerprint }) => fingerprint)
	})) };
}

// src/actions/sign-publish/instructions.ts
function layersOf(snapshot, { channel, url, keys, review }) {
	if (review === void 0) return [{
		snapshot,
		channel,
		url,
		keys
	}];
	return [...review.release === void 0 ? [] : [review.release], {
		snapshot,
		channel,
		url,
		keys
	}].map((each) => ({
		...each,
		channel: channelTarget(each.snapshot.id)
	}));
}
function downloadLines(to, { settings }, { url, review }) {
	if (settings.url !== url || review !== void 0) return [];
	return [
		"Or download it:",
		"",
		"```",
		`curl -fsSLo ${to} ${url}/${path.basename(to)}`,
		"```",
		""
	];
}

// src/actions/sign-publish/report-deb.ts
function sourcesEntry(snapshot, context) {
	return layersOf(snapshot, context).flatMap(({ snapshot: { format, settings, packages }, ...place }) => {
		const hasSources = packages.some(({ kind }) => kind === "source");
		return format === "deb" ? [sourcesText(settings, {
			...place,
			hasSources
		})] : [];
	}).join("\n");
}
function debInstructions(snapshot, context) {
	const { suite, label } = snapshot.settings;
	const { channel } = context;
	const name = fileNameOf(label);
	const layers = layersOf(snapshot, context).flatMap(({ snapshot: { format, settings }, ...place }) => format === "deb" ? [{
		settings,
		...place,
		name: fileNameOf(settings.label)
	}] : []);
	const keys = layers.map((each) => `\`${each.url}/key.asc\` as \`/etc/apt/keyrings/${each.name}.asc\``);
	return {
		repository: `suite \`${suite}\``,
		lines: [
			`Write this to \`/etc/apt/sources.list.d/${name}.sources\` and run \`apt-get update\`:`,
			"",
			"```",
			sourcesEntry(snapshot, context).trimEnd(),
			"```",
			"",
			...downloadLines(`/etc/apt/sources.list.d/${clientName(label, channel)}.sources`, snapshot, context),
			`With apt before 2.4: save ${keys.join(", ")} and write to \`/etc/apt/sources.list.d/${name}.list\`:`,
			"",
			"```",
			...layers.map((each) => sourcesLine(each.settings, each, each.name)),
			"```"
		],
		steps: {
			signed: "sources and records signed",
			indexed: "indexes made (reprepro)",
			released: "by-hash, Release signed",
			checked: "read by gpgv and apt"
		}
	};
}

// src/actions/sign-publish/report-key.ts
function keySection(snapshot, { key, nextKey }) {
	const { format } = snapshot;
	const signs = format === "deb" ? "indexes, sources" : "indexes, packages";
	const later = format === "deb" ? "indexes; later alone" : "nothing yet; in `key.asc` for later";
	return [
		"### Keys",
		"",
		"| key | signs | algorithm | expires | who can verify it |",
		"|---|---|---|---|---|",
		row$1(key, signs, format),
		...nextKey === void 0 ? [] : [row$1(nextKey, later, format)],
		""
	];
}
function jsonKeys({ key, nextKey }) {
	return {
		key: jsonKey(key),
		...nextKey === void 0 ? {} : { nextKey: jsonKey(nextKey) }
	};
}
function jsonKey({ fingerprint, signingFingerprint, userId, algorithm, expires }) {
	return {
		fingerprint,
		signingFingerprint,
		userId,
		algorithm,
		expires: expires?.toISOString() ?? null
	};
}
function row$1(key, signs, format) {
	const { fingerprint, signingFingerprint, userId, algorithm, primaryAlgorithm, expires } = key;
	return `| \`${fingerprint}\`, \`${userId}\` | ${signs} | ${signsWithSubkey(key) ? `${algorithm}, subkey \`${signingFingerprint}\` of ${primaryAlgorithm}` : `${algorithm}, the primary key`} | ${expires === void 0 ? "never" : expires.toISOString().slice(0, 10)} | ${whoVerifies(key, format)} |`;
}

// src/actions/sign-publish/report-review.ts
function placeName({ channel, review }) {
	return review === void 0 ? channel : `the review ${review.name}`;
}
function reviewLines$1({ review }) {
	if (review === void 0) return [];
	const { name, release, begun, carried } = review;
	const lines = [];
	if (release !== void 0) lines.push(`${name} is layered over ${release.channel} (${release.snapshot.id})`);
	if (begun === "new") lines.push(`the review repository ${name} was made`);
	if (begun === "anew") {
		lines.push(`${name} was begun anew: it had files of the same names with other content, and a pool never changes`);
		for (const each of carried) lines.push(`${each.name} ${each.version} (${each.architecture}): taken along`);
	}
	return lines;
}
function reviewSection(snapshot, context) {
	const { review } = context;
	if (review === void 0) return [];
	const layers = layersOf(snapshot, context);
	const { begun, carried } = review;
	return [
		`### Review \`${review.name}\``,
		"",
		"| layer | state | packages |",
		"|---|---|---|",
		...layers.map((each, index) => {
			return `| ${index < layers.length - 1 ? `release, channel \`${review.release?.channel}\`` : "review"} | ${codeCell(`${each.url}/${each.channel}`)} | ${each.snapshot.packages.length} |`;
		}),
		"",
		...begun === "anew" ? [`It was begun anew, as it had files of the same names with other content: the states before are gone.${taken(carried.length)}`, ""] : []
	];
}
function taken(count) {
	return count === 0 ? "" : ` ${formatCount(count, "package was", "packages were")} taken along.`;
}
function jsonReview(snapshot, { review }) {
	if (review === void 0) return {};
	const { name, begun, carried } = review;
	return { review: {
		name,
		begun: begun ?? null,
		carried,
		layeredOver: snapshot.layeredOver ?? null
	} };
}

// src/actions/sign-publish/report-rpm.ts
function repoFile(snapshot, context) {
	return layersOf(snapshot, context).flatMap(({ snapshot: { format, settings }, ...place }) => format === "rpm" ? [repoText(settings, place)] : []).join("\n");
}
function rpmInstructions(snapshot, context) {
	const { label, architectures } = snapshot.settings;
	return {
		repository: `\`${label}\` for ${architectures.join(", ")}`,
		lines: [
			`Write this to \`/etc/yum.repos.d/${fileNameOf(label)}.repo\`:`,
			"",
			"```",
			repoFile(snapshot, context).trimEnd(),
			"```",
			"",
			...downloadLines(`/etc/yum.repos.d/${clientName(label, context.channel)}.repo`, snapshot, context),
			`The key that dnf asks to import has the fingerprint \`${context.key.fingerprint}\`.`
		],
		steps: {
			signed: "packages signed",
			indexed: "indexes made (createrepo_c)",
			released: "repomd.xml signed",
			checked: "read by gpgv, rpmkeys and dnf"
		}
	};
}

// src/actions/sign-publish/report.ts
const WHOLE = "the report (input `report`)";
function entryLine(entry) {
	const { name, version, architecture, component } = entry;
	const what = changeText(entry, {
		add: "added",
		same: "is published already, unchanged"
	});
	return `${name} ${version} (${architecture})${component === void 0 ? "" : ` in ${component}`}: ${what}`;
}
function changeText({ action, replaces, keeps = [] }, words) {
	if (action === "add" || action === "same") return words[action];
	const former = replaces.join(", ");
	return [...replaces.length === 0 ? [] : [action === "downgrade" ? `replaces the newer ${former}` : `replaces ${former}`], ...keeps.length === 0 ? [] : [`${replaces.length === 0 ? "newer than " : ""}${keeps.join(", ")}, kept`]].join("; ");
}
function stayingLine({ name, version, architecture }) {
	return `${name} ${version} (${architecture}): stays with an older version that is kept; the newer one does not make it`;
}
function withdrawnLine({ name, version, architecture }) {
	return `${name} ${version} (${architecture}): leaves the channel, without another version`;
}
function overrideLine({ name, version, architecture, over, channel, reason }) {
	return `${name} ${version} (${architecture}) is published although ${channel} had the newer ${over}: ${reason}`;
}
function conclusion({ changed, plan, snapshot }, context) {
	const place = placeName(context);
	if (!changed) return `Nothing to publish: ${place} (${snapshot.id}) has all of it already`;
	const count = (action) => plan.entries.filter((entry) => entry.action === action).length;
	return `Published to ${place}: ${[
		`${count("add")} added`,
		`${count("upgrade")} upgraded`,
		...count("downgrade") === 0 ? [] : [`${count("downgrade")} downgraded`],
		`${count("same")} the same`
	].join(", ")}; snapshot ${snapshot.id}`;
}
function jsonReport(result, context) {
	const { plan, overrides, snapshot, changed, times } = result;
	return {
		schema: "pkg-actions/published/1",
		repository: context.root,
		channel: context.channel,
		changed,
		snapshot: snapshot.id,
		snapshotUri: `${context.url}/snapshots/${snapshot.id}`,
		parent: snapshot.parent,
		format: snapshot.format,
		...snapshot.format === "deb" ? { suite: snapshot.settings.suite } : {},
		signedBy: context.key.fingerprint,
		...jsonKeys(context),
		...signedJson(result),
		...jsonReview(snapshot, context),
		packages: plan.entries.map(({ kind, type, name, version, architecture, component, action, replaces, keeps }) => ({
			kind,
			type,
			name,
			version,
			architecture,
			...component === void 0 ? {} : { component },
			action,
			replaces,
			...keeps === void 0 ? {} : { keeps }
		})),
		superseded: plan.superseded,
		overrides: changed ? overrides : [],
		reasons: plan.reasons,
		...clientsJson(result),
		seconds: Object.fromEntries(times.map(({ step, seconds }) => [step, Math.round(seconds * 1e3) / 1e3]))
	};
}
function summary(result, context) {
	const { plan, overrides, snapshot, changed } = result;
	const { channel, key } = context;
	const { repository, lines, steps } = snapshot.format === "deb" ? debInstructions(snapshot, context) : rpmInstructions(snapshot, context);
	const hasComponents = snapshot.format === "deb";
	const listed = [...plan.entries].sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
	return [
		"## Published packages",
		"",
		`${conclusion(result, context)}.`,
		"",
		...table$1([
			"package",
			"version",
			"architecture",
			...hasComponents ? ["component"] : [],
			""
		], listed.map((entry) => row(entry, hasComponents)), WHOLE),
		...overrideTable(changed ? overrides : []),
		...withdrawnTable(plan.withdrawn),
		...stayingTable(plan.staying),
		...signedTable(result),
		...plan.reasons.length > 0 ? [`Also: ${plan.reasons.join("; ")}.`, ""] : [],
		`Repository: ${repository}, channel \`${channel}\`, snapshot \`${snapshot.id}\`. Key: \`${describeKey(key)}\`.`,
		"",
		...reviewSection(snapshot, context),
		...keySection(snapshot, context),
		"### Add it to a machine",
		"",
		...lines,
		"",
		...clientsSection(result),
		...changed ? timeTable(result.times, steps) : []
	].join("\n");
}
function row(entry, hasComponents) {
	const { name, version, architecture, component } = entry;
	const place = hasComponents ? [component ?? ""] : [];
	return [
		codeCell(name),
		codeCell(version),
		architecture,
		...place,
		changeText(entry, TABLE_WORDS)
	];
}
const TABLE_WORDS = {
	add: "new",
	same: "unchanged"
};
function stayingTable(packages) {
	if (packages.length === 0) return [];
	return [
		`### Only in an older version: ${packages.length}`,
		"",
		"The newer version of their source package does not make them. They stay with the older version while that is kept.",
		"",
		...table$1([
			"package",
			"version",
			"architecture"
		], packages.map(({ name, version, architecture }) => [
			codeCell(name),
			codeCell(version),
			architecture
		]), WHOLE)
	];
}
function withdrawnTable(packages) {
	if (packages.length === 0) return [];
	return [
		`### No longer in the channel: ${packages.length}`,
		"",
		"Their source package has another version now, which does not make them.",
		"",
		...table$1([
			"package",
			"version",
			"architecture"
		], packages.map(({ name, version, architecture }) => [
			codeCell(name),
			codeCell(version),
			architecture
		]), WHOLE)
	];
}
function overrideTable(overrides) {
	if (overrides.length === 0) return [];
	const reasons = [...new Set(overrides.map(({ reason }) => reason))];
	return [
		`### Older than what was published: ${overrides.length}`,
		"",
		`It was allowed: ${reasons.map(escapeMarkdown).join("; ")}`,
		"",
		...table$1([
			"package",
			"version",
			"architecture",
			"newer version",
			"channel that had it"
		], overrides.map(({ name, version, architecture, over, channel }) => [
			codeCell(name),
			codeCell(version),
			architecture,
			codeCell(over),
			codeCell(channel)
		]), WHOLE)
	];
}
const STEP_NAMES = {
	verified: "builds verified and read",
	leased: "lease taken",
	planned: "versions checked",
	flushed: "written to disk"
};
function timeTable(times, steps) {
	const names = {
		...STEP_NAMES,
		...steps
	};
	const rest = times.filter(({ step }) => names[step] === void 0);
	const rows = times.flatMap(({ step, seconds }) => {
		const name = names[step];
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

// src/actions/sign-publish/report-plan.ts
function planConclusion({ verdict, packages, key, channel, channels, review }) {
	const place = review === void 0 ? channel : `the review ${review.name}`;
	const count = (action, refused = false) => packages.filter((each) => each.action === action && each.refused === refused).length;
	if (verdict === "refused") return `Would be refused for ${place}: ${[
		...some(count("conflict", true), "conflict"),
		...some(count("downgrade", true), "downgrade"),
		...some(count("misplaced", true), "package of an architecture that is not there", "packages of such architectures"),
		...key.message === void 0 ? [] : ["another key"]
	].join(", ")}`;
	if (verdict === "nothing") {
		const head = channels.find(({ name }) => name === channel);
		return `Nothing to publish: ${head === void 0 ? `the release (${review?.release})` : `${place} (${head.snapshot})`} has all of it already`;
	}
	return `Would publish to ${place}: ${[
		`${count("add")} added`,
		`${count("upgrade")} upgraded`,
		...count("downgrade") === 0 ? [] : [`${count("downgrade")} downgraded`],
		`${count("same")} the same`
	].join(", ")}`;
}
function some(count, one, many = `${one}s`) {
	return count === 0 ? [] : [formatCount(count, one, many)];
}
function planLines(plan) {
	return [
		...plan.packages.map((row) => `${row.name} ${row.version} (${row.architecture})${row.component === void 0 ? "" : ` in ${row.component}`}: ${whatOf(row)}`),
		...plan.withdrawn.map(({ name, version, architecture }) => `${name} ${version} (${architecture}): leaves the channel, without another version`),
		...(plan.staying ?? []).map(stayingLine),
		...plan.reasons,
		...plan.channels.map(({ name, snapshot, packages }) => `channel ${name}: ${snapshot}, ${some(packages, "package")[0] ?? "empty"}`)
	];
}
function whatOf({ action, refused, replaces, keeps, against = [], message }) {
	const others = against.map((other) => {
		const place = other.channel === void 0 ? `the snapshot ${other.snapshot}` : other.channel;
		const file = other.file === void 0 ? "" : `, file ${other.file}`;
		return `${other.name} ${other.version} (${other.architecture}) in ${place}${file}`;
	});
	if (refused) {
		const words = {
			conflict: "other content than",
			downgrade: "older than"
		};
		if (action === "conflict" || action === "downgrade") return `refused: ${action}, ${words[action]} ${others.join("; ")}`;
		return `refused: ${message ?? action}`;
	}
	return `${changeText({
		action,
		replaces,
		keeps
	}, {
		add: "new",
		same: "unchanged"
	})}${others.length === 0 ? "" : `; allowed although older than ${others.join("; ")}`}`;
}
function planSummary(plan) {
	const { packages, channels, settings, key, overrides } = plan;
	const listed = [...packages].sort((a, b) => Number(b.refused) - Number(a.refused) || compare(a.name, b.name));
	const reasons = [...new Set(overrides.map(({ reason }) => reason))];
	return [
		"## Plan of a publish",
		"",
		`${escapeMarkdown(planConclusion(plan))}. Nothing was changed.`,
		"",
		...table([
			"package",
			"version",
			"architecture",
			"component",
			"what"
		], listed.map((row) => [
			codeCell(row.name),
			codeCell(row.version),
			row.architecture,
			row.component ?? "",
			`${row.refused ? "**" : ""}${escapeMarkdown(whatOf(row))}${row.refused ? "**" : ""}`
		])),
		...reasons.length === 0 ? [] : [`Downgrades are allowed: ${reasons.map(escapeMarkdown).join("; ")}.`, ""],
		...plan.withdrawn.length === 0 ? [] : [
			`### Leaves the channel: ${plan.withdrawn.length}`,
			"",
			...table([
				"package",
				"version",
				"architecture"
			], plan.withdrawn.map((each) => [
				codeCell(each.name),
				codeCell(each.version),
				each.architecture
			]))
		],
		...plan.staying === void 0 ? [] : [
			`### Only in an older version: ${plan.staying.length}`,
			"",
			...table([
				"package",
				"version",
				"architecture"
			], plan.staying.map((each) => [
				codeCell(each.name),
				codeCell(each.version),
				each.architecture
			]))
		],
		"### Repository",
		"",
		...table([
			"channel",
			"snapshot",
			"since",
			"packages",
			"key"
		], channels.map((each) => [
			each.name === plan.channel ? `**${codeCell(each.name)}**` : codeCell(each.name),
			codeCell(each.snapshot),
			each.createdAt.slice(0, 16).replace("T", " "),
			String(each.packages),
			codeCell(each.signedBy)
		])),
		...reviewLines(plan),
		...plan.review !== void 0 || channels.some(({ name }) => name === plan.channel) ? [] : [`The channel \`${plan.channel}\` is new.`, ""],
		...keyLines(key),
		...settings.changed.length === 0 ? [] : [
			"### Settings that change",
			"",
			...table([
				"setting",
				"now",
				"then"
			], settings.changed.map((name) => [
				name,
				value(settings.before?.[name]),
				value(settings.after[name])
			]))
		],
		...plan.reasons.length === 0 ? [] : [`Also: ${plan.reasons.map(escapeMarkdown).join("; ")}.`, ""]
	].join("\n");
}
function reviewLines({ review }) {
	if (review === void 0) return [];
	const { name, channel, release, begun, carried } = review;
	const over = release === null ? "nothing has been released yet" : `over \`${channel}\` (\`${release}\`)`;
	const words = {
		new: " It is new.",
		anew: ` It is begun anew, as it has files of the same names with other content${carried.length === 0 ? "" : `; ${formatCount(carried.length, "package is", "packages are")} taken along`}.`
	};
	return [`Review \`${name}\`, ${over}.${begun === null ? "" : words[begun]}`, ""];
}
function keyLines({ signs, next, changes, message }) {
	const change = message === void 0 ? changes.map(escapeMarkdown).join("; ") : `**refused**: ${escapeMarkdown(message)}`;
	return [`Key: \`${signs}\`${change === "" ? ", as before" : `; ${change}`}.${next === void 0 ? "" : ` Next key: \`${next}\`.`}`, ""];
}
function value(setting) {
	if (setting === void 0) return "";
	return codeCell(typeof setting === "string" ? setting : JSON.stringify(setting));
}
function table(head, rows) {
	return rows.length === 0 ? [] : table$1(head, rows, "the plan");
}
function compare(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}

// src/actions/sign-publish/repository.ts
const DEFAULT_CHANNEL = "latest";
const DEFAULT_LEASE_SECONDS = 600;
const INPUTS_OF = {
	deb: [
		"suite",
		"components",
		"component",
		"udeb-component",
		"origin",
		"description",
		"valid-for"
	],
	rpm: [
		"groups",
		"updateinfo",
		"modules",
		"productid"
	]
};
async function resolveRepository(inputs, packages) {
	if (inputs.review !== void 0) checkReview(inputs);
	const builds = await readBuilds(packages);
	checkInputs(inputs, builds.format);
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	if (packaging === void 0 && inputs["repository-name"] !== void 0) throw new UserError({
		what: "a name of a repository without a packaging file that has it",
		where: "input repository-name",
		remedy: "give the input packaging too, or the input repository instead"
	});
	const known = packaging === void 0 ? void 0 : chooseRepository(packaging, inputs["repository-name"], builds);
	const root = inputs.repository ?? known?.path;
	if (root === void 0) throw new UserError({
		what: "the folder of the repository is not known",
		where: "input repository",
		expected: known === void 0 ? "a path" : `a path, here or as the field path of the repository ${known.name}`
	});
	const url = inputs.url ?? known?.url;
	const { review } = inputs;
	return {
		root,
		channel: inputs.channel ?? known?.channels[0] ?? DEFAULT_CHANNEL,
		fingerprint: inputs["signing-key-fingerprint"] ?? (review === void 0 ? packaging?.signing.key : void 0),
		allowedSigners: given(inputs["allowed-signers"]) ?? known?.allowedSigners ?? [],
		targets: targetNames(builds, [inputs.suite, known?.suite]),
		leaseSeconds: inputs["lease-timeout"] ?? packaging?.limits.lockTimeout ?? DEFAULT_LEASE_SECONDS,
		url: url?.replace(/\/+$/, ""),
		review,
		request: requestOf(builds.format, inputs, known, path.basename(root), url)
	};
}
function targetNames({ targets }, suites) {
	const names = [...targets.map(({ name }) => name), ...suites].filter((name) => name !== void 0);
	return [...new Set(names)];
}
function requestOf(format, inputs, known, name, url) {
	const architectures = given(inputs.architectures) ?? known?.architectures;
	const label = inputs.label ?? known?.label;
	const keepVersions = inputs["keep-versions"] ?? known?.keepVersions;
	if (format === "rpm") {
		const { groups, updateinfo, modules, productid } = inputs;
		return {
			format,
			rpm: {
				name,
				architectures,
				label,
				url,
				keepVersions,
				metadata: {
					groups: groups ?? known?.groups,
					updateinfo,
					modules,
					productid
				}
			}
		};
	}
	return {
		format,
		deb: {
			name,
			suite: inputs.suite ?? known?.suite,
			components: given(inputs.components) ?? known?.components,
			component: inputs.component,
			udebComponent: inputs["udeb-component"] ?? known?.udebComponent,
			architectures,
			origin: inputs.origin ?? known?.origin,
			label,
			description: inputs.description ?? known?.description,
			validSeconds: inputs["valid-for"],
			keepVersions,
			url
		}
	};
}
async function readBuilds(packages) {
	const read = [];
	for (const location of packages) {
		const { manifest, file } = await readManifest(location);
		read.push({
			file,
			format: manifest.package.format,
			name: manifest.target?.name
		});
	}
	const [first] = read;
	if (first === void 0) throw new UserError({
		what: "no builds are given",
		where: "input packages"
	});
	const other = read.find(({ format }) => format !== first.format);
	if (other !== void 0) throw new UserError({
		what: "builds of both formats",
		where: "input packages",
		found: `${first.format} in ${first.file}, ${other.format} in ${other.file}`,
		expected: "one format: each target has a repository of its own"
	});
	return {
		format: first.format,
		targets: read
	};
}
function checkInputs(inputs, format) {
	const other = format === "deb" ? "rpm" : "deb";
	const wrong = INPUTS_OF[other].find((name) => {
		const value = inputs[name];
		return value !== void 0 && !(Array.isArray(value) && value.length === 0);
	});
	if (wrong === void 0) return;
	throw new UserError({
		what: `an input for ${other} repositories, and the packages are ${format}`,
		where: `input ${wrong}`,
		remedy: "leave it out"
	});
}
function checkReview(inputs) {
	checkReviewName(inputs.review ?? "");
	const wrong = ["allow-downgrade", "keep-versions"].find((name) => inputs[name] !== void 0);
	if (wrong === void 0) return;
	throw new UserError({
		what: "an input that review repositories have no use for",
		where: `input ${wrong}`,
		remedy: "leave it out: a patch set replaces the one before, whatever its version, and must be above the release"
	});
}
function chooseRepository(packaging, name, builds) {
	const targets = /* @__PURE__ */ new Set();
	for (const { name: target, file } of builds.targets) {
		if (target === void 0) throw new UserError({
			what: "the manifest does not say what its packages are built for",
			where: file,
			remedy: "give the input repository instead of packaging"
		});
		targets.add(target);
	}
	const [target, ...others] = targets;
	if (target === void 0 || others.length > 0) throw new UserError({
		what: "the builds are not for one target",
		where: "input packages",
		found: [...targets].join(", ") || "no builds",
		expected: "builds of one target: each target has a repository of its own"
	});
	const candidates = repositoriesOf(packaging, findTarget(packaging, target)).filter((repository) => repository.format === builds.format && (name === void 0 || repository.name === name));
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

// src/actions/sign-publish/review.ts
async function publishToReview(options, request) {
	const address = await releaseAddress(options, request.format);
	const url = address === void 0 ? void 0 : new ReviewPlace(options.root, options.review).url(address);
	const own = {
		...options,
		url: address
	};
	const outcome = request.format === "deb" ? await publishReview(own, debReview(request.deb, options.review, url)) : await publishReview(own, rpmReview(request.rpm, options.review, url));
	return {
		result: outcome.published,
		context: await contextOf(outcome, options, request.format, address)
	};
}
async function planForReview(options, keys, request) {
	const address = await releaseAddress(options, request.format);
	const url = address === void 0 ? void 0 : new ReviewPlace(options.root, options.review).url(address);
	return request.format === "deb" ? await planReview(options, keys, debReview(request.deb, options.review, url)) : await planReview(options, keys, rpmReview(request.rpm, options.review, url));
}
async function releaseAddress({ root, channel, url }, format) {
	return url ?? (await readRelease$1(root, channel, format))?.head.settings.url;
}
async function contextOf({ paths, place, release, begun, carried }, { root, channel, review }, format, address) {
	const asUrl = format === "deb" ? fileUri : fileUrl;
	const released = release?.view.paths;
	const below = {
		root,
		channel,
		url: address ?? asUrl(path.join(root, "public")),
		keys: released === void 0 ? "" : await readKeys(released)
	};
	const layer = release === void 0 ? void 0 : {
		...below,
		snapshot: release.head
	};
	if (paths === void 0) return {
		...below,
		review: {
			name: review,
			release: void 0,
			begun,
			carried
		}
	};
	return {
		root: paths.root,
		channel: REVIEW_CHANNEL,
		url: address === void 0 ? asUrl(place.link) : place.url(address),
		keys: await readKeys(paths),
		review: {
			name: review,
			release: layer,
			begun,
			carried
		}
	};
}
async function readKeys(paths) {
	return await readFile(path.join(paths.public, "key.asc"), "utf8");
}
function reviewWarnings({ release }, fingerprints) {
	const known = release === void 0 ? [] : keysOfSnapshot(release.snapshot);
	if (!fingerprints.some((each) => known.includes(each))) return [];
	return ["the review is signed by the key of the release: whoever trusts the release would trust packages of changes that nobody has merged; give reviews a key of their own"];
}

// src/actions/sign-publish/plan-mode.ts
async function runPlan(inputs, file, host) {
	const packages = inputs.packages.map((each) => path.resolve(host.workspace, each));
	const repository = await resolveRepository(inputs, packages);
	const { root, channel, request } = repository;
	const allowedSigners = await readAllowedSigners(repository.allowedSigners, host.workspace);
	const allowDowngrade = reasonOf(inputs);
	await using stack = new AsyncDisposableStack();
	const keys = inputs["signing-key"] !== void 0 || inputs["gpg-home"] !== void 0 ? stack.use(await openKeys(inputs, repository, host)) : void 0;
	const now = /* @__PURE__ */ new Date();
	const options = {
		root,
		packages,
		channel,
		allowReview: inputs["allow-review"],
		allowKeyChange: inputs["allow-key-change"],
		allowedSigners,
		allowDowngrade,
		logger: host,
		signal: host.signal,
		now: () => now
	};
	const { decided, document } = await host.group(`Plan for ${channel} of ${root}`, async () => {
		const keysFor = async (view) => await givenKeys(view, keys, inputs, repository);
		const { decided, review } = await decideFor(options, keysFor, repository);
		const document = planDocument(decided, {
			now,
			run: host.runUrl,
			repository: portablePath(host.workspace, root),
			review,
			request: planRequest(request, host.workspace),
			locations: packages.map((each) => portablePath(host.workspace, each))
		});
		for (const line of signedLines(decided)) host.info(line);
		for (const line of planLines(document)) host.info(line);
		return {
			decided,
			document
		};
	});
	await writeReport(file, document);
	if (inputs.report !== void 0) await writeReport(inputs.report, document);
	await host.summary([planSummary(document), ...signedTable(decided)].join("\n"));
	host.output("verdict", document.verdict);
	refuseDecision(decided.decision);
	for (const { name, version, architecture, over, channel: where, reason } of document.overrides) host.warning(`${name} ${version} (${architecture}) is older than ${over} in ${where}, and allowed: ${reason}`, { title: "Downgrade" });
	host.notice(planConclusion(document));
	return {
		verdict: document.verdict,
		changed: "false",
		snapshot: decided.view.head?.id ?? "",
		"snapshot-uri": "",
		channel: decided.view.channel,
		repository: root,
		fingerprint: document.key.signs,
		"sources-entry": "",
		"repo-file": "",
		published: ""
	};
}
async function decideFor(options, keys, { request, review, url }) {
	if (review === void 0) return { decided: request.format === "deb" ? await planPublish(options, keys, debDriver(request.deb)) : await planPublish(options, keys, rpmDriver(request.rpm)) };
	const { decided, found, begun = null, carried } = await planForReview({
		...options,
		review,
		url
	}, keys, request);
	return {
		decided,
		review: {
			name: review,
			...found,
			channel: options.channel,
			begun,
			carried: [...carried]
		}
	};
}
async function openKeys(inputs, { request, fingerprint, targets }, host) {
	const keys = await openSigningKeys(inputs, fingerprint, {
		format: request.format,
		targets
	}, host.signal);
	for (const warning of keys.warnings) host.warning(warning, { title: "Signing key" });
	return keys;
}
async function givenKeys(view, keys, inputs, { request, fingerprint }) {
	if (keys !== void 0) {
		const { signer, nextSigner } = keys;
		return {
			signs: [signer, ...nextSigner === void 0 ? [] : [nextSigner]].map(({ key }) => key.fingerprint),
			changes: (await planKeys(view, request.format, keys)).changes
		};
	}
	const expected = readFingerprint(fingerprint, "input signing-key-fingerprint");
	const next = readFingerprint(inputs["next-signing-key-fingerprint"], "input next-signing-key-fingerprint");
	const signs = expected ?? (view.head ?? [...view.heads.values()][0])?.signedBy;
	if (signs !== void 0) return {
		signs: [signs, ...next === void 0 ? [] : [next]],
		changes: []
	};
	throw new UserError({
		what: "the plan of a new repository needs to know which key will sign",
		where: "input signing-key-fingerprint",
		expected: "the 40 hexadecimal digits of its fingerprint, here or as signing.key of the packaging file"
	});
}
function readFingerprint(text, where) {
	if (text === void 0) return void 0;
	const fingerprint = normalFingerprint(text);
	if (fingerprint !== void 0) return fingerprint;
	throw new UserError({
		what: "not a fingerprint",
		where,
		expected: "40 hexadecimal digits"
	});
}

// src/actions/sign-publish/run.ts
async function run$1(given, host) {
	if (given.plan !== void 0 && given.apply !== void 0) throw new UserError({
		what: "a plan is either made or applied",
		where: "inputs plan and apply",
		remedy: "give one of them"
	});
	if (given.plan !== void 0) return await runPlan(given, given.plan, host);
	const plan = given.apply === void 0 ? void 0 : await readPublishPlan(given.apply, "input apply");
	if (plan !== void 0) checkVerdict(plan, "input apply");
	const inputs = plan === void 0 ? given : withPlan(given, plan, host.workspace);
	const packages = inputs.packages.map((each) => path.resolve(host.workspace, each));
	const repository = await resolveRepository(inputs, packages);
	const { root, channel, request, fingerprint, targets, leaseSeconds, url, review } = repository;
	const allowDowngrade = reasonOf(inputs);
	const allowedSigners = await readAllowedSigners(repository.allowedSigners, host.workspace);
	if (plan !== void 0 && review === void 0) {
		const paths = new RepositoryPaths(root);
		await isRepository(paths);
		checkChannelsAgainstPlan(plan, await readChannels(paths), "input apply");
	}
	await using clients = await openTargetClients(inputs, packages, review, host);
	const use = {
		format: request.format,
		targets
	};
	await using keys = await openSigningKeys(inputs, fingerprint, use, host.signal);
	const { signer, nextSigner } = keys;
	host.info(`Key: ${describeKey(signer.key)}`);
	if (nextSigner !== void 0) host.info(`Next key: ${describeKey(nextSigner.key)}`);
	for (const warning of keys.warnings) host.warning(warning, { title: "Signing key" });
	const options = {
		root,
		packages,
		channel,
		signer,
		nextSigner,
		allowKeyChange: inputs["allow-key-change"],
		allowedSigners,
		approve: plan === void 0 ? void 0 : (decided) => checkAgainstPlan(plan, decided, "input apply"),
		checkClients: clients?.check,
		holder: host.runUrl ?? `the run ${host.runId}`,
		run: host.runUrl,
		leaseSeconds,
		logger: host,
		signal: host.signal,
		onStep: (step) => host.debug(`done: ${step}`)
	};
	const onFound = (found) => {
		if (plan !== void 0) checkReviewAgainstPlan(plan, found, "input apply");
	};
	const title = review === void 0 ? `Publish to ${channel} of ${root}` : `Publish to the review ${review} of ${root}`;
	const { result, place } = await host.group(title, async () => {
		const published = review === void 0 ? await publishToChannel({
			...options,
			allowReview: inputs["allow-review"],
			allowDowngrade
		}, request, url) : await publishToReview({
			...options,
			review,
			url,
			onFound
		}, request);
		const { plan: done } = published.result;
		for (const line of signedLines(published.result)) host.info(line);
		for (const entry of done.entries) host.info(entryLine(entry));
		for (const each of done.withdrawn) host.info(withdrawnLine(each));
		for (const each of done.staying) host.info(stayingLine(each));
		for (const reason of done.reasons) host.info(reason);
		return {
			result: published.result,
			place: published.context
		};
	});
	for (const each of result.changed ? result.overrides : []) if (review === void 0) host.warning(overrideLine(each), { title: "Downgrade" });
	else host.info(overrideLine(each));
	const context = {
		...place,
		key: signer.key,
		nextKey: nextSigner?.key
	};
	for (const line of reviewLines$1(context)) host.info(line);
	const fingerprints = [signer, ...nextSigner === void 0 ? [] : [nextSigner]].map(({ key }) => key.fingerprint);
	for (const warning of context.review === void 0 ? [] : reviewWarnings(context.review, fingerprints)) host.warning(warning, { title: "Signing key" });
	for (const warning of validityWarnings(signer.key, validUntil(result.snapshot))) host.warning(warning, { title: "Signing key" });
	host.notice(conclusion(result, context));
	await host.summary(summary(result, context));
	const report = jsonReport(result, context);
	if (inputs.report !== void 0) await writeReport(inputs.report, report);
	return {
		verdict: result.changed ? "publish" : "nothing",
		changed: String(result.changed),
		snapshot: result.snapshot.id,
		"snapshot-uri": `${context.url}/snapshots/${result.snapshot.id}`,
		channel: context.channel,
		repository: context.root,
		fingerprint: signer.key.fingerprint,
		"sources-entry": result.snapshot.format === "deb" ? sourcesEntry(result.snapshot, context) : "",
		"repo-file": result.snapshot.format === "rpm" ? repoFile(result.snapshot, context) : "",
		published: JSON.stringify(report)
	};
}
function validUntil(snapshot) {
	if (snapshot.format !== "deb" || snapshot.settings.validSeconds === void 0) return void 0;
	return new Date(Date.parse(snapshot.createdAt) + snapshot.settings.validSeconds * 1e3);
}
async function publishToChannel(options, request, url) {
	const { root, channel } = options;
	const result = request.format === "deb" ? await publish(options, debDriver(request.deb)) : await publish(options, rpmDriver(request.rpm));
	const local = (request.format === "deb" ? fileUri : fileUrl)(path.join(root, "public"));
	const keys = await readFile(path.join(root, "public", "key.asc"), "utf8");
	return {
		result,
		context: {
			root,
			channel,
			url: url ?? result.snapshot.settings.url ?? local,
			keys
		}
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
	keepForPost() {}
	keptForPost() {}
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
	const { packaging, state, mirror, shared } = request;
	for (const { target, reference } of request.targets) try {
		const told = sharedFor(shared, target.format, action.inputs);
		await runStage(action, run$2, {
			...told,
			targets: reference,
			packaging,
			state,
			...mirrorOf(target, mirror)
		}, host);
	} catch (error) {
		if (host.signal.aborted || !isExpected(error)) throw error;
		const isThere = await hasGeneration(target, request);
		if (!isThere && !diagnoseThrown(error, target.format)?.diagnosis.retryable) throw error;
		host.warning(isThere ? `the buildroot of ${target.name} could not be brought up to date, its last generation is used: ${messageOf(error)}` : `the buildroot of ${target.name} could not be made, its first build tries again: ${messageOf(error)}`);
	}
}
function mirrorOf(target, mirror) {
	return target.format === "deb" ? { mirror } : {};
}
async function hasGeneration(target, { state, mirror }) {
	const configuration = await requestedBuildroot({
		target,
		mirror
	});
	const folder = buildrootFolder(state, buildrootName(target, configuration.architecture));
	return (await currentGeneration(folder))?.record.configurationDigest === configurationDigest(configuration);
}

// src/actions/pipeline/build.ts
const jobsOf = (named, atOnce) => named === void 0 ? processorShare(atOnce) : void 0;
async function buildJob({ target, reference, sources, packages, package: entry }, { packaging, state, mirror, parallel, jobs, shared }, stages, title) {
	const table = (target.format === "deb" ? action$1 : action$2).inputs;
	const inputs = {
		...sharedFor(shared, target.format, table),
		"compiler-cache-key": entry.name,
		...jobs === void 0 || auto(entry.build.parallel) !== void 0 ? {} : { jobs: String(jobs) },
		source: sources,
		output: packages,
		target: reference,
		packaging,
		state,
		"max-parallel": String(parallel),
		...mirrorOf(target, mirror)
	};
	return target.format === "deb" ? await stages.run(title, action$1, run$6, inputs) : await stages.run(title, action$2, run$5, inputs);
}

// src/actions/pipeline/plan.ts
async function planPipeline(inputs, workspace, architecture) {
	const packaging = await findPackaging(inputs, workspace);
	checkReleaseArchitecture(packaging, architecture);
	const names = inputs.packages.length > 0 ? inputs.packages : packaging.packages.map((entry) => entry.name);
	if (names.length === 0) throw new UserError({
		what: "no package to build",
		where: packaging.file ?? "input packages",
		expected: "packages in the packaging file, or the input packages"
	});
	const packages = names.map((name) => findPackage(packaging, name));
	const asked = packaging.file === void 0 ? packaging.targets : await Promise.all(inputs.targets.map((reference) => targetOf(packaging, reference, workspace)));
	const targets = asked.length > 0 ? asked : packaging.targets;
	const plans = [];
	for (const [index, target] of targets.entries()) {
		const given = packaging.file === void 0 ? inputs.targets[index] : void 0;
		const reference = given !== void 0 && isTargetFile(given) ? path.resolve(workspace, given) : target.name;
		const jobs = packages.filter((entry) => entry.targets.some((candidate) => candidate.name === target.name)).map((entry) => ({
			package: entry,
			target,
			reference,
			sources: path.join(inputs.work, "sources", target.name, entry.name),
			packages: path.join(inputs.work, "packages", target.name, entry.name)
		}));
		if (jobs.length > 0) plans.push({
			target,
			reference,
			repository: repositoryOf(inputs, packaging, target, targets.length),
			jobs
		});
	}
	if (plans.length === 0) throw new UserError({
		what: "no package is built for any of the targets",
		where: packaging.file ?? "input targets",
		found: targets.map(({ name }) => name).join(", ")
	});
	return {
		packaging,
		file: packaging.file === void 0 ? void 0 : path.resolve(packaging.file),
		targets: plans
	};
}
async function targetOf(packaging, reference, workspace) {
	if (!isTargetFile(reference)) return findTarget(packaging, reference);
	const file = path.resolve(workspace, reference);
	const { name } = (await readTargetFile(file)).value;
	const found = findTarget(packaging, name);
	if (isDeepStrictEqual(await resolveTargetReference(file), found)) return found;
	throw new UserError({
		what: `the target ${name} of the release is not that of the file`,
		where: file,
		expected: `the one that ${packaging.file} has`,
		remedy: `name the target ${name}, or name the file in the packaging file`
	});
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
	const [only, second] = inputs.packages;
	return defaultPackaging({
		folder: workspace,
		targets: inputs.targets,
		...only === void 0 || second !== void 0 ? {} : { wanted: only }
	});
}
function repositoryOf(inputs, packaging, target, targets) {
	const [known] = repositoriesOf(packaging, target);
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
	const channels = [];
	for (const [channel, id] of await readChannels(paths)) {
		const folder = path.join(paths.public, channel);
		const key = path.join(paths.public, "key.asc");
		channels.push({
			channel,
			folder,
			source: sourceLine(await readSnapshot(paths, id), folder, key)
		});
	}
	return channels.sort((a, b) => Number(b.channel === first) - Number(a.channel === first));
}
function sourceLine({ format, settings }, folder, key) {
	if (format === "rpm") return `rpm ${folder} key=${key}`;
	return `deb [signed-by=${key}] ${folder} ${settings.suite} ${settings.components.join(" ")}`;
}

// src/actions/pipeline/prepare.ts
async function prepareJob(job, { root, channel }, { work, state, packaging, shared }, stages, host) {
	const started = performance.now();
	const { package: entry, target } = job;
	const place = (role) => path.join(work, "projects", `${entry.name}-${role}.git`);
	const code = await checkOut(entry.code, "code", place("code"), host.signal);
	const spec = entry.spec && await checkOut(entry.spec, "spec", place("spec"), host.signal);
	const orig = target.format === "deb" ? (await publishedChannels(root, channel)).map(({ source }) => source).join("\n") : void 0;
	const { outputs } = await stages.run(`Prepare ${entry.name} for ${target.name}`, action$3, run$3, {
		...sharedFor(shared, target.format, action$3.inputs),
		packaging,
		package: entry.name,
		target: job.reference,
		code: code.folder,
		ref: code.ref,
		spec: spec?.folder,
		"spec-ref": spec?.ref,
		output: job.sources,
		state,
		"version-suffix": packaging === void 0 ? entry.versions.suffixes[target.name] : void 0,
		orig
	});
	const { manifest } = await readManifest(outputs.manifest);
	return {
		version: outputs.version,
		origins: manifest.origins,
		seconds: (performance.now() - started) / 1e3
	};
}

// src/actions/pipeline/install.ts
const INSTALL_SECONDS = 1800;
async function installPublished(plan, published, settings, host) {
	const { target, repository, jobs } = plan;
	const { packaging, state, engine, mirror, smoke, proxy } = settings;
	const [own] = await publishedChannels(repository.root, published.channel);
	if (own?.channel !== published.channel) throw new Error(`nothing is published in ${repository.root}`);
	const packages = await builtPackages(new RepositoryPaths(repository.root), published.snapshot, jobs.map((job) => job.packages));
	const configuration = await requestedBuildroot({
		target,
		mirror
	});
	const common = {
		state,
		engine,
		scratch: await scratchSize({
			requested: "auto",
			parallel: await parallelBuilds("auto", void 0)
		}),
		proxy,
		packages,
		smoke: smoke.length > 0 ? [smoke] : jobs.flatMap((job) => job.package.smoke ? [job.package.smoke] : []),
		smokeSeconds: packaging.limits.smokeTimeout,
		timeoutSeconds: INSTALL_SECONDS,
		runId: host.runId,
		logger: host,
		signal: host.signal
	};
	const hold = () => holdBuildroot({
		state,
		engine,
		configuration,
		proxy,
		runId: host.runId,
		logger: host,
		signal: host.signal,
		lockSeconds: packaging.limits.lockTimeout,
		maxAgeSeconds: Number.POSITIVE_INFINITY
	});
	const result = await (target.format === "deb" ? installDebs : installRpms)(common, {
		plan,
		settings,
		own,
		architecture: configuration.architecture,
		hold
	}, host);
	for (const entry of result.installed) host.info(`installed ${entry}`);
	for (const { command, output } of result.tried) host.info(`${command}: ${output.split("\n")[0] ?? ""}`);
	return result;
}
const publicKey = (root) => readFile(path.join(new RepositoryPaths(root).public, "key.asc"), "utf8");
const keyFetcher = (state, host) => (key) => download({
	...key,
	name: "key.asc"
}, {
	folder: path.join(state, "downloads"),
	logger: host,
	signal: host.signal
});
async function installDebs(common, { plan, settings, own, hold }, host) {
	const released = await releaseSources(settings.packaging, plan.target, keyFetcher(settings.state, host));
	const key = await publicKey(plan.repository.root);
	return await installAndTry({
		...common,
		...await hold(),
		repository: {
			source: parseAptSource(own.source, "repository"),
			key
		},
		sources: released.repositories,
		pins: released.pins
	});
}
async function installRpms(common, { plan, settings, own, architecture, hold }, host) {
	const sources = await releaseSourcesRpm(settings.packaging, plan.target, keyFetcher(settings.state, host));
	const url = `file://${path.join(own.folder, baseArchitecture(architecture))}`;
	const keys = [await publicKey(plan.repository.root)];
	const repository = rpmRepository({
		name: "pkg-actions-published",
		url,
		keys,
		trusted: false
	}, "the repository");
	return await installAndTryRpm({
		...common,
		...await hold(),
		repository,
		sources
	});
}
async function builtPackages(paths, snapshot, builds) {
	const built = /* @__PURE__ */ new Set();
	for (const build of builds) {
		const { manifest, folder } = await readManifest(build);
		for (const { name, role, sha256 } of manifest.files) {
			if (role === "deb") built.add(sha256);
			if (role === "rpm") built.add((await readRpmPackage(path.join(folder, name))).headerDigest);
		}
	}
	const isBuilt = ({ headerDigest, files: [file] }) => built.has(headerDigest ?? "") || file !== void 0 && built.has(file.sha256);
	return (await readSnapshot(paths, snapshot)).packages.filter((each) => (each.type === "deb" || each.type === "rpm") && isBuilt(each) && !isDebug(each)).map(({ name, version, architecture }) => ({
		name,
		version,
		architecture
	}));
}
function isDebug({ type, name, component }) {
	return type === "deb" ? name.endsWith("-dbgsym") : component === DEBUG;
}

// src/actions/pipeline/publish.ts
async function publishTarget(each, plan, inputs, { state, engine }, stages, host) {
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
		return stages.run(`Check for ${target.name}`, action$4, run$7, {
			packages,
			repositories
		});
	});
	const { outputs, seconds } = await host.group(`Sign and publish for ${target.name}`, () => stages.run(`Publish for ${target.name}`, action$5, run$1, {
		...sharedFor(inputs, target.format, action$5.inputs),
		"client-check": "target",
		state,
		packages,
		repository: root,
		packaging: plan.file,
		"repository-name": plan.file === void 0 ? void 0 : repository.name,
		channel,
		"signing-key": inputs["signing-key"].reveal(),
		"signing-key-passphrase": inputs["signing-key-passphrase"]?.reveal(),
		"allow-key-change": String(inputs["allow-key-change"])
	}));
	const { settings } = await readSnapshot(new RepositoryPaths(root), outputs.snapshot);
	const published = {
		target: target.name,
		format: target.format,
		root,
		channel,
		snapshot: outputs.snapshot,
		changed: outputs.changed === "true",
		fingerprint: outputs.fingerprint,
		fileName: fileNameOf(settings.label),
		entry: outputs[target.format === "deb" ? "sources-entry" : "repo-file"],
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
		engine,
		mirror,
		smoke,
		proxy: inputs.proxy
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
	const title = release.version === void 0 ? release.name : `${release.name} ${release.version}`;
	const lines = [`## ${escapeMarkdown(title)}: ${outcome(report)}`, ""];
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
	const count = built.length === 1 ? "one package" : formatCount(built.length, "package");
	if (error !== void 0) return built.length === 0 ? "failed" : `failed, ${count} built`;
	return `${count} built${published.some(({ changed }) => changed) ? " and published" : ", published already"}`;
}
function builtTable(built) {
	return table$1([
		"package",
		"version",
		"target",
		"packages",
		"made from",
		"prepare",
		"build"
	], built.map(({ job, version, packages, origins, prepareSeconds, buildSeconds }) => [
		codeCell(job.package.name),
		codeCell(version),
		codeCell(job.target.name),
		packages.map(codeCell).join(", "),
		origins.map(origin).join(", "),
		seconds(prepareSeconds),
		seconds(buildSeconds)
	]), "the output `result`");
}
function origin({ role, project, commit, tag }) {
	const since = tag === void 0 ? "" : `, tag ${codeCell(tag)}`;
	return `${role === "spec" ? "packaging " : ""}${codeCell(project)} at ${codeCell(commit.slice(0, 12))}${since}`;
}
const CLIENTS = {
	deb: {
		client: "apt",
		folder: "/etc/apt/sources.list.d",
		ending: "sources"
	},
	rpm: {
		client: "dnf",
		folder: "/etc/yum.repos.d",
		ending: "repo"
	}
};
function targetSection(entry) {
	const { client, folder, ending } = CLIENTS[entry.format];
	const lines = [
		`### ${escapeMarkdown(entry.target)}`,
		"",
		`- Repository: ${code(entry.root)}, channel ${code(entry.channel)} → snapshot ${code(entry.snapshot)}${entry.changed ? "" : " (unchanged)"}`,
		`- Signed by ${code(entry.fingerprint)}`
	];
	if (entry.installed) {
		lines.push(`- Installed with ${client} in a clean session: ${entry.installed.installed.map(code).join(", ")}`);
		for (const { command, output } of entry.installed.tried) {
			const [first = ""] = output.split("\n");
			lines.push(`- ${code(command)} → ${first === "" ? "(no output)" : code(first)}`);
		}
	}
	return [
		...lines,
		"",
		`To use it, write this to ${code(`${folder}/${entry.fileName}.${ending}`)}:`,
		"",
		"```",
		entry.entry.trimEnd(),
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
		release: plan.file === void 0 ? { name: plan.packaging.release.name } : plan.packaging.release,
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
		"sources-entry": entriesOf(progress.published, "deb"),
		"repo-file": entriesOf(progress.published, "rpm")
	};
}
async function runStages(inputs, plan, stages, progress, host) {
	const started = performance.now();
	const state = await prepareState(inputs.state, host);
	const engines = await enginesOf(inputs, plan, state, host);
	const parallel = await parallelBuilds(plan.packaging.build.maxParallel, inputs["max-parallel"]);
	const { file: packaging } = plan;
	const { mirror, work } = inputs;
	const shared = inputs;
	await updateBuildroots({
		targets: plan.targets,
		packaging,
		state,
		mirror,
		shared
	}, host);
	progress.buildrootSeconds = (performance.now() - started) / 1e3;
	const prepared = [];
	for (const { jobs, repository } of plan.targets) for (const job of jobs) {
		const source = await host.group(`Prepare ${titleOf(job)}`, () => prepareJob(job, repository, {
			work,
			state,
			packaging,
			shared
		}, stages, host));
		prepared.push({
			job,
			source
		});
	}
	const named = explicitParallel(plan.packaging.build.maxParallel, inputs["max-parallel"]);
	const jobs = jobsOf(named, Math.min(parallel, prepared.length));
	const { done, failures } = await runBounded(prepared, parallel, async ({ job, source }) => {
		const { outputs, seconds } = await host.group(`Build ${titleOf(job)}`, () => buildJob(job, {
			packaging,
			state,
			mirror,
			parallel,
			jobs,
			shared
		}, stages, `Build ${titleOf(job)}`));
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
	for (const each of plan.targets) {
		const engine = engines.get(each.target.format);
		progress.published.push(await publishTarget(each, plan, inputs, {
			state,
			engine
		}, stages, host));
	}
}
async function enginesOf(inputs, plan, state, host) {
	const engines = /* @__PURE__ */ new Map();
	for (const format of new Set(plan.targets.map(({ target }) => target.format))) {
		const toolImage = inputs[`tool-image-${format}`];
		const asked = {
			engine: inputs.engine,
			"tool-image": toolImage,
			"base-image": inputs[`base-image-${format}`]
		};
		engines.set(format, await engineOf(asked, format, state, host));
	}
	return engines;
}
function entriesOf(published, format) {
	return published.filter((each) => each.format === format).map(({ entry }) => entry.trim()).join("\n\n");
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
