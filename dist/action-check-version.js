import { checkCandidate, parseChanges, parseDsc, parseSourceLine, readDebFields, sourceDigest } from "./deb.js";
import { UserError, formatCount, oneLine, quote } from "./frame.js";
import { OUTCOMES, VersionIndex, codeCell, digestFile, escapeMarkdown, hideCredentials, readManifest, table, verifyFiles, worstOutcome, writeReport } from "./shared.js";
import { checkRpmBuilds, inParallelByHeader, isRepeatable, readRpmPackage, rpmCandidate, sourceOf, verifyPayload } from "./rpm.js";
import { inParallel } from "./host-gitlab.js";
import { isRpmLine, parseRpmLine, readRepository, readRpmRepositories } from "./repository.js";
import path from "node:path";
import { lstat, readFile, stat } from "node:fs/promises";

// src/actions/check-version/candidate.ts
function noPackage(where, expected) {
	return new UserError({
		what: "no package is listed",
		where,
		expected
	});
}

// src/actions/check-version/deb-candidates.ts
const BINARY = /\.(?:deb|udeb|ddeb)$/;
const MAX_CONTROL_SIZE = 16777216;
async function readDebFile(file, options) {
	if (BINARY.test(file)) return [await readBinary(file, (await digestFile(file)).sha256, options)];
	if (file.endsWith(".dsc")) return [await readSource(file, /* @__PURE__ */ new Map())];
	if (file.endsWith(".changes")) return readUpload(file, options);
}
async function readDebFolder(folder, manifest, options) {
	const known = new Map(manifest.files.map((entry) => [entry.name, entry]));
	return (await inParallel(manifest.files, 4, async ({ name, role, sha256 }) => {
		const where = path.join(folder, name);
		if (role === "deb" || role === "udeb" || role === "ddeb") return readBinary(where, sha256, options);
		if (role === "dsc") return readSource(where, known);
		if (role === "changes") checkListed((await readControl(where, parseChanges)).files, known, where, "all");
	})).filter((candidate) => candidate !== void 0);
}
async function readUpload(file, options) {
	const { files } = await readControl(file, parseChanges);
	const folder = path.dirname(file);
	const known = await digestBeside(files, folder);
	checkListed(files, known, file, "all");
	const candidates = (await inParallel(files, 4, async ({ name, digest }) => {
		const where = path.join(folder, name);
		if (BINARY.test(name)) return readBinary(where, digest, options);
		return name.endsWith(".dsc") ? readSource(where, known) : void 0;
	})).filter((candidate) => candidate !== void 0);
	if (candidates.length === 0) throw noPackage(file, "a .deb, .udeb, .ddeb or .dsc file");
	return candidates;
}
async function readBinary(file, sha256, options) {
	return {
		format: "deb",
		kind: "binary",
		...await readDebFields(file, options),
		sha256,
		file
	};
}
async function readSource(file, known) {
	const { source, version, files } = await readControl(file, parseDsc);
	checkListed(files, known.size > 0 ? known : await digestBeside(files, path.dirname(file)), file, "present");
	const contents = files.map(({ name, digest }) => ({
		name,
		sha256: digest
	}));
	return {
		format: "deb",
		kind: "source",
		name: source,
		version,
		architecture: "source",
		sha256: sourceDigest(contents),
		files: contents,
		file
	};
}
async function readControl(file, parse) {
	const info = await stat(file).catch((error) => {
		throw new UserError({
			what: "the file cannot be read",
			where: file,
			found: error.code ?? "an error"
		});
	});
	if (!info.isFile() || info.size > MAX_CONTROL_SIZE) throw new UserError({
		what: "not a control file",
		where: file,
		found: info.isFile() ? `${info.size} bytes` : "no regular file",
		expected: `a file of at most ${MAX_CONTROL_SIZE} bytes`
	});
	return parse(await readFile(file, "utf8"), file);
}
async function digestBeside(files, folder) {
	const known = /* @__PURE__ */ new Map();
	for (const { name } of files) {
		const where = path.join(folder, name);
		if ((await lstat(where).catch(() => void 0))?.isFile()) known.set(name, await digestFile(where));
	}
	return known;
}
function checkListed(files, known, where, which) {
	for (const { name, size, digest } of files) {
		const found = known.get(name);
		if (found === void 0) {
			if (which === "present") continue;
			throw new UserError({
				what: "a listed file is not there",
				where,
				found: quote(name)
			});
		}
		if (found.size !== size || found.sha256 !== digest) throw new UserError({
			what: "a listed file is another one",
			where: `${where}: ${name}`,
			found: `${found.size} bytes, sha256 ${found.sha256.slice(0, 12)}…`,
			expected: `${size} bytes, sha256 ${digest.slice(0, 12)}…`
		});
	}
}

