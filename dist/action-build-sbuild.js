import { BUILD_DEFAULTS, auto, buildDeb, buildSettings, given, packageFilesOf, pathPrefixesOf, processorShare, readDebSource, words } from "./builder.js";
import { cachesOf, engineOf, finishBuild, holdOf, planWithRetries, runBuild, shareOf } from "./actions.js";
import { debBuildroot, explicitParallel, hostArchitecture, parallelBuilds, prepareState, readRepositories, releaseSources } from "./buildroot.js";
import { checkReleaseArchitecture, findTarget, loadPackaging, resolveTargetReference } from "./config.js";
import { parseAptPin } from "./deb.js";
import { download } from "./download.js";
import { UserError } from "./frame.js";
import path from "node:path";

// src/actions/build-sbuild/request.ts
const PROFILES = {
	form: /^[a-z0-9][a-z0-9.+-]*$/,
	expected: "names of build profiles between commas, such as nocheck"
};
const BUILD_OPTIONS = {
	form: /^(?!parallel)[A-Za-z0-9][A-Za-z0-9=,.+_-]*$/,
	expected: "words for DEB_BUILD_OPTIONS between commas, such as nocheck; parallel is the input jobs"
};
const APT_PACKAGES = {
	form: /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?$/,
	expected: "names of packages between commas, NAME or NAME:ARCHITECTURE"
};
async function planBuild(inputs, host, choose = engineOf) {
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	const state = await prepareState(inputs.state, host);
	const source = await readDebSource(inputs.source);
	const target = packaging ? findTarget(packaging, inputs.target) : await resolveTargetReference(inputs.target);
	const architecture = inputs.architecture ?? await hostArchitecture();
	checkReleaseArchitecture(packaging, architecture);
	const build = buildSettings(packaging, source.name);
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
	const packageFiles = await packageFilesOf(inputs["package-files"], host.workspace, ".deb");
	const parallel = await parallelBuilds(build?.maxParallel ?? "auto", inputs["max-parallel"]);
	const lockSeconds = packaging?.limits.lockTimeout ?? BUILD_DEFAULTS.lockSeconds;
	const configuration = await debBuildroot({
		target,
		architecture,
		mirror: inputs.mirror
	});
	const request = {
		source,
		target,
		architecture,
		state,
		caches: cachesOf(inputs),
		repositories: [...released.repositories, ...repositories],
		pins: [...released.pins, ...inputs.pins.map((text) => parseAptPin(text, "input pins"))],
		packageFiles,
		extraPackages: names(given(inputs["extra-packages"]) ?? build?.extraPackages ?? []),
		parts,
		profiles: words(given(inputs.profiles) ?? build?.profiles ?? [], "profiles", PROFILES),
		options: words(given(inputs["build-options"]) ?? build?.options ?? [], "build-options", BUILD_OPTIONS),
		jobs: inputs.jobs ?? auto(build?.parallel) ?? processorShare(explicitParallel(build?.maxParallel, inputs["max-parallel"])),
		timeoutSeconds: inputs.timeout ?? build?.timeout ?? BUILD_DEFAULTS.timeoutSeconds,
		network: inputs.network || (build?.network ?? false),
		limits: {
			logBytes: packaging?.limits.logSize ?? BUILD_DEFAULTS.logBytes,
			outputBytes: packaging?.limits.outputSize ?? BUILD_DEFAULTS.outputBytes,
			retries: inputs.retries ?? packaging?.limits.retries ?? BUILD_DEFAULTS.retries
		},
		workspace: host.workspace,
		mapping: pathPrefixesOf(inputs["path-mapping"]),
		output: inputs.output,
		runId: host.runId,
		logger: host,
		signal: host.signal,
		engine: await choose(inputs, "deb", state, host)
	};
	return {
		request,
		...shareOf(request, parallel, inputs["tmpfs-size"] ?? build?.tmpfsSize),
		lockSeconds,
		hold: holdOf({
			inputs,
			configuration,
			format: "deb",
			request,
			lockSeconds
		}, host)
	};
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
const names = (list) => words(list, "extra-packages", APT_PACKAGES);

// src/actions/build-sbuild/run.ts
async function run(inputs, host) {
	const { retries } = inputs;
	const plan = await planWithRetries(() => planBuild(inputs, host), {
		format: "deb",
		retries
	}, host);
	const { source, target, architecture } = plan.request;
	const title = `${source.name} ${source.version} for ${target.name} (${architecture})`;
	const result = await host.group(`Build ${title}`, () => runBuild(plan, {
		format: "deb",
		build: buildDeb
	}, host));
	const packages = result.manifest.files.filter(({ role }) => role === "deb" || role === "udeb" || role === "ddeb").map(({ name }) => name.split("_")[0] ?? name);
	const artifact = `packages-${source.name}-${target.name}-${architecture}`;
	return finishBuild({
		...result,
		title,
		packages,
		artifact
	}, host);
}

export { run };
