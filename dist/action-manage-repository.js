import { UserError, formatBytes, formatCount, oneLine } from "./frame.js";
import { codeCell, table, writeReport } from "./shared.js";
import { ReviewPlace, checkExists, checkReviewName, describeReview, differenceOf, fileUrl, findChannel, findSnapshot, formerOf, listRepository, listReviews, listSnapshots, promote, promotePackages, prune, pruneReviews, readHistory, readSnapshot, readView, removeChannel, removeReviews, resolveAddress, resolveFolder, rollback, servedFolder } from "./repository.js";
import { describeKey } from "./signing.js";
import { openSigningKeys } from "./actions.js";
import { checkChoice, chooseRepository, loadPackaging } from "./config.js";

// src/actions/manage-repository/request.ts
function writing(inputs, { root, leaseSeconds }, host) {
	return {
		root,
		leaseSeconds,
		holder: host.runUrl ?? `the run ${host.runId}`,
		run: host.runUrl,
		logger: host,
		signal: host.signal,
		onStep: (step) => host.debug(`done: ${step}`),
		dryRun: inputs["dry-run"],
		reason: inputs.reason === void 0 ? void 0 : oneLine(inputs.reason)
	};
}
function given(inputs, name) {
	const value = inputs[name];
	if (value !== void 0) return value;
	throw new UserError({
		what: `${inputs.command} needs to know the channel`,
		where: `input ${name}`,
		expected: "the name of a channel"
	});
}

// src/actions/manage-repository/reviews.ts
const KEEP_SECONDS$1 = 1209600;
async function removeReview(inputs, request, host) {
	const { "dry-run": dryRun } = inputs;
	const reviews = await removeReviews({
		...writing(inputs, request, host),
		names: inputs.review
	});
	const removed = reviews.filter(({ outcome }) => outcome === "removed").map(({ name }) => name);
	const absent = reviews.filter(({ outcome }) => outcome === "absent").map(({ name }) => name);
	const parts = [...removed.length === 0 ? [] : [`${dryRun ? "Would remove" : "Removed"} ${reviewsOf(removed)}`], ...absent.length === 0 ? [] : [`${removed.length === 0 ? "T" : "t"}here is no ${reviewsOf(absent)}`]];
	const gone = dryRun ? "would be removed" : "removed";
	return {
		changed: removed.length > 0,
		conclusion: parts.join("; "),
		tables: [{
			title: "Reviews",
			header: ["review", ""],
			rows: reviews.map(({ name, outcome }) => [name, outcome === "removed" ? gone : "was not there"]),
			empty: "none"
		}],
		result: {
			repository: request.root,
			dryRun,
			removed,
			absent
		}
	};
}
async function pruneReview(inputs, request, host) {
	const { "dry-run": dryRun, "keep-for": keepSeconds = KEEP_SECONDS$1 } = inputs;
	const { removed, kept } = await pruneReviews({
		...writing(inputs, request, host),
		keepSeconds
	});
	const verb = dryRun ? "Would remove" : "Removed";
	const table = (title, rows) => ({
		title,
		header: ["review", "why"],
		rows: rows.map(({ name, why }) => [name, why]),
		empty: "none"
	});
	return {
		changed: removed.length > 0,
		conclusion: `${removed.length === 0 ? "Nothing to remove" : `${verb} ${formatCount(removed.length, "review")}`}; ${formatCount(kept.length, "review stays", "reviews stay")}`,
		tables: [table(dryRun ? "Reviews that would be removed" : "Reviews removed", removed), table("Reviews kept", kept)],
		result: {
			repository: request.root,
			dryRun,
			keepSeconds,
			removed,
			kept
		}
	};
}
async function reviewTables(root) {
	const { reviews, problems } = await listReviews(root);
	if (reviews.length + problems.length === 0) return {
		tables: [],
		reviews
	};
	return {
		tables: [{
			title: "Reviews",
			header: [
				"review",
				"sources",
				"begun",
				"last publish",
				"packages",
				"size",
				"layered over",
				"change"
			],
			rows: [...reviews.map((each) => [
				each.name,
				each.sources.join(", "),
				timeOf$1(each.createdAt),
				timeOf$1(each.usedAt),
				String(each.packages),
				formatBytes(each.bytes),
				each.layeredOver === null ? "" : `${each.layeredOver.channel} (${each.layeredOver.snapshot})`,
				[...new Set(each.origins.map(({ project, commit }) => `${project} ${commit.slice(0, 12)}`))].join(", ")
			]), ...problems.map(({ name, why }) => [
				name,
				why,
				"",
				"",
				"",
				"",
				"",
				""
			])],
			empty: "none"
		}],
		reviews
	};
}
async function reviewRequest(inputs, request) {
	const [name, ...more] = inputs.review;
	if (name === void 0) return request;
	if (more.length > 0) throw new UserError({
		what: "several reviews, and one can be listed",
		where: "input review",
		found: String(inputs.review.length),
		expected: "one name, or none for all of them"
	});
	const place = new ReviewPlace(request.root, checkReviewName(name));
	const found = await describeReview(place);
	if (found === void 0) throw new UserError({
		what: "there is no such review",
		where: "input review",
		found: name,
		expected: "one that list names"
	});
	return {
		...request,
		root: found.root,
		url: place.url(request.url)
	};
}
function reviewsOf(names) {
	return `${names.length === 1 ? "review" : "reviews"} ${names.join(", ")}`;
}
function timeOf$1(iso) {
	return iso.slice(0, 16).replace("T", " ");
}