// src/actions/check-version/rpm-candidates.ts
async function readRpmFile(file, { signal }) {
	if (!file.endsWith(".rpm")) return void 0;
	const candidate = await readCandidate(file, void 0);
	await verifyPayload(file, signal === void 0 ? {} : { signal });
	return [candidate];
}
async function readRpmFolder(folder, manifest) {
	const files = manifest.files.filter(({ role }) => role === "rpm" || role === "srpm");
	const architecture = manifest.target?.architecture;
	const build = architecture === void 0 ? void 0 : {
		id: folder,
		architecture
	};
	const fileOf = ({ name, size }) => ({
		path: path.join(folder, name),
		size
	});
	return inParallelByHeader(files, 4, fileOf, (file) => readCandidate(fileOf(file).path, build));
}
async function readCandidate(file, build) {
	const read = await readRpmPackage(file);
	const candidate = rpmCandidate(read);
	return {
		format: "rpm",
		...candidate,
		file,
		built: {
			candidate,
			source: sourceOf(read),
			build,
			alternates: []
		}
	};
}
function withAlternate(one, other) {
	const [first, second] = [one.built, other.built];
	if (first === void 0 || second?.build === void 0 || !isRepeatable(one)) return void 0;
	const builds = [first, ...first.alternates].map(({ build }) => build?.architecture);
	if (builds.includes(void 0) || builds.includes(second.build.architecture)) return void 0;
	return {
		...one,
		built: {
			...first,
			alternates: [...first.alternates, second]
		}
	};
}

// src/actions/check-version/candidates.ts
async function readCandidates(locations, options = {}) {
	const found = /* @__PURE__ */ new Map();
	for (const list of await inParallel(locations, 4, (location) => readLocation(location, options))) for (const candidate of list) {
		const [first] = found.values();
		if (first !== void 0 && first.format !== candidate.format) throw new UserError({
			what: "packages of two formats",
			where: "input packages",
			found: `${first.file} and ${candidate.file}`,
			expected: "packages of one format: they go to different repositories"
		});
		const key = `${candidate.kind} ${candidate.name} ${candidate.version} ${candidate.architecture}`;
		const other = found.get(key);
		if (other === void 0) {
			found.set(key, candidate);
			continue;
		}
		if (isKnown(other, candidate)) continue;
		const merged = withAlternate(other, candidate);
		if (merged === void 0) throw new UserError({
			what: `${candidate.name} ${candidate.version} is given twice with different content`,
			where: candidate.file,
			found: `the same version in ${other.file}`
		});
		found.set(key, merged);
	}
	const order = (candidate) => `${candidate.name} ${candidate.kind === "source" ? 0 : 1} ${candidate.architecture}`;
	return [...found.values()].sort((a, b) => order(a) < order(b) ? -1 : 1);
}
function isKnown(one, other) {
	return [one.sha256, ...(one.built?.alternates ?? []).map(({ candidate }) => candidate.sha256)].includes(other.sha256);
}
async function readLocation(location, options) {
	if ((await stat(location).catch((error) => {
		throw new UserError({
			what: "the package cannot be read",
			where: location,
			found: error.code ?? "an error"
		});
	})).isDirectory()) return readFolder(location, options);
	const found = await readDebFile(location, options) ?? await readRpmFile(location, options);
	if (found !== void 0) return found;
	throw new UserError({
		what: "not a package",
		where: location,
		expected: "a folder with a manifest.json, or a .deb, .udeb, .ddeb, .dsc, .changes or .rpm file"
	});
}
async function readFolder(folder, options) {
	const { manifest, file } = await readManifest(folder);
	if (manifest.verdict !== void 0 && manifest.verdict !== "success") throw new UserError({
		what: "the build did not succeed",
		where: file,
		found: `the verdict ${manifest.verdict}`,
		expected: "success"
	});
	await verifyFiles(folder, manifest);
	const isRpm = manifest.package.format === "rpm";
	const candidates = isRpm ? await readRpmFolder(folder, manifest) : await readDebFolder(folder, manifest, options);
	if (candidates.length === 0) throw noPackage(file, isRpm ? "an .rpm file" : "a .deb, .udeb, .ddeb or .dsc file");
	return candidates;
}

