import { BUILD_DEFAULTS, CONDITION, auto, buildRpm, buildSettings, given, packageFilesOf, parseDefine, pathPrefixesOf, processorShare, readRpmSource, words } from "./builder.js";
import { cachesOf, engineOf, finishBuild, holdOf, planWithRetries, runBuild, shareOf } from "./actions.js";
import { explicitParallel, parallelBuilds, prepareState, readRpmRepositories, releaseSourcesRpm, rpmBuildroot } from "./buildroot.js";
import { checkReleaseArchitecture, findTarget, loadPackaging, resolveTargetReference } from "./config.js";
import { download } from "./download.js";
import { UserError, quote } from "./frame.js";
import path from "node:path";

// src/actions/build-mock/request.ts
const CONDITIONS = {
	form: CONDITION,
	expected: "names of conditions (%bcond) between commas: letters, digits and _"
};
const DNF_PACKAGES = {
	form: /^@?[A-Za-z0-9_][A-Za-z0-9+._()/:-]*$/,
	expected: "what dnf takes between commas: names such as less, provides such as pkgconfig(zlib), groups such as @core"
};
async function planBuild(inputs, host, choose = engineOf) {
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	const state = await prepareState(inputs.state, host);
	const source = await readRpmSource(inputs.source);
	const target = packaging ? findTarget(packaging, inputs.target) : await resolveTargetReference(inputs.target);
	const configuration = await rpmBuildroot({
		target,
		architecture: inputs.architecture
	});
	const { architecture } = configuration;
	checkReleaseArchitecture(packaging, architecture);
	const build = buildSettings(packaging, source.name);
	const own = await readRpmRepositories(inputs.repositories, inputs["repository-keys"], "input repositories");
	const repositories = [...packaging ? await releaseSourcesRpm(packaging, target, (key) => download({
		...key,
		name: "key.asc"
	}, {
		folder: path.join(state, "downloads"),
		logger: host,
		signal: host.signal
	})) : [], ...own];
	checkNames(repositories.map(({ name }) => name));
	const packageFiles = await packageFilesOf(inputs["package-files"], host.workspace, ".rpm");
	const parallel = await parallelBuilds(build?.maxParallel ?? "auto", inputs["max-parallel"]);
	const lockSeconds = packaging?.limits.lockTimeout ?? BUILD_DEFAULTS.lockSeconds;
	const request = {
		source,
		target,
		architecture,
		state,
		caches: cachesOf(inputs),
		repositories,
		packageFiles,
		extraPackages: words(given(inputs["extra-packages"]) ?? build?.extraPackages ?? [], "extra-packages", DNF_PACKAGES),
		includeSource: inputs["include-source"],
		with: words(given(inputs.with) ?? build?.profiles ?? [], "with", CONDITIONS),
		without: words(inputs.without, "without", CONDITIONS),
		defines: inputs.defines.map(parseDefine),
		jobs: inputs.jobs ?? auto(build?.parallel) ?? processorShare(explicitParallel(build?.maxParallel, inputs["max-parallel"])),
		check: inputs.check,
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
		engine: await choose(inputs, "rpm", state, host)
	};
	return {
		request,
		...shareOf(request, parallel, inputs["tmpfs-size"] ?? build?.tmpfsSize),
		lockSeconds,
		hold: holdOf({
			inputs,
			configuration,
			format: "rpm",
			request,
			lockSeconds
		}, host)
	};
}
function checkNames(names) {
	const double = names.find((name, index) => names.indexOf(name) < index || name === "package-files");
	if (double === void 0) return;
	throw new UserError({
		what: "a name of a repository that is taken",
		where: "input repositories",
		found: quote(double),
		expected: "names that differ from each other, from sources of the packaging file, and from package-files"
	});
}

// src/actions/build-mock/run.ts
async function run(inputs, host) {
	const { retries } = inputs;
	const plan = await planWithRetries(() => planBuild(inputs, host), {
		format: "rpm",
		retries
	}, host);
	const { source, target, architecture } = plan.request;
	const title = `${source.version === void 0 ? source.name : `${source.name} ${source.version}`} for ${target.name} (${architecture})`;
	const result = await host.group(`Build ${title}`, () => runBuild(plan, {
		format: "rpm",
		build: buildRpm
	}, host));
	return finishBuild({
		...result,
		title,
		artifact: `packages-${source.name}-${target.name}-${architecture}`
	}, host);
}

export { run };