// src/actions/manage-repository/tables.ts
const MOST_NAMED = 5;
function markdown({ title, header, rows, empty }) {
	const lines = [`### ${title}`, ""];
	if (rows.length === 0) return [
		...lines,
		`${empty.charAt(0).toUpperCase()}${empty.slice(1)}.`,
		""
	].join("\n");
	const cells = rows.map((row) => row.map((cell) => cell === "" ? "" : codeCell(cell)));
	return [...lines, ...table(header, cells, "the report (input `report`)")].join("\n");
}
function channelTable({ channels }) {
	return {
		title: "Channels",
		header: [
			"channel",
			"snapshot",
			"since",
			"packages"
		],
		rows: channels.map(({ name, id, since, packages }) => [
			name,
			id,
			timeOf(since),
			String(packages)
		]),
		empty: "none"
	};
}
function snapshotTable({ snapshots }) {
	return {
		title: "Snapshots",
		header: [
			"snapshot",
			"made",
			"for",
			"channels",
			"packages",
			"size",
			"its own",
			"added",
			"gone"
		],
		rows: snapshots.map((each) => [
			each.id,
			timeOf(each.createdAt),
			each.madeFor,
			each.channels.join(", "),
			String(each.packages),
			formatBytes(each.bytes),
			formatBytes(each.ownBytes),
			namesOf(each.added),
			namesOf(each.superseded)
		]),
		empty: "none"
	};
}
function packageTable(title, packages) {
	return {
		title,
		header: [
			"package",
			"version",
			"architecture",
			"component",
			"source",
			"size"
		],
		rows: packages.map((each) => [
			each.name,
			each.version,
			each.architecture,
			each.component ?? "",
			each.source,
			formatBytes(each.files.reduce((sum, { size }) => sum + size, 0))
		]),
		empty: "no packages"
	};
}
function differenceTable(title, difference) {
	return {
		title,
		header: [
			"package",
			"architecture",
			"change",
			"before",
			"after"
		],
		rows: difference.map(({ name, kind, architecture, change, from = "", to = "" }) => [
			name,
			kind === "source" ? "source" : architecture,
			change,
			from,
			to
		]),
		empty: "the same packages"
	};
}
function pruneTables({ removed, kept, files }, dryRun) {
	const gone = dryRun ? "would be removed" : "removed";
	return [
		{
			title: `Snapshots ${gone}`,
			header: ["snapshot"],
			rows: removed.map((id) => [id]),
			empty: "none"
		},
		{
			title: `Files of the pool ${gone}`,
			header: ["file", "size"],
			rows: files.map(({ path, size }) => [path, formatBytes(size)]),
			empty: "none"
		},
		{
			title: "Snapshots kept",
			header: ["snapshot", "why"],
			rows: kept.map(({ id, why }) => [id, why]),
			empty: "none"
		}
	];
}
function timeOf(iso) {
	return iso.slice(0, 16).replace("T", " ");
}
function namesOf(packages) {
	const names = [...new Set(packages.map(({ name, version }) => `${name} ${version}`))];
	const named = names.slice(0, MOST_NAMED).join(", ");
	return names.length > MOST_NAMED ? `${named} and ${names.length - MOST_NAMED} more` : named;
}

