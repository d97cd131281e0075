import { UserError, messageOf } from "./frame.js";
import { MANIFEST_NAME, checkReplaceable, pause, retryLine, waitAfter } from "./shared.js";
import { AttemptRecord, BUILD_DEFAULTS, REPORTS, annotate, buildSummary, buildWithRetries, checkBuildroot, diagnoseThrown, faultOf, isOutOfSpace, smokeTest } from "./builder.js";
import { chooseEngine, holdBuildroot, scratchSize, takeSlot } from "./buildroot.js";
import path from "node:path";

// src/actions/build-request.ts
function cachesOf(inputs) {
	const { "compiler-cache": tool, "compiler-cache-key": key } = inputs;
	return {
		layers: inputs.layers ? inputs["layers-size"] : 0,
		downloads: inputs["download-cache"] ? inputs["download-cache-size"] : 0,
		proxy: inputs.proxy,
		compilerCache: tool === "none" ? void 0 : {
			tool,
			mostBytes: inputs["compiler-cache-size"],
			...key ? { key } : {}
		}
	};
}
function engineOf(inputs, format, state, host) {
	return chooseEngine({
		requested: inputs.engine,
		format,
		toolImage: inputs["tool-image"],
		baseImage: inputs["base-image"],
		state,
		runId: host.runId,
		logger: host,
		signal: host.signal
	});
}
function shareOf({ limits, logger }, parallel, tmpfsSize) {
	return {
		parallel,
		retries: limits.retries,
		scratch: (place) => scratchSize({
			requested: tmpfsSize ?? "auto",
			parallel,
			logger,
			...place ? { place } : {}
		})
	};
}
function holdOf({ inputs, configuration, format, request, lockSeconds }, host) {
	return async (refresh) => {
		const { generation, lock } = await holdBuildroot({
			state: request.state,
			configuration,
			engine: request.engine,
			name: inputs.buildroot,
			runId: host.runId,
			logger: host,
			signal: host.signal,
			lockSeconds,
			smoke: smokeTest,
			proxy: request.caches.proxy,
			maxAgeSeconds: refresh ? 0 : inputs["buildroot-max-age"]
		});
		await checkBuildroot({
			generation,
			lock
		}, format, request.architecture);
		return {
			generation,
			lock
		};
	};
}

// src/actions/build-attempts.ts
async function planWithRetries(plan, { format, retries = BUILD_DEFAULTS.retries }, host) {
	return await withVerdict(host, format, () => withRetries(plan, {
		format,
		retries
	}, host));
}
async function withRetries(body, { format, retries }, host) {
	for (let number = 1;; number++) try {
		return await body();
	} catch (error) {
		const diagnosis = host.signal.aborted ? void 0 : diagnoseThrown(error, format)?.diagnosis;
		if (!diagnosis?.retryable || number > retries) throw error;
		const wait = waitAfter(number);
		host.info(`${retryLine(number, retries + 1, wait)}: ${diagnosis.reason}`);
		await pause(wait, host.signal);
	}
}
async function runBuild(plan, { format, build }, host) {
	const { parallel, retries, lockSeconds, hold, scratch } = plan;
	const planned = plan.request;
	const { signal } = host;
	return await withVerdict(host, format, async () => {
		await checkReplaceable(planned.output);
		await using record = new AttemptRecord(planned, format);
		const attempts = await buildWithRetries(async (attempt, earlier) => {
			const { state } = planned;
			const { runId } = host;
			await using place = await takeSlot({
				state,
				parallel,
				waitSeconds: lockSeconds,
				runId,
				logger: host,
				signal
			});
			const size = earlier.some(({ diagnosis }) => isOutOfSpace(diagnosis.rule)) ? "disk" : await scratch(place);
			const held = await hold(attempt > 1);
			try {
				return await build({
					...plan.request,
					scratch: size,
					...held
				});
			} finally {
				await held.lock.release();
			}
		}, {
			retries,
			format,
			logger: host,
			signal,
			keep: record.keep
		});
		return await record.finish(attempts);
	});
}
async function withVerdict(host, format, body) {
	try {
		return await body();
	} catch (error) {
		const isPersons = error instanceof UserError && !host.signal.aborted && diagnoseThrown(error, format) === void 0;
		host.output("verdict", isPersons ? "configuration" : "infrastructure");
		throw error;
	}
}

// src/actions/build-outcome.ts
async function finishBuild(outcome, host) {
	const { title, report, manifest, folder } = outcome;
	const { diagnosis } = report;
	annotate(report, host);
	await host.summary(buildSummary(report));
	await host.report("junit", path.join(folder, REPORTS.junit));
	await host.report("codequality", path.join(folder, REPORTS.codeQuality));
	const outputs = {
		verdict: diagnosis.verdict,
		manifest: path.join(folder, MANIFEST_NAME),
		folder,
		log: outcome.logFile,
		packages: outcome.packages.join(" "),
		artifact: ""
	};
	for (const [name, value] of Object.entries(outputs)) host.output(name, value);
	const files = manifest.files.map(({ name }) => path.join(folder, name)).concat(path.join(folder, MANIFEST_NAME));
	const failed = diagnosis.verdict !== "success";
	let artifact;
	try {
		artifact = await host.upload(outcome.artifact, folder, files);
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

export { cachesOf, engineOf, finishBuild, holdOf, planWithRetries, runBuild, shareOf, withRetries };