// src/actions/check-version/repositories.ts
function parseRepository(given, resolve) {
	const line = hideCredentials(given);
	const where = `input repositories, ${quote(line)}`;
	const label = /^([^\s:[\]]+):[ \t]+(.*)$/.exec(given);
	const rest = label?.[2] ?? given;
	if (label?.[1] !== void 0 && !/^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(label[1])) throw new UserError({
		what: "not a name of a channel",
		where,
		found: quote(label[1]),
		expected: "letters, digits and ._+-"
	});
	if (isRpmLine(rest)) {
		const source = parseRpmLine(rest, where, resolve);
		return {
			format: "rpm",
			line,
			source,
			channel: label?.[1] ?? source.name ?? publishedChannel(source) ?? source.uri
		};
	}
	const source = parseSourceLine(rest, where, resolve);
	return {
		format: "deb",
		line,
		source,
		channel: label?.[1] ?? publishedChannel(source) ?? (source.isFlat ? source.uri : source.suite)
	};
}
function publishedChannel({ location }) {
	return location.kind === "folder" ? /\/public\/([^/]+)(?:\/[^/]+)?$/.exec(location.folder)?.[1] : void 0;
}
function requireFormat(candidates, named) {
	const format = candidates[0]?.format ?? "deb";
	const other = named.find((each) => each.format !== format);
	if (other === void 0) return format;
	throw new UserError({
		what: `${format} packages do not compare with ${other.format === "deb" ? "an apt" : "an rpm"} repository`,
		where: `input repositories, ${quote(other.line)}`,
		expected: format === "deb" ? "deb URI SUITE COMPONENT..." : "rpm URI [key=FILE] [trusted=yes]"
	});
}
async function readAll(named, candidates, options) {
	const read = [];
	for (const each of named) {
		const common = {
			...options,
			channel: each.channel
		};
		if (each.format === "rpm") read.push(...await readRpmRepositories(each.source, {
			...common,
			candidates
		}));
		else {
			const names = new Set(candidates.map((candidate) => candidate.name));
			read.push(await readRepository(each.source, {
				...common,
				...debRequest(candidates),
				names
			}));
		}
	}
	return read;
}
function debRequest(candidates) {
	const binaries = candidates.filter((candidate) => candidate.kind === "binary");
	return {
		architectures: new Set(binaries.map((candidate) => candidate.architecture)),
		binaries: binaries.length > 0,
		udebs: binaries.some((candidate) => candidate.file.endsWith(".udeb")),
		sources: candidates.some((candidate) => candidate.kind === "source")
	};
}

// src/actions/check-version/table.ts
function makeReport(results, repositories) {
	const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, results.filter((result) => result.outcome === outcome).length]));
	return {
		schema: "pkg-actions/check-version/1",
		outcome: worstOutcome(results.map((result) => result.outcome)),
		counts,
		packages: results.map(({ candidate, outcome, against, file }) => ({
			kind: candidate.kind,
			name: candidate.name,
			version: candidate.version,
			architecture: candidate.architecture,
			outcome,
			...against === void 0 ? {} : { published: {
				version: against.version,
				architecture: against.architecture,
				channel: against.channel
			} },
			...file === void 0 ? {} : { conflictingFile: file }
		})),
		repositories: repositories.map(({ channel, uri, suite, exists, date }) => ({
			channel,
			uri,
			...suite === void 0 ? {} : { suite },
			exists,
			...date === void 0 ? {} : { date: (/* @__PURE__ */ new Date(date * 1e3)).toISOString() }
		}))
	};
}
const HEADINGS = [
	"package",
	"version",
	"published",
	"channel",
	"outcome"
];
function rows(results) {
	return results.map(({ candidate, outcome, against }) => [
		`${candidate.name} (${candidate.architecture})`,
		candidate.version,
		against === void 0 ? "" : foreign(against.version),
		against === void 0 ? "" : foreign(against.channel),
		outcome
	]);
}
function foreign(text) {
	return oneLine(text).slice(0, 100);
}
function plainTable(results) {
	const all = [[...HEADINGS], ...rows(results).map((row) => row.map((cell) => cell === "" ? "-" : cell))];
	const widths = HEADINGS.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
	return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}