// src/actions/manage-repository/look.ts
async function list(inputs, request) {
	const { root, url } = await reviewRequest(inputs, request);
	if (inputs.channel !== void 0 || inputs.snapshot !== void 0) {
		const { name, id, snapshot } = await chosen(inputs, root);
		const { packages, createdAt, format } = snapshot;
		return {
			changed: false,
			...inputs.channel === void 0 ? {} : { channel: inputs.channel },
			snapshot: id,
			uri: `${url}/snapshots/${id}`,
			conclusion: `${name} has ${formatCount(packages.length, "package")}`,
			tables: [packageTable(`Packages of ${name}`, packages)],
			result: {
				repository: root,
				url,
				format,
				snapshot: id,
				createdAt,
				packages
			}
		};
	}
	const listing = await listRepository(root);
	const { tables, reviews } = await reviewTables(root);
	const counts = [
		formatCount(listing.channels.length, "channel"),
		formatCount(listing.snapshots.length, "snapshot"),
		...reviews.length === 0 ? [] : [formatCount(reviews.length, "review")]
	];
	return {
		changed: false,
		conclusion: `${counts.slice(0, -1).join(", ")} and ${counts.at(-1)}`,
		tables: [
			channelTable(listing),
			snapshotTable(listing),
			...tables
		],
		result: {
			repository: root,
			url,
			...listing,
			reviews
		}
	};
}
async function compare(inputs, { root }) {
	const after = await chosen(inputs, root);
	const before = await comparedWith(inputs, after.snapshot, root);
	const difference = differenceOf(before.snapshot, after.snapshot);
	return {
		changed: false,
		...inputs.channel === void 0 ? {} : { channel: inputs.channel },
		snapshot: after.id,
		conclusion: `${after.name} has ${formatCount(difference.length, "difference")} against ${before.name}`,
		tables: [differenceTable(`${after.name} against ${before.name}`, difference)],
		result: {
			repository: root,
			from: before.snapshot?.id ?? null,
			to: after.id,
			difference
		}
	};
}
async function chosen({ channel, snapshot, command }, root) {
	await checkExists(root);
	const { paths, channels } = await readView(root);
	if (channel !== void 0 && snapshot !== void 0) throw new UserError({
		what: "a channel and a snapshot, and one of them is meant",
		where: "inputs channel and snapshot",
		expected: "one of them"
	});
	if (channel === void 0 && snapshot === void 0) throw new UserError({
		what: `${command} needs to know what is looked at`,
		where: "input channel",
		expected: "a channel, or a snapshot"
	});
	const id = channel === void 0 ? findSnapshot(snapshot ?? "", /* @__PURE__ */ new Map(), await listSnapshots(paths), "input snapshot") : findChannel(channel, channels, "input channel");
	return {
		name: channel === void 0 ? id : `${channel} (${id})`,
		id,
		snapshot: await readSnapshot(paths, id)
	};
}
async function comparedWith({ against, channel }, after, root) {
	const { paths, channels } = await readView(root);
	const snapshots = await listSnapshots(paths);
	if (against !== void 0) {
		const id = findSnapshot(against, channels, snapshots, "input against");
		return {
			name: id === against ? id : `${against} (${id})`,
			snapshot: await readSnapshot(paths, id)
		};
	}
	const id = (channel === void 0 ? [] : formerOf(await readHistory(paths), channel, after.id)).at(-1) ?? after.parent;
	if (id === null) return {
		name: "nothing",
		snapshot: void 0
	};
	if (snapshots.includes(id)) return {
		name: id,
		snapshot: await readSnapshot(paths, id)
	};
	throw new UserError({
		what: "the state before it was removed",
		where: "input against",
		found: id,
		expected: "a channel or a snapshot that is there"
	});
}

