import { REPORTS, annotate, buildDeb, buildSummary, faultOf, readDebSource } from "./builder.js";
import { UserError, messageOf, quote } from "./frame.js";
import { MANIFEST_NAME } from "./shared.js";
import { debBuildroot, holdBuildroot, hostArchitecture, parallelBuilds, prepareState, readRepositories, releaseSources, scratchSize } from "./buildroot.js";
import { findPackage, findTarget, loadPackaging, resolveTargetReference } from "./config.js";
import { parseAptPin } from "./deb.js";
import { download } from "./download.js";
import path from "node:path";
import { readdir, stat } from "node:fs/promises";
import os from "node:os";

// src/actions/build-sbuild/request.ts
const DEFAULTS = {
	timeoutSeconds: 7200,
	logBytes: 256 * 1024 ** 2,
	outputBytes: 8 * 1024 ** 3,
	retries: 2,
	lockSeconds: 3600
};
async function buildRequest(inputs, host) {
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	const state = await prepareState(inputs.state);
	const source = await readDebSource(inputs.source);
	const target = packaging ? findTarget(packaging, inputs.target) : await resolveTargetReference(inputs.target);
	const architecture = inputs.architecture ?? await hostArchitecture();
	checkArchitecture(architecture, packaging);
	const { build } = settingsOf(packaging, source) ?? {};
	const parts = {
		any: inputs["build-arch-any"],
		all: inputs["build-arch-all"],
		source: inputs["include-source"]
	};
	checkParts(parts, source);
	const repositories = await readRepositories(inputs.repositories, inputs["repository-keys"], "input repositories");
	const released = packaging ? await releaseSources(packaging, target, (key) => download({
		...key,
		name: "key.asc"
	}, {
		folder: path.join(state, "downloads"),
		logger: host,
		signal: host.signal
	})) : {
		repositories: [],
		pins: []
	};
	const packageFiles = await debFiles(inputs["package-files"], host.workspace);
	const parallel = await parallelBuilds(build?.maxParallel ?? 1, inputs["max-parallel"]);
	return {
		source,
		target,
		architecture,
		state,
		scratch: await scratchSize({
			requested: inputs["tmpfs-size"] ?? build?.tmpfsSize ?? "auto",
			parallel
		}),
		repositories: [...released.repositories, ...repositories],
		pins: [...released.pins, ...inputs.pins.map((text) => parseAptPin(text, "input pins"))],
		packageFiles,
		extraPackages: names(given(inputs["extra-packages"]) ?? build?.extraPackages ?? []),
		parts,
		profiles: words(given(inputs.profiles) ?? build?.profiles ?? [], "profiles", /^[a-z0-9][a-z0-9.+-]*$/),
		options: words(given(inputs["build-options"]) ?? build?.options ?? [], "build-options", /^(?!parallel)[A-Za-z0-9][A-Za-z0-9=,.+_-]*$/),
		jobs: inputs.jobs ?? auto(build?.parallel) ?? processorShare(inputs["max-parallel"] ?? auto(build?.maxParallel)),
		timeoutSeconds: inputs.timeout ?? build?.timeout ?? DEFAULTS.timeoutSeconds,
		network: inputs.network || (build?.network ?? false),
		limits: {
			logBytes: packaging?.limits.logSize ?? DEFAULTS.logBytes,
			outputBytes: packaging?.limits.outputSize ?? DEFAULTS.outputBytes,
			retries: inputs.retries ?? packaging?.limits.retries ?? DEFAULTS.retries
		},
		workspace: host.workspace,
		prefixes: pathPrefixes(inputs["path-mapping"], source),
		output: inputs.output,
		runId: host.runId,
		logger: host,
		signal: host.signal,
		...await hold(inputs, target, architecture, state, host, packaging)
	};
}
function settingsOf(packaging, source) {
	if (packaging === void 0) return void 0;
	return packaging.packages.some(({ name }) => name === source.name) || packaging.packages.length === 0 ? findPackage(packaging, source.name) : { build: packaging.build };
}
function checkArchitecture(architecture, packaging) {
	if (packaging?.architectures === void 0 || packaging.architectures.includes(architecture)) return;
	throw new UserError({
		what: "the release is not built for this architecture",
		where: `${packaging.file ?? "packaging file"}: architectures`,
		found: quote(architecture),
		expected: packaging.architectures.join(", "),
		remedy: "build on a machine of that architecture, or add this one to the list"
	});
}
function checkParts(parts, source) {
	if (!parts.any && !parts.all) throw new UserError({
		what: "nothing to build",
		where: "inputs build-arch-any and build-arch-all",
		found: "false and false",
		expected: "one of them"
	});
	const makesAll = source.architectures.includes("all");
	const makesAny = source.architectures.some((architecture) => architecture !== "all");
	if (parts.any && makesAny || parts.all && makesAll) return;
	throw new UserError({
		what: "the source package has nothing of what is to be built",
		where: source.dsc,
		found: `Architecture: ${source.architectures.join(" ")}`,
		expected: parts.any ? "architecture-dependent packages" : "architecture-independent packages"
	});
}
async function hold(inputs, target, architecture, state, host, packaging) {
	const configuration = await debBuildroot({
		target,
		architecture,
		mirror: inputs.mirror
	});
	const { generation, lock } = await holdBuildroot({
		state,
		configuration,
		name: inputs.buildroot,
		runId: host.runId,
		logger: host,
		signal: host.signal,
		lockSeconds: packaging?.limits.lockTimeout ?? DEFAULTS.lockSeconds,
		maxAgeSeconds: inputs["buildroot-max-age"]
	});
	return {
		generation,
		lock
	};
}
async function debFiles(places, workspace) {
	const files = [];
	for (const place of places) {
		const file = path.resolve(workspace, place);
		if ((await stat(file).catch((error) => {
			throw new UserError({
				what: "a package file cannot be read",
				where: "input package-files",
				found: quote(place),
				expected: error.code ?? "a file"
			});
		})).isDirectory()) files.push(...(await readdir(file)).filter((name) => name.endsWith(".deb")).map((name) => path.join(file, name)));
		else if (file.endsWith(".deb")) files.push(file);
		else throw new UserError({
			what: "not a .deb file",
			where: "input package-files",
			found: quote(place)
		});
	}
	return files;
}
function pathPrefixes(mapping, source) {
	const prefixes = mapping.map((line) => {
		const [prefix, to, ...more] = line.split("=");
		if (prefix === void 0 || to === void 0 || more.length > 0) throw new UserError({
			what: "not a mapping of paths",
			where: "input path-mapping",
			found: quote(line),
			expected: "PREFIX=FOLDER"
		});
		return {
			prefix: trim(prefix),
			to: trim(to)
		};
	});
	if (prefixes.length > 0) return prefixes;
	return [{
		prefix: "",
		to: ""
	}, ...new Set(source.origins.map(({ project }) => project)).size > 1 ? [{
		prefix: "debian",
		to: void 0
	}] : []];
}
const trim = (text) => text.trim().replace(/^\.\/|\/+$/g, "");
const processorShare = (builds = 1) => Math.max(1, Math.floor(os.availableParallelism() / builds));
const auto = (value) => value === "auto" ? void 0 : value;
const given = (list) => list.length === 0 ? void 0 : list;
const names = (list) => words(list, "extra-packages", /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/);
function words(list, input, form) {
	for (const word of list) if (!form.test(word)) throw new UserError({
		what: "a word that cannot be used",
		where: `input ${input}`,
		found: quote(word)
	});
	return list;
}

