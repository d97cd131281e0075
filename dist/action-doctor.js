import { defaultStateFolder } from "./buildroot.js";
import { askedUses, doctorSummary, examineHost, failuresOf, foundUses } from "./checks.js";
import { UserError } from "./frame.js";
import { writeReport } from "./shared.js";
import path from "node:path";

// src/actions/doctor/run.ts
async function run(inputs, host) {
	const state = path.resolve(inputs.state ?? defaultStateFolder());
	const wanted = inputs.for.length > 0 ? askedUses(inputs.for) : await foundUses(state);
	const resolve = (file) => path.resolve(host.workspace, file);
	const report = await host.group("Looking at this host", () => examineHost({
		state,
		work: host.workspace,
		wanted,
		keys: {
			signingKey: inputs["signing-key"],
			files: inputs["public-keys"].map(resolve),
			repositories: inputs.repositories.map(resolve)
		},
		engine: inputs.engine === "auto" ? void 0 : inputs.engine,
		toolImage: inputs["tool-image"],
		proxy: inputs.proxy,
		signal: host.signal,
		progress: (title) => host.progress(title)
	}));
	const outputs = {
		result: report.result,
		report: JSON.stringify(report, null, 2)
	};
	for (const [name, value] of Object.entries(outputs)) host.output(name, value);
	if (inputs["report-file"] !== void 0) await writeReport(inputs["report-file"], report);
	if (inputs.format === "table") await host.summary(doctorSummary(report));
	const failures = failuresOf(report.checks);
	const warnings = report.checks.filter(({ status, needed }) => needed && status === "warning");
	const counted = inputs.strict ? [...failures, ...warnings] : failures;
	if (counted.length > 0) throw new UserError({
		what: "this host is not ready",
		found: counted.map(({ title }) => title).join(", "),
		expected: `all that it needs for ${report.uses.join(", ")}`,
		remedy: "what mends each stands in the table"
	});
	return outputs;
}

export { run };