// src/actions/manage-repository/move.ts
async function promoteChannel(inputs, request, host) {
	const { channel, snapshot } = inputs;
	const from = channel ?? snapshot;
	if (from === void 0 || channel !== void 0 && snapshot !== void 0) throw new UserError({
		what: "promote needs to know what is promoted",
		where: "inputs channel and snapshot",
		expected: "one of them"
	});
	const to = given(inputs, "to");
	if (inputs.packages.length > 0 && channel === void 0) throw new UserError({
		what: "single packages come from a channel",
		where: "input snapshot",
		expected: "the input channel instead"
	});
	await using opened = await openKeys(inputs, request, host);
	const { keys } = opened;
	const why = inputs["allow-downgrade"];
	const allowDowngrade = why === void 0 ? void 0 : oneLine(why);
	const options = {
		...writing(inputs, request, host),
		from,
		to,
		allowDowngrade
	};
	if (inputs.packages.length === 0) {
		const allowKeyChange = inputs["allow-key-change"];
		return moveOutcome(await promote({
			...options,
			...keys,
			allowKeyChange
		}), inputs, request);
	}
	return moveOutcome(await promotePackages({
		...options,
		packages: inputs.packages,
		keys
	}), inputs, request);
}
async function rollbackChannel(inputs, request, host) {
	const channel = given(inputs, "channel");
	await using opened = await openKeys(inputs, request, host);
	const options = {
		...writing(inputs, request, host),
		channel,
		snapshot: inputs.snapshot
	};
	return moveOutcome(await rollback({
		...options,
		...opened.keys
	}), inputs, request);
}
function moveOutcome(result, inputs, { root }) {
	const { channel, id, copyOf, former, changed, difference, warnings } = result;
	const dryRun = inputs["dry-run"];
	const made = copyOf === void 0 ? "" : `, with the packages of ${copyOf}`;
	const before = former === null ? "" : `, and before to ${former}`;
	let done = `${channel} ${dryRun ? "would point" : "points"} to ${id}${made}${before}`;
	if (result.wouldBeMade) done = `${channel} would get a snapshot of its own`;
	else if (id === null) done = `${channel} ${dryRun ? "would be" : "is"} removed`;
	return {
		changed,
		channel,
		...id === null ? {} : { snapshot: id },
		conclusion: changed ? done : `Nothing to do: ${channel} points to ${id} already`,
		tables: id === null && difference.length === 0 ? [] : [differenceTable(`What changes in ${channel}`, difference)],
		warnings,
		result: {
			repository: root,
			dryRun,
			channel,
			snapshot: id,
			copyOf: copyOf ?? null,
			former,
			difference,
			reason: inputs["allow-downgrade"] ?? inputs.reason ?? null,
			warnings
		}
	};
}
async function openKeys(inputs, { fingerprint }, host) {
	if ([
		"signing-key",
		"gpg-home",
		"next-signing-key",
		"next-signing-key-fingerprint"
	].every((name) => inputs[name] === void 0)) return {
		keys: void 0,
		[Symbol.asyncDispose]: async () => {}
	};
	const opened = await openSigningKeys(inputs, fingerprint, void 0, host.signal);
	const { signer, nextSigner, warnings } = opened;
	host.info(`Key: ${describeKey(signer.key)}`);
	if (nextSigner !== void 0) host.info(`Next key: ${describeKey(nextSigner.key)}`);
	for (const warning of warnings) host.warning(warning, { title: "Signing key" });
	return {
		keys: {
			signer,
			nextSigner
		},
		[Symbol.asyncDispose]: async () => await opened[Symbol.asyncDispose]()
	};
}

// src/actions/manage-repository/repository.ts
const DEFAULT_LEASE_SECONDS = 600;
async function resolveRepository(inputs) {
	const packaging = inputs.packaging === void 0 ? void 0 : await loadPackaging(inputs.packaging);
	checkChoice(inputs);
	const known = packaging === void 0 ? void 0 : knownRepository(packaging, inputs);
	const root = inputs.repository ?? (inputs.url === void 0 ? known?.path : void 0);
	const url = inputs.url ?? known?.url;
	if (root === void 0 && (inputs.command !== "resolve" || url === void 0)) throw new UserError({
		what: "the folder of the repository is not known",
		where: "input repository",
		expected: known === void 0 ? "a path" : `a path, here or as the field path of the repository ${known.name}`
	});
	return {
		root,
		url: (url ?? fileUrl(await servedFolder(root ?? ""))).replace(/\/+$/, ""),
		leaseSeconds: inputs["lease-timeout"] ?? packaging?.limits.lockTimeout ?? DEFAULT_LEASE_SECONDS,
		fingerprint: inputs["signing-key-fingerprint"] ?? packaging?.signing.key
	};
}
function knownRepository(packaging, inputs) {
	const { repository, target, "repository-name": name } = inputs;
	if (repository === void 0 || name !== void 0 || target !== void 0) return chooseRepository(packaging, {
		...inputs,
		repository: void 0
	});
	return packaging.repositories.length === 1 ? packaging.repositories[0] : void 0;
}