function markdownTable(results) {
	const isBad = (outcome) => outcome === "conflict" || outcome === "downgrade";
	const lines = rows([...results].sort((a, b) => Number(isBad(b.outcome)) - Number(isBad(a.outcome)))).map((row) => row.map((cell, column) => {
		if (cell === "") return "";
		if (column === 4 && isBad(cell)) return `**${cell}**`;
		return column === 1 || column === 2 ? codeCell(cell) : column === 3 ? escapeMarkdown(cell) : cell;
	}));
	return table(HEADINGS, lines, "the report (input `report`)").join("\n");
}
function sentence({ candidate, outcome, against, file }) {
	const name = `${candidate.name} ${candidate.version} (${candidate.architecture})`;
	const published = against === void 0 ? "" : `${foreign(against.version)} in ${foreign(against.channel)}`;
	if (outcome === "downgrade") return `${name} is older than ${published}`;
	if (file?.endsWith(".rpm")) return `${name} differs by its epoch alone from ${published}, which has the file name ${file}: raise Release`;
	if (file !== void 0) return `${name} has another ${file} than ${published}`;
	if (against?.version === candidate.version && against.architecture === candidate.architecture) return against.sha256 === void 0 ? `${name} is published in ${foreign(against.channel)} without a SHA-256 to compare with` : `${name} is published in ${foreign(against.channel)} with other content`;
	return `${name} is the same version as ${published} (${foreign(against?.architecture ?? "")}) with other content`;
}

// src/actions/check-version/run.ts
const SHOWN = 20;
async function run(inputs, host) {
	const resolve = (file) => path.resolve(host.workspace, file);
	const named = inputs.repositories.map((line) => parseRepository(line, resolve));
	const candidates = await host.group("Packages", async () => {
		const found = await readCandidates(inputs.packages.map(resolve), { signal: host.signal });
		for (const { name, version, architecture } of found) host.info(`${name} ${version} (${architecture})`);
		return found;
	});
	const format = requireFormat(candidates, named);
	const repositories = await host.group("Repositories", async () => {
		const read = await readAll(named, candidates, {
			keyFiles: inputs["repository-keys"].map(resolve),
			allowMissing: inputs["allow-missing"],
			attempts: inputs.attempts,
			logger: host,
			signal: host.signal
		});
		for (const { channel, uri, suite, exists, date } of read) {
			const when = date === void 0 ? "" : `, of ${(/* @__PURE__ */ new Date(date * 1e3)).toISOString()}`;
			host.info(`${channel}: ${uri}${suite === void 0 ? "" : ` ${suite}`}${exists ? when : ", not there yet"}`);
		}
		return read;
	});
	const index = new VersionIndex();
	for (const { packages } of repositories) index.addAll(packages);
	const results = format === "rpm" ? checkRpmBuilds(candidates.flatMap(({ built }) => built ?? []), index) : candidates.map((candidate) => checkCandidate(candidate, index));
	const report = makeReport(results, repositories);
	await host.group("Versions", async () => {
		for (const line of plainTable(results)) host.info(line);
	});
	await host.summary(`### Versions\n\n${markdownTable(results)}`);
	const json = JSON.stringify(report);
	if (inputs.report !== void 0) await writeReport(inputs.report, report);
	const outputs = {
		outcome: report.outcome,
		new: String(report.counts.new),
		upgrade: String(report.counts.upgrade),
		same: String(report.counts.same),
		downgrade: String(report.counts.downgrade),
		conflict: String(report.counts.conflict),
		result: json
	};
	const isBad = ({ outcome }) => outcome === "conflict" || outcome === "downgrade" && !inputs["allow-downgrade"];
	for (const result of results) {
		const location = { title: `${result.candidate.name}: ${result.outcome}` };
		if (isBad(result)) host.error(sentence(result), location);
		else if (result.outcome === "downgrade") host.warning(sentence(result), location);
	}
	const bad = results.filter(isBad);
	if (bad.length > 0) {
		for (const [name, value] of Object.entries(outputs)) host.output(name, value);
		throw refusal(bad, results.length);
	}
	return outputs;
}
function refusal(bad, count) {
	const shown = bad.slice(0, SHOWN).map(sentence);
	if (bad.length > SHOWN) shown.push(`and ${bad.length - SHOWN} more`);
	const hasDowngrade = bad.some((result) => result.outcome === "downgrade");
	return new UserError({
		what: `${bad.length} of ${formatCount(count, "package")} cannot be published: ${shown.join("; ")}`,
		remedy: `give ${bad.length === 1 ? "it" : "them"} a higher version${hasDowngrade ? ", or say allow-downgrade" : ""}`
	});
}

export { run };