// src/actions/build-sbuild/run.ts
async function run(inputs, host) {
	const request = await buildRequest(inputs, host);
	const { source, target, architecture } = request;
	const title = `${source.name} ${source.version} for ${target.name} (${architecture})`;
	const result = await host.group(`Build ${title}`, () => buildDeb(request));
	const { folder, manifest, report } = result;
	const { diagnosis } = report;
	annotate(report, host);
	await host.summary(buildSummary(report));
	await host.report("junit", path.join(folder, REPORTS.junit));
	await host.report("codequality", path.join(folder, REPORTS.codeQuality));
	const outputs = {
		verdict: diagnosis.verdict,
		manifest: path.join(folder, MANIFEST_NAME),
		folder,
		log: result.logFile,
		packages: manifest.files.filter(({ role }) => role === "deb" || role === "udeb" || role === "ddeb").map(({ name }) => name.split("_")[0]).join(" "),
		artifact: ""
	};
	for (const [name, value] of Object.entries(outputs)) host.output(name, value);
	const files = manifest.files.map(({ name }) => path.join(folder, name)).concat(path.join(folder, MANIFEST_NAME));
	const failed = diagnosis.verdict !== "success";
	let artifact;
	try {
		artifact = await host.upload(`packages-${source.name}-${target.name}-${architecture}`, folder, files);
	} catch (error) {
		if (!failed || host.signal.aborted) throw error;
		host.warning(`the results could not be uploaded: ${messageOf(error)}`);
	}
	if (failed) {
		if (artifact !== void 0) host.output("artifact", artifact);
		throw new UserError({
			what: `${title} does not build`,
			where: report.logFile,
			found: faultOf(diagnosis)
		});
	}
	return {
		...outputs,
		artifact: artifact ?? ""
	};
}

export { run };