// src/actions/manage-repository/run.ts
const KEEP = 5;
const KEEP_SECONDS = 2592e3;
const COMMANDS_OF = {
	channel: [
		"list",
		"diff",
		"promote",
		"rollback",
		"remove-channel",
		"resolve"
	],
	snapshot: [
		"list",
		"diff",
		"promote",
		"rollback"
	],
	against: ["diff"],
	to: ["promote"],
	packages: ["promote"],
	"allow-downgrade": ["promote"],
	"allow-key-change": ["promote"],
	reason: [
		"promote",
		"rollback",
		"prune",
		"remove-channel"
	],
	keep: ["prune"],
	"keep-for": ["prune", "prune-reviews"],
	review: ["list", "remove-review"],
	"dry-run": [
		"promote",
		"rollback",
		"prune",
		"remove-channel",
		"remove-review",
		"prune-reviews"
	]
};
async function run(inputs, host) {
	checkInputs(inputs);
	const request = await resolveRepository(inputs);
	const outcome = await runCommand(inputs, request, host);
	const { changed, channel = "", snapshot = "", conclusion, tables, warnings = [] } = outcome;
	for (const warning of warnings) host.warning(warning);
	host.notice(conclusion);
	await host.summary([
		"## Repository",
		"",
		`${conclusion}.`,
		"",
		...tables.map(markdown)
	].join("\n"));
	const result = {
		schema: "pkg-actions/manage-repository/1",
		command: inputs.command,
		changed,
		...outcome.result
	};
	if (inputs.report !== void 0) await writeReport(inputs.report, result);
	return {
		changed: String(changed),
		channel,
		snapshot,
		"snapshot-uri": outcome.uri ?? (snapshot === "" ? "" : `${request.url}/snapshots/${snapshot}`),
		result: JSON.stringify(result)
	};
}
async function runCommand(inputs, request, host) {
	const { command } = inputs;
	if (command === "resolve") return await resolve(inputs, request, host);
	const { root } = request;
	if (root === void 0) throw new Error("the folder of the repository is not known");
	const known = {
		...request,
		root
	};
	switch (command) {
		case "list": return await list(inputs, known);
		case "diff": return await compare(inputs, known);
		case "promote": return await promoteChannel(inputs, known, host);
		case "rollback": return await rollbackChannel(inputs, known, host);
		case "remove-channel": {
			const channel = given(inputs, "channel");
			return moveOutcome(await removeChannel({
				...writing(inputs, known, host),
				channel
			}), inputs, known);
		}
		case "prune": return await runPrune(inputs, known, host);
		case "remove-review": return await removeReview(inputs, known, host);
		case "prune-reviews": return await pruneReview(inputs, known, host);
	}
}
async function resolve(inputs, { root, url }, host) {
	const channel = inputs.channel ?? "latest";
	const options = {
		logger: host,
		signal: host.signal,
		workspace: host.workspace
	};
	const { id, uri } = root === void 0 ? await resolveAddress(url, channel, options) : await resolveFolder(root, channel, url, options);
	return {
		changed: false,
		channel,
		snapshot: id,
		uri,
		conclusion: `${channel} stands for ${uri}`,
		tables: [],
		result: {
			channel,
			snapshot: id,
			uri
		}
	};
}
async function runPrune(inputs, request, host) {
	const { keep = KEEP, "keep-for": keepSeconds = KEEP_SECONDS } = inputs;
	const result = await prune({
		...writing(inputs, request, host),
		keep,
		keepSeconds
	});
	const { removed, kept, files, bytes, changed } = result;
	const verb = inputs["dry-run"] ? "Would remove" : "Removed";
	const what = `${formatCount(removed.length, "snapshot")} and ${formatCount(files.length, "file")} of the pool (${formatBytes(bytes)})`;
	return {
		changed,
		conclusion: `${changed ? `${verb} ${what}` : "Nothing to remove"}; ${formatCount(kept.length, "snapshot stays", "snapshots stay")}`,
		tables: pruneTables(result, inputs["dry-run"]),
		result: {
			repository: request.root,
			dryRun: inputs["dry-run"],
			removed,
			kept,
			files,
			bytes
		}
	};
}
function checkInputs(inputs) {
	for (const [name, commands] of Object.entries(COMMANDS_OF)) {
		const value = inputs[name];
		if (value === void 0 || value === false || Array.isArray(value) && value.length === 0) continue;
		if (commands.includes(inputs.command)) continue;
		throw new UserError({
			what: `an input that ${inputs.command} has no use for`,
			where: `input ${name}`,
			found: String(value),
			expected: `it with ${commands.join(", ")}`,
			remedy: "leave it out"
		});
	}
}

export { run };
