import { defaultStateFolder, found, removeLeftovers } from "./buildroot.js";
import { array, object, string } from "./zod.js";
import { messageOf, oneLine } from "./frame.js";
import { giveBackWritten, recoverOutput, refuseLinkOut } from "./shared.js";
import { removeDeadHomes } from "./signing.js";
import path from "node:path";
import { tmpdir } from "node:os";

// src/actions/clean-up/sweep.ts
async function sweep({ folders, ...sweep }, host) {
	return await removeLeftovers(sweep.state, {
		...sweep,
		temporary: [tmpdir(), ...folders],
		containers: true,
		more: [keyRings(sweep.dryRun ?? false)],
		logger: host
	});
}
function keyRings(dryRun) {
	return async function* () {
		for (const place of await removeDeadHomes(void 0, true)) yield found("key ring", place, async () => {
			if (!dryRun) await removeDeadHomes();
			return [];
		});
	};
}

// src/actions/clean-up/post.ts
const keptSchema = object({
	state: string().optional(),
	writes: array(string())
});
const WRITTEN = [
	"output",
	"work",
	"report",
	"report-file"
];
async function runPost(host) {
	try {
		const { state, writes } = placesOf(host);
		const { removed } = await sweep({
			state,
			runId: host.runId,
			folders: [host.workspace, ...writes.map((place) => path.dirname(place))]
		}, host);
		for (const { kind, place } of removed) host.info(`Removed what a killed run left: ${kind} ${place}`);
		for (const place of writes) {
			await refuseLinkOut(host.workspace, place, "a place written to");
			await recoverOutput(place);
		}
		await giveBackWritten(host, writes);
	} catch (error) {
		host.warning(`cleaning up after the run: ${oneLine(messageOf(error))}`);
	}
	return 0;
}
function placesOf(host) {
	const kept = keptSchema.safeParse(host.keptForPost()).data;
	const given = (name) => {
		const value = host.input(name);
		return value === void 0 ? [] : [path.resolve(host.workspace, value)];
	};
	return {
		state: kept?.state ?? given("state")[0] ?? defaultStateFolder(),
		writes: kept?.writes ?? WRITTEN.flatMap(given)
	};
}

export { runPost, sweep };
