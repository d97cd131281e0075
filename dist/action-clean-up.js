import { defaultStateFolder } from "./buildroot.js";
import { UserError, formatBytes, formatCount } from "./frame.js";
import { codeCell, escapeMarkdown, table, writeReport } from "./shared.js";
import { sweep } from "./action-post.js";
import path from "node:path";

// src/actions/clean-up/run.ts
async function run(inputs, host) {
	const dryRun = inputs["dry-run"];
	const report = await host.group("Looking for what dead runs left", () => sweep({
		state: path.resolve(inputs.state ?? defaultStateFolder()),
		folders: [host.workspace, ...inputs.folders.map((folder) => path.resolve(host.workspace, folder))],
		dryRun,
		measure: true
	}, host));
	const { removed, failed } = report;
	const bytes = removed.reduce((sum, leftover) => sum + (leftover.bytes ?? 0), 0);
	const result = {
		dryRun,
		bytes,
		removed,
		failed
	};
	const outputs = {
		removed: String(removed.length),
		failed: String(failed.length),
		bytes: String(bytes),
		report: JSON.stringify(result, null, 2)
	};
	for (const [name, value] of Object.entries(outputs)) host.output(name, value);
	if (inputs["report-file"] !== void 0) await writeReport(inputs["report-file"], result);
	if (inputs.format === "table") await host.summary(summary(report, bytes, dryRun));
	if (failed.length > 0) throw new UserError({
		what: "some leftovers could not be removed",
		found: failed.map(({ kind, place, why }) => `${kind} ${place}: ${why}`).join("; "),
		remedy: "docs/leftovers.md says how to look at them by hand"
	});
	return outputs;
}
function summary({ removed, failed }, bytes, dryRun) {
	const title = dryRun ? "What a clean-up would remove" : "Removed what dead runs left";
	if (removed.length + failed.length === 0) return `## ${title}\n\nNothing: no dead run left anything here.\n`;
	const rows = [...failed.map(({ kind, place, why }) => [
		kind,
		codeCell(place),
		"",
		"",
		`not removed: ${escapeMarkdown(why)}`
	]), ...removed.map(({ kind, place, runId, bytes: size }) => [
		kind,
		codeCell(place),
		runId === void 0 ? "" : codeCell(runId),
		size === void 0 ? "" : formatBytes(size),
		dryRun ? "to be removed" : "removed"
	])];
	return [
		`## ${title}`,
		"",
		`${formatCount(removed.length, "leftover")}, ${formatBytes(bytes)} ${dryRun ? "to be given back" : "given back"}.`,
		"",
		...table([
			"what",
			"where",
			"of the run",
			"on disk",
			""
		], rows, "the report (input `report-file`)")
	].join("\n");
}

export { run };
