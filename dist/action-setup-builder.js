import { defaultStateFolder } from "./buildroot.js";
import { findTarget, isTargetFile, loadPackaging, resolveTargetReference } from "./config.js";
import { askedUses, doctorSummary, examineHost, failuresOf } from "./checks.js";
import { UserError, osRelease } from "./frame.js";
import { checkTargets, makeSteps, planSteps, purposeOf, readDistribution, setupSummary, thisSystem, usesOf } from "./setup.js";
import path from "node:path";

// src/actions/setup-builder/run.ts
async function run(inputs, host) {
	const dryRun = inputs["dry-run"];
	if (!dryRun && process.getuid?.() !== 0) throw new UserError({
		what: "a host is set up by root",
		found: `uid ${process.getuid?.()}`,
		remedy: "run as root, or with sudo; --dry-run only says what would be done"
	});
	const request = await requestOf(inputs, host);
	const system = thisSystem(host, host.signal);
	const purpose = purposeOf(request, system);
	await checkTargets(request, purpose);
	const steps = await makeSteps(planSteps(system, request), {
		dryRun,
		logger: host,
		signal: host.signal
	});
	host.output("changed", String(steps.some(({ outcome }) => outcome === "changed")));
	host.output("steps", JSON.stringify(steps));
	await host.summary(setupSummary(steps, dryRun));
	const report = await host.group("Looking at this host", () => examineHost({
		state: request.setup.state,
		work: host.workspace,
		wanted: askedUses(usesOf(purpose)),
		engine: Object.values(purpose.engines).find((engine) => engine !== "host"),
		toolImage: inputs["tool-image"],
		proxy: inputs.proxy,
		signal: host.signal,
		progress: (title) => host.progress(title)
	}));
	host.output("doctor", report.result);
	await host.summary(doctorSummary(report));
	if (!dryRun) {
		refuseUnready("some steps failed", steps.filter(({ outcome }) => outcome === "failed"));
		refuseUnready("the host is set up, and not ready", failuresOf(report.checks));
	}
	return {
		changed: String(steps.some(({ outcome }) => outcome === "changed")),
		steps: JSON.stringify(steps),
		doctor: report.result
	};
}
function refuseUnready(what, wrong) {
	if (wrong.length === 0) return;
	throw new UserError({
		what,
		found: wrong.map(({ title }) => title).join(", "),
		remedy: "the tables say why and what mends it; run it again afterwards: what is done stays done"
	});
}
async function requestOf(inputs, host) {
	return {
		distribution: readDistribution(osRelease()),
		targets: await targetsOf(inputs, host.workspace),
		engine: inputs.engine,
		packages: inputs.packages,
		publisher: inputs.publisher,
		buildroots: inputs.buildroots,
		timer: inputs.timer,
		time: inputs["timer-time"],
		timerCommand: inputs["timer-command"],
		packaging: inputs.packaging,
		force: inputs.force,
		setup: {
			state: path.resolve(inputs.state ?? defaultStateFolder()),
			architecture: inputs.architecture,
			mirror: inputs.mirror,
			toolImage: inputs["tool-image"],
			baseImage: inputs["base-image"],
			proxy: inputs.proxy,
			runId: host.runId,
			logger: host,
			signal: host.signal
		}
	};
}
async function targetsOf({ targets, packaging }, workspace) {
	if (packaging !== void 0) {
		const file = await loadPackaging(packaging);
		return (targets.length === 0 ? file.targets : targets.map((name) => findTarget(file, name))).map((target) => ({
			target,
			reference: target.name
		}));
	}
	return Promise.all(targets.map(async (name) => {
		const file = isTargetFile(name) ? path.resolve(workspace, name) : void 0;
		const target = await resolveTargetReference(file ?? name);
		return {
			target,
			reference: file ?? target.name
		};
	}));
}

export { run };
