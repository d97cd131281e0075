import { UserError, messageOf } from "./frame.js";
import { MANIFEST_NAME, checkReplaceable, pause, retryLine, waitAfter } from "./shared.js";
import { AttemptRecord, BUILD_DEFAULTS, REPORTS, annotate, buildSummary, buildWithRetries, checkBuildroot, diagnoseThrown, faultOf, isOutOfSpace, smokeTest } from "./builder.js";
import { chooseEngine, holdBuildroot, scratchSize, takeSlot } from "./buildroot.js";
import { checkKeyFor, normalFingerprint } from "./signing.js";
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

// src/actions/signing-key.ts
async function openSigningKey(inputs, fingerprint, signal, name = "signing-key") {
	const { signer, "gpg-home": home, "signing-key": key, "signing-key-passphrase": passphrase } = inputs;
	if (signer === "openpgp") {
		if (home !== void 0) throw new UserError({
			what: "an input for gpg, and the signer is openpgp",
			where: "input gpg-home",
			remedy: "leave it out, or set signer to gpg"
		});
		if (key === void 0) throw new UserError({
			what: "a required secret is missing",
			where: `input ${name}`,
			expected: `the secret itself on GitHub, elsewhere ${name}-variable (name of an environment variable) or ${name}-file`,
			remedy: "for a key on a card or in an agent set signer to gpg"
		});
		const { openSigner } = await import("./lazy-signing-openpgp.js");
		return await openSigner({
			key,
			passphrase,
			fingerprint
		});
	}
	if (fingerprint === void 0) throw new UserError({
		what: "gpg needs to know which key signs",
		where: `input ${name}-fingerprint`,
		expected: `the 40 hexadecimal digits of its fingerprint, here${name === "signing-key" ? " or as signing.key of the packaging file" : ""}`
	});
	if (home === void 0 === (key === void 0)) throw new UserError({
		what: home === void 0 ? "gpg needs a key" : "two ways to the key",
		where: "input gpg-home",
		expected: `either gpg-home, a folder that has the key, or ${name}`
	});
	const { openGpgSigner } = await import("./lazy-signing-gpg.js");
	return await openGpgSigner({
		fingerprint,
		home,
		key,
		passphrase,
		signal
	});
}

// src/actions/signing-keys.ts
async function openSigningKeys(inputs, fingerprint, use, signal) {
	await using stack = new AsyncDisposableStack();
	const signer = stack.use(await openSigningKey(inputs, fingerprint, signal));
	const told = ({ key: info, warnings: own }) => [...own, ...use === void 0 ? [] : checkKeyFor(info, use)];
	const warnings = told(signer);
	const { "next-signing-key": key, "next-signing-key-fingerprint": expected } = inputs;
	let nextSigner;
	if (key !== void 0 || expected !== void 0) {
		if (expected !== void 0 && normalFingerprint(expected) === signer.key.fingerprint) throw sameKey(signer);
		const next = {
			signer: inputs.signer,
			"gpg-home": inputs.signer === "gpg" && key !== void 0 ? void 0 : inputs["gpg-home"],
			"signing-key": key,
			"signing-key-passphrase": inputs["next-signing-key-passphrase"]
		};
		nextSigner = stack.use(await openSigningKey(next, expected, signal, "next-signing-key"));
		if (nextSigner.key.fingerprint === signer.key.fingerprint) throw sameKey(signer);
		warnings.push(...told(nextSigner));
	} else if (inputs["next-signing-key-passphrase"] !== void 0) throw new UserError({
		what: "a passphrase without the key that it is for",
		where: "input next-signing-key-passphrase",
		remedy: "give next-signing-key too, or leave it out"
	});
	const keys = stack.move();
	return {
		signer,
		nextSigner,
		warnings,
		[Symbol.asyncDispose]: async () => await keys.disposeAsync()
	};
}
function sameKey({ key }) {
	return new UserError({
		what: "the next key is the one that signs already",
		where: "input next-signing-key",
		found: key.fingerprint,
		remedy: "leave it out: the change of keys is done"
	});
}

export { cachesOf, engineOf, finishBuild, holdOf, openSigningKeys, planWithRetries, runBuild, shareOf, withRetries };
