import { REPORTS, annotate, buildSummary, faultOf } from "./builder.js";
import { UserError, messageOf } from "./frame.js";
import { MANIFEST_NAME } from "./shared.js";
import path from "node:path";

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

export { finishBuild };
