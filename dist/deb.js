import { CommandError, UserError, quote, runBytes } from "./frame.js";
import { compareVersions, parseVersion } from "./inputs.js";
import { checkVersion, hideCredentials, openRegular, parseLocation, readSmall } from "./shared.js";
import path from "node:path";
import { realpath } from "node:fs/promises";
import { createHash } from "node:crypto";

// src/deb/file-name.ts
const MAX_NAME = 255;
function isPackageName(text) {
	return text.length <= MAX_NAME && /^[a-z0-9][a-z0-9+.-]+$/.test(text);
}
function isArchitecture(text) {
	return text !== "any" && text !== "source" && /^[a-z0-9]{1,32}(?:-[a-z0-9]{1,32}){0,3}$/.test(text);
}
function isPlainFileName(text) {
	return text.length <= MAX_NAME && /^[A-Za-z0-9][A-Za-z0-9.+:~_@=^-]*$/.test(text);
}
function checkPackageName(text, where) {
	if (isPackageName(text)) return text;
	throw new UserError({
		what: "not a legal package name",
		where,
		found: quote(text),
		expected: "two or more lower case letters, digits and +-. (Debian Policy 5.6.1)"
	});
}
function checkArchitecture(text, where) {
	if (isArchitecture(text)) return text;
	throw new UserError({
		what: "not an architecture",
		where,
		found: quote(text),
		expected: "one architecture such as amd64 or all"
	});
}
function poolFolder(component, source) {
	return `pool/${component}/${source.slice(0, source.startsWith("lib") ? 4 : 1)}/${source}`;
}

// src/deb/control.ts
var Paragraph = class {
	line;
	#fields = /* @__PURE__ */ new Map();
	constructor(fields = [], line = 0) {
		this.line = line;
		for (const [name, value] of fields) this.set(name, value);
	}
	get(name) {
		return this.#fields.get(name.toLowerCase())?.value;
	}
	has(name) {
		return this.#fields.has(name.toLowerCase());
	}
	lineOf(name) {
		return this.#fields.get(name.toLowerCase())?.line;
	}
	set(name, value, line = 0) {
		const key = name.toLowerCase();
		this.#fields.set(key, {
			name: this.#fields.get(key)?.name ?? name,
			value,
			line
		});
	}
	delete(name) {
		return this.#fields.delete(name.toLowerCase());
	}
	get names() {
		return [...this.#fields.values()].map((field) => field.name);
	}
	*[Symbol.iterator]() {
		for (const { name, value } of this.#fields.values()) yield [name, value];
	}
};
function withoutTrailingBlanks(line) {
	let end = line.length;
	while (end > 0 && " 	\r\f\v".includes(line.charAt(end - 1))) end--;
	return line.slice(0, end);
}
const FIELD = /^((?![#-])[!-9;-~]+):[ \t]*(.*)$/s;
function parseControl(text, options = {}) {
	const paragraphs = [];
	let paragraph;
	let current;
	let number = 0;
	const wrong = (what, found, expected) => new UserError({
		what,
		where: `${options.file ?? "control file"}:${number}`,
		found: quote(found),
		...expected === void 0 ? {} : { expected }
	});
	const endField = () => {
		if (current !== void 0) paragraph?.set(current.name, current.lines.join("\n"), current.line);
		current = void 0;
	};
	for (const raw of text.split("\n")) {
		number++;
		const line = withoutTrailingBlanks(raw);
		if (line === "") {
			endField();
			paragraph = void 0;
			continue;
		}
		if (line.startsWith("#") && options.comments) continue;
		if (line.startsWith(" ") || line.startsWith("	")) {
			if (current === void 0) throw wrong("a continuation line without a field", line, "Name: value");
			const content = line.slice(1);
			current.lines.push(/^\.+$/.test(content) ? content.slice(1) : content);
			continue;
		}
		const match = FIELD.exec(line);
		if (match === null) throw wrong("not a field", line, "Name: value, or a continuation line that starts with a blank");
		endField();
		const [, name = "", value = ""] = match;
		if (paragraph === void 0) {
			paragraph = new Paragraph([], number);
			paragraphs.push(paragraph);
		}
		if (paragraph.has(name)) throw wrong("a field that occurs twice in its paragraph", name);
		current = {
			name,
			lines: [value],
			line: number
		};
	}
	endField();
	return paragraphs;
}
function parseSingleParagraph(text, options = {}) {
	const paragraphs = parseControl(stripSignature(text, options.file), options);
	const [paragraph, second] = paragraphs;
	if (paragraph === void 0 || second !== void 0) throw new UserError({
		what: "not a control file of one paragraph",
		where: `${options.file ?? "control file"}${second === void 0 ? "" : `:${second.line}`}`,
		found: `${paragraphs.length} paragraphs`
	});
	return paragraph;
}
function requireField(paragraph, name, file) {
	const value = paragraph.get(name);
	if (value === void 0 || value.trim() === "") throw new UserError({
		what: value === void 0 ? "a required field is missing" : "a required field is empty",
		where: `${file}${paragraph.line > 0 ? `:${paragraph.line}` : ""}`,
		expected: `the field ${name}`
	});
	return value;
}
const BEGIN_MESSAGE = "-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN_SIGNATURE = "-----BEGIN PGP SIGNATURE-----";
const END_SIGNATURE = "-----END PGP SIGNATURE-----";
function stripSignature(text, file = "control file") {
	const lines = text.split("\n").map(withoutTrailingBlanks);
	const wrong = (what, index) => new UserError({
		what,
		where: `${file}:${index + 1}`,
		found: quote(lines[index] ?? "end of file")
	});
	const begin = lines.indexOf(BEGIN_MESSAGE);
	if (begin === -1) {
		const stray = lines.findIndex((line) => line.startsWith("-----BEGIN PGP "));
		if (stray !== -1) throw wrong("an OpenPGP signature without its signed message", stray);
		return text;
	}
	const before = lines.findIndex((line) => line !== "");
	if (before !== begin) throw wrong("text before the signed message", before);
	const blank = lines.indexOf("", begin);
	for (let index = begin + 1; index < (blank === -1 ? lines.length : blank); index++) if (!/^Hash: [A-Za-z0-9, -]+$/.test(lines[index] ?? "")) throw wrong("not an armor header of a signed message", index);
	const signature = lines.indexOf(BEGIN_SIGNATURE, begin);
	const end = signature === -1 ? -1 : lines.indexOf(END_SIGNATURE, signature);
	if (blank === -1 || signature < blank || end === -1) throw wrong("an OpenPGP signature that does not end", lines.length);
	const after = lines.findIndex((line, index) => index > end && line !== "");
	if (after !== -1) throw wrong("text after the signed message", after);
	const body = text.split("\n").slice(blank + 1, signature);
	const unescaped = body.find((line) => line.startsWith("-") && !line.startsWith("- "));
	if (unescaped !== void 0) throw wrong("a line that is not dash-escaped", blank + 1 + body.indexOf(unescaped));
	return `${body.map((line) => line.startsWith("- ") ? line.slice(2) : line).join("\n")}\n`;
}
function coveredText(text) {
	const lines = text.split("\n").map(withoutTrailingBlanks);
	while (lines.at(-1) === "") lines.pop();
	return lines.join("\n");
}
function formatParagraph(fields) {
	let text = "";
	for (const [name, value] of fields) {
		if (!FIELD.test(`${name}:`) || name.includes(":")) throw new UserError({
			what: "not a name of a field",
			found: quote(name),
			expected: "printable ASCII without a colon"
		});
		const [first = "", ...rest] = value.split("\n");
		text += `${name}:${first.trim() === "" ? "" : ` ${first.trim()}`}\n`;
		for (const line of rest) {
			const content = withoutTrailingBlanks(line);
			text += ` ${/^\.*$/.test(content) ? "." : ""}${content}\n`;
		}
	}
	return text;
}
const ALGORITHM_BY_LENGTH = {
	32: "md5",
	40: "sha1",
	64: "sha256",
	128: "sha512"
};
function parseChecksums(value, where) {
	const checksums = [];
	const names = /* @__PURE__ */ new Set();
	for (const line of value.split("\n")) {
		if (line.trim() === "") continue;
		const words = line.trim().split(/[ \t]+/);
		const [digest = "", size = ""] = words;
		const name = words.at(-1) ?? "";
		const algorithm = /^[0-9a-fA-F]+$/.test(digest) ? ALGORITHM_BY_LENGTH[digest.length] : void 0;
		const wrong = (what, found, expected) => new UserError({
			what,
			where,
			found: quote(found),
			...expected === void 0 ? {} : { expected }
		});
		if (algorithm === void 0 || !/^\d{1,15}$/.test(size) || words.length !== 3 && words.length !== 5) throw wrong("not a checksum line", line.trim(), "digest, size and file name");
		if (checksums[0] !== void 0 && checksums[0].algorithm !== algorithm) throw wrong("digests of different kinds in one field", line.trim(), checksums[0].algorithm);
		if (!isPlainFileName(name)) throw wrong("not a plain file name", name, "letters, digits and .+:~_@=^- only");
		if (names.has(name)) throw wrong("a file that is listed twice", name);
		names.add(name);
		const [section = "", priority = ""] = words.slice(2);
		checksums.push({
			algorithm,
			digest: digest.toLowerCase(),
			size: Number(size),
			name,
			...words.length === 5 ? {
				section,
				priority
			} : {}
		});
	}
	return checksums;
}

// src/deb/date.ts
const DAYS = [
	"Sun",
	"Mon",
	"Tue",
	"Wed",
	"Thu",
	"Fri",
	"Sat"
];
const MONTHS = [
	"Jan",
	"Feb",
	"Mar",
	"Apr",
	"May",
	"Jun",
	"Jul",
	"Aug",
	"Sep",
	"Oct",
	"Nov",
	"Dec"
];
const DATE = /^(?:([A-Za-z]+), *)?(\d{1,2}) +([A-Za-z]+) +(\d{4}) +(\d{1,2}):(\d\d):(\d\d) +([-+])(\d\d)(\d\d)$/;
function formatDate(seconds) {
	const date = /* @__PURE__ */ new Date(seconds * 1e3);
	const two = (value) => String(value).padStart(2, "0");
	return `${`${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
function parseDate(text, where) {
	const wrong = () => new UserError({
		what: "not a date",
		where,
		found: quote(text),
		expected: "a date such as \"Mon, 02 Jan 2006 15:04:05 +0000\" (date -R)"
	});
	const match = DATE.exec(text.trim().replace(/ (?:UTC|GMT|Z)$/, " +0000"));
	if (match === null) throw wrong();
	const [, weekDay, day, monthName = "", year, hours, minutes, seconds, sign, zoneHours, zoneMinutes] = match;
	const month = MONTHS.indexOf(monthName);
	const date = /* @__PURE__ */ new Date(0);
	date.setUTCFullYear(Number(year), month, Number(day));
	if (!(month !== -1 && (weekDay === void 0 || DAYS.includes(weekDay)) && date.getUTCDate() === Number(day) && Number(hours) <= 23 && Number(minutes) <= 59 && Number(seconds) <= 60 && Number(zoneMinutes) <= 59)) throw wrong();
	const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === "-" ? -60 : 60);
	return date.getTime() / 1e3 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - offset;
}

// src/deb/changelog.ts
const HEADING = /^(\w[-+0-9a-z.]*) \(([^() \t]+)\)((?:[ \t]+[-+0-9a-z.]+)+);(.*)$/i;
const TRAILER = /^ -- ([^<>]*) <([^<>]*)> {2}(\S.*)$/;
const OPTION = /^([-0-9a-z]+)=\s*(\S.*)$/i;
const SKIPPED = [
	/^\$\w+:.*\$/,
	/^# /,
	/^\/\*.*\*\//
];
const TAIL = [
	/^(?:;;\s*)?Local variables:/i,
	/^vim:/i,
	/^\w+\s+\w+\s+\d{1,2} \d{1,2}:\d{1,2}:\d{1,2}\s+[\w\s]*\d{4}\s+.*[<(].*[)>]/,
	/^\w+\s+\w+\s+\d{1,2},?\s*\d{4}\s+.*[<(].*[)>]/,
	/^\w[-+0-9a-z.]* \([^() \t]+\)(?!.*urgency=)/i,
	/^[\w.+-]+[- ]\S+ Debian \S+/i,
	/^Changes from version .* to .*:/i,
	/^Changes for [\w.+-]+-[\w.+-]+:?$/i,
	/^Old Changelog:$/i,
	/^(?:\d+:)?\w[\w.+~-]*:?$/
];
function parseFirstEntry(text, file = "debian/changelog") {
	const { value } = readEntries(text, file).next();
	if (value === void 0) throw emptyChangelog(file);
	return value;
}
function emptyChangelog(file) {
	return new UserError({
		what: "the changelog has no entry",
		where: file,
		expected: "an entry (deb-changelog(5))"
	});
}
function* readEntries(text, file) {
	let heading;
	let changes = [];
	let entries = 0;
	let number = 0;
	const wrong = (what, found, expected) => new UserError({
		what,
		where: `${file}:${number}`,
		found: quote(found),
		expected
	});
	const unterminated = () => new UserError({
		what: "an entry that does not end",
		where: `${file}:${heading?.line}`,
		expected: "a trailer line \" -- Name <email>  date\" after its changes"
	});
	for (const raw of text.split("\n")) {
		number++;
		const line = withoutTrailingBlanks(raw);
		if (line === "") {
			if (changes.length > 0) changes.push("");
		} else if (SKIPPED.some((pattern) => pattern.test(line))) {} else if (!/^\s/.test(line)) {
			if (heading !== void 0) {
				if (HEADING.test(line) || TAIL.some((pattern) => pattern.test(line))) throw unterminated();
				throw wrong("a line that is no change", line, "two blanks before a change, or a trailer line");
			}
			if (entries > 0 && !HEADING.test(line) && TAIL.some((pattern) => pattern.test(line))) return void 0;
			heading = {
				...parseHeading(line, `${file}:${number}`),
				line: number
			};
		} else if (line.startsWith(" --")) {
			const trailer = parseTrailer(line, `${file}:${number}`);
			if (heading === void 0) throw wrong("a trailer without an entry", line, "a heading line before it");
			if (changes.length === 0) throw wrong("an entry without changes", line, "a change before the trailer");
			while (changes.at(-1) === "") changes.pop();
			yield {
				...heading,
				changes,
				...trailer
			};
			entries++;
			heading = void 0;
			changes = [];
		} else {
			if (heading === void 0) throw wrong("a change outside an entry", line, "a heading line before it");
			if (!/^\s\s/.test(line)) throw wrong("a line that is no change", line, "two blanks before a change");
			changes.push(line);
		}
	}
	if (heading !== void 0) throw unterminated();
}
function parseHeading(line, where) {
	const wrong = (what, found, expected) => new UserError({
		what,
		where,
		found: quote(found),
		expected
	});
	const match = HEADING.exec(line);
	if (match === null) throw wrong("not a heading of an entry", line, "package (version) distribution; urgency=medium");
	const [, source = "", version = "", distributions = "", items = ""] = match;
	parseVersion(version, where);
	const options = /* @__PURE__ */ new Map();
	for (const item of items.split(",")) {
		if (items.trim() === "") break;
		const [, keyword, value = ""] = OPTION.exec(item.trim()) ?? [];
		if (keyword === void 0) throw wrong("not an item of a heading", item.trim(), "keyword=value");
		const key = keyword.toLowerCase();
		if (options.has(key)) throw wrong("an item that occurs twice in its heading", key, "each keyword once");
		if (key === "binary-only" ? value !== "yes" : key !== "urgency" && !/^x[bcs]+-/.test(key)) throw wrong("an item that dpkg does not know", item.trim(), "urgency=..., binary-only=yes or an X- keyword");
		options.set(key, value);
	}
	const urgency = options.get("urgency");
	if (urgency !== void 0 && !/^[-0-9a-z]+(?:\s.*)?$/i.test(urgency)) throw wrong("not an urgency", urgency, "low, medium, high, emergency or critical");
	options.delete("urgency");
	return {
		source,
		version,
		distributions: distributions.trim().split(/\s+/),
		urgency: urgency?.split(/\s/)[0]?.toLowerCase(),
		options: Object.fromEntries(options)
	};
}
function parseTrailer(line, where) {
	const [, name = "", email = "", date = ""] = TRAILER.exec(line) ?? [];
	if (date === "") throw new UserError({
		what: "not a trailer of an entry",
		where,
		found: quote(line),
		expected: "\" -- Name <email>  date\", two blanks before the date"
	});
	return {
		maintainer: {
			name,
			email
		},
		date,
		timestamp: parseDate(date, where)
	};
}
function formatEntry(entry) {
	const items = [...entry.urgency === void 0 ? [] : [`urgency=${entry.urgency}`], ...Object.entries(entry.options).map(([key, value]) => `${key}=${value}`)];
	const heading = `${entry.source} (${entry.version}) ${entry.distributions.join(" ")}; ${items.join(", ")}`.trimEnd();
	const { name, email } = entry.maintainer;
	const text = `${heading}\n\n${entry.changes.join("\n")}\n\n -- ${name} <${email}>  ${entry.date}\n`;
	const where = "changelog entry to write";
	const read = parseFirstEntry(text, where);
	if (!(read.source === entry.source && read.distributions.join(" ") === entry.distributions.join(" ") && JSON.stringify(read.changes) === JSON.stringify(entry.changes) && read.maintainer.name === name && read.maintainer.email === email && text.split("\n").length === entry.changes.length + 5)) throw new UserError({
		what: "an entry that cannot be written as it is",
		where,
		found: quote({
			source: entry.source,
			distributions: entry.distributions,
			maintainer: entry.maintainer
		}),
		expected: "names on one line, and changes that start with two blanks and neither start nor end blank"
	});
	return text;
}
function formatChange(text, width = 80) {
	const lines = [];
	let line = "  *";
	for (const word of text.split(/[\s\u0000-\u001f\u007f-\u009f]+/u)) {
		if (word === "") continue;
		if (line.length + 1 + word.length > width && line.trim() !== "*") {
			lines.push(line);
			line = `    ${word}`;
		} else line += ` ${word}`;
	}
	if (line !== "  *") lines.push(line);
	return lines;
}

// src/deb/source-package.ts
function parseDsc(text, file) {
	return readSourceControl(text, file);
}
function parseChanges(text, file) {
	return readSourceControl(text, file);
}
function readSourceControl(text, file) {
	const paragraph = parseSingleParagraph(text, { file });
	const source = requireField(paragraph, "Source", file).replace(/ \([^()]*\)$/, "");
	checkPackageName(source, `${file} Source`);
	const version = requireField(paragraph, "Version", file);
	parseVersion(version, `${file} Version`);
	const where = `${file} Checksums-Sha256`;
	const files = parseChecksums(requireField(paragraph, "Checksums-Sha256", file), where);
	if (files.some((entry) => entry.algorithm !== "sha256")) throw new UserError({
		what: "not SHA-256 digests",
		where,
		expected: "64 hexadecimal digits a line"
	});
	const listed = paragraph.get("Files");
	const names = (list) => list.map((entry) => `${entry.name} ${entry.size}`).sort();
	if (listed !== void 0) {
		const others = names(parseChecksums(listed, `${file} Files`));
		if (others.join("\n") !== names(files).join("\n")) throw new UserError({
			what: "Files and Checksums-Sha256 list different files",
			where: file,
			found: quote(others),
			expected: quote(names(files))
		});
	}
	return {
		source,
		version,
		files: files.toSorted((a, b) => a.name < b.name ? -1 : 1),
		paragraph
	};
}

// src/deb/source-line.ts
const IGNORED_OPTIONS = /* @__PURE__ */ new Set([
	"lang",
	"target",
	"pdiffs"
]);
const MAX_FUTURE = 10;
function parseSourceLine(line, where, resolvePath) {
	const wrong = (what, found, expected) => new UserError({
		what,
		where,
		found: quote(found),
		expected
	});
	const match = /^(deb|deb-src)[ \t]+(?:\[([^\]]*)\][ \t]*)?([^ \t[\]]+)[ \t]+([^ \t]+)((?:[ \t]+[^ \t]+)*)$/.exec(line.trim());
	if (match === null) throw wrong("not an apt source line", hideCredentials(line), "deb [options] URI SUITE COMPONENT... (sources.list(5))");
	const [, type, optionText = "", uri = "", suite = "", componentText = ""] = match;
	const components = componentText.split(/[ \t]+/).filter((word) => word !== "");
	const isFlat = suite.endsWith("/");
	if (!isInside(isFlat ? suite.replace(/^\/+$|^\.\/$/, "x") : suite)) throw wrong("not a suite", suite, "a name such as bookworm, or a folder with a trailing slash");
	if (isFlat && components.length > 0) throw wrong("components for a flat repository", components.join(" "), "none: its suite ends with a slash");
	if (!isFlat && components.length === 0) throw wrong("no component", hideCredentials(line), "one or more after the suite");
	const strange = components.find((component) => !isInside(component));
	if (strange !== void 0) throw wrong("not a component", strange, "a name such as main");
	const { location, shown } = parseLocation(uri, where, resolvePath);
	return {
		type,
		location,
		uri: shown,
		suite,
		isFlat,
		components: [...new Set(components)],
		...parseOptions(optionText, where, resolvePath)
	};
}
function parseOptions(text, where, resolvePath) {
	const wrong = (what, found, expected) => new UserError({
		what,
		where,
		found: quote(found),
		expected
	});
	const values = /* @__PURE__ */ new Map();
	for (const word of text.split(/[ \t]+/)) {
		if (word === "") continue;
		const [, name = "", value = ""] = /^([a-z-]+)=(.+)$/i.exec(word) ?? [];
		if (name === "") throw wrong("not an option of a source line", word, "name=value");
		if (values.has(name.toLowerCase())) throw wrong("an option that occurs twice", name, "each option once");
		values.set(name.toLowerCase(), value);
	}
	const take = (name) => {
		const value = values.get(name);
		values.delete(name);
		return value;
	};
	const flag = (name) => {
		const value = take(name);
		if (value === void 0 || /^(yes|true|1)$/i.test(value)) return value === void 0 ? void 0 : true;
		if (/^(no|false|0)$/i.test(value)) return false;
		throw wrong(`not a value of the option ${name}`, value, "yes or no");
	};
	const seconds = (name) => {
		const value = take(name);
		if (value !== void 0 && !/^\d{1,12}$/.test(value)) throw wrong(`not a value of the option ${name}`, value, "seconds");
		return value === void 0 ? void 0 : Number(value);
	};
	const architectures = take("arch")?.split(",");
	const bad = architectures?.find((architecture) => !/^[a-z0-9-]+$/.test(architecture));
	if (bad !== void 0) throw wrong("not a value of the option arch", bad, "architectures with commas between them");
	const signers = take("signed-by")?.split(",") ?? [];
	const isFingerprint = (signer) => /^[0-9a-f]{40}(?:[0-9a-f]{24})?!?$/i.test(signer);
	const byHash = take("by-hash")?.toLowerCase();
	if (byHash !== void 0 && byHash !== "yes" && byHash !== "no" && byHash !== "force") throw wrong("not a value of the option by-hash", byHash, "yes, no or force");
	const options = {
		architectures,
		trusted: flag("trusted") ?? false,
		keyFiles: signers.filter((signer) => !isFingerprint(signer)).map(resolvePath),
		fingerprints: signers.filter(isFingerprint).map((signer) => signer.replace("!", "").toUpperCase()),
		byHash,
		checkDate: flag("check-date") ?? true,
		checkValidUntil: flag("check-valid-until") ?? true,
		dateMaxFuture: seconds("date-max-future") ?? MAX_FUTURE,
		validUntilMin: seconds("valid-until-min"),
		validUntilMax: seconds("valid-until-max")
	};
	const unknown = [...values.keys()].find((name) => !IGNORED_OPTIONS.has(name));
	if (unknown !== void 0) throw wrong("an option of a source line that is not supported", unknown, "arch, signed-by, trusted, by-hash, check-date, date-max-future, check-valid-until, valid-until-min, valid-until-max");
	return options;
}
function isInside(text) {
	const parts = text.replace(/\/$/, "").split("/");
	return /^[A-Za-z0-9._+~/-]+$/.test(text) && parts.every((part) => !/^\.{0,2}$/.test(part));
}

// src/deb/version-check.ts
const RULES = {
	compare: compareVersions,
	independent: "all"
};
function checkCandidate(candidate, published) {
	return checkVersion(candidate, published, RULES);
}
function sourceDigest(files) {
	const lines = files.map((file) => `${file.sha256}  ${file.name}\n`).sort();
	return createHash("sha256").update(lines.join("")).digest("hex");
}

// src/deb/packages-index.ts
const NEWLINE = 10;
const COLON = 58;
const BLANK = 32;
const TAB = 9;
const MAX_PARAGRAPH = 16777216;
var IndexReader = class {
	#options;
	#onPackage;
	#isSources;
	#rest = Buffer.alloc(0);
	#line = 1;
	constructor(options, onPackage) {
		this.#options = options;
		this.#onPackage = onPackage;
		this.#isSources = options.kind === "Sources";
	}
	push(piece) {
		const data = Buffer.concat([this.#rest, piece]);
		const end = data.lastIndexOf("\n\n");
		if (end === -1) {
			if (data.length > MAX_PARAGRAPH) throw this.#wrong("a paragraph that does not end", "", this.#line);
			this.#rest = data;
			return;
		}
		this.#scan(data.subarray(0, end + 2));
		this.#rest = data.subarray(end + 2);
	}
	end() {
		const data = this.#rest;
		this.#rest = Buffer.alloc(0);
		if (data.length > 0) this.#scan(data.at(-1) === NEWLINE ? data : Buffer.concat([data, Buffer.of(NEWLINE)]));
	}
	#scan(data) {
		const name = {
			start: -1,
			end: -1
		};
		const version = {
			start: -1,
			end: -1
		};
		const architecture = {
			start: -1,
			end: -1
		};
		const digest = {
			start: -1,
			end: -1
		};
		const directory = {
			start: -1,
			end: -1
		};
		const spans = {
			name,
			version,
			architecture,
			digest,
			directory
		};
		let current;
		let isEmpty = true;
		let paragraphLine = this.#line;
		const finish = () => {
			if (!isEmpty) this.#emit(data, spans, paragraphLine);
			name.start = version.start = architecture.start = digest.start = directory.start = -1;
			isEmpty = true;
			current = void 0;
		};
		let position = 0;
		while (position < data.length) {
			const end = data.indexOf(NEWLINE, position);
			const first = data[position];
			if (end === position) finish();
			else if (first === BLANK || first === TAB) {
				if (current === digest) digest.end = end;
			} else {
				if (isEmpty) paragraphLine = this.#line;
				isEmpty = false;
				current = this.#field(data, position, end, spans);
			}
			position = end + 1;
			this.#line++;
		}
		finish();
	}
	#field(data, start, end, spans) {
		let colon = start;
		while (colon < end && data[colon] !== COLON) colon++;
		if (colon === end || colon === start) throw this.#wrong("not a field", data.toString("latin1", start, end), this.#line);
		const length = colon - start;
		let span;
		if (length === 7) {
			const key = data.toString("latin1", start, colon).toLowerCase();
			if (key === "package") span = spans.name;
			else if (key === "version") span = spans.version;
		} else if (length === 12) {
			if (data.toString("latin1", start, colon).toLowerCase() === "architecture") span = spans.architecture;
		} else if (length === 9 && this.#isSources) {
			if (data.toString("latin1", start, colon).toLowerCase() === "directory") span = spans.directory;
		} else if (length === (this.#isSources ? 16 : 6)) {
			const wanted = this.#isSources ? "checksums-sha256" : "sha256";
			if (data.toString("latin1", start, colon).toLowerCase() === wanted) span = spans.digest;
		}
		if (span === void 0) return void 0;
		if (span.start !== -1) throw this.#wrong("a field that occurs twice in its paragraph", data.toString("latin1", start, colon), this.#line);
		span.start = colon + 1;
		span.end = end;
		return span;
	}
	#emit(data, spans, line) {
		const { name, version, architecture, digest, directory } = spans;
		const value = (span) => span.start === -1 ? "" : data.toString("latin1", span.start, span.end).trim();
		const { names, channel } = this.#options;
		const packageName = value(name);
		const packageVersion = value(version);
		if (packageName === "" || packageVersion === "") throw this.#wrong("a package without a name or a version", packageName, line);
		if (names !== void 0 && !names.has(packageName)) return;
		const published = {
			name: packageName,
			version: packageVersion,
			channel
		};
		if (this.#isSources) {
			const files = digest.start === -1 ? void 0 : this.#sourceFiles(value(digest), line);
			this.#onPackage({
				kind: "source",
				...published,
				architecture: "source",
				...files === void 0 ? {} : {
					sha256: sourceDigest(files),
					files
				},
				...folderOf(directory.start === -1 ? void 0 : value(directory))
			});
			return;
		}
		const packageArchitecture = value(architecture);
		if (packageArchitecture === "") throw this.#wrong("a package without an architecture", packageName, line);
		const sha256 = value(digest).toLowerCase();
		this.#onPackage({
			kind: "binary",
			...published,
			architecture: packageArchitecture,
			.../^[0-9a-f]{64}$/.test(sha256) ? { sha256 } : {}
		});
	}
	#sourceFiles(value, line) {
		const files = [];
		for (const entry of value.split("\n")) {
			const [sha256 = "", size = "", name = ""] = entry.trim().split(/[ \t]+/);
			if (!/^[0-9a-f]{64}$/i.test(sha256) || !/^\d+$/.test(size) || !isPlainFileName(name)) throw this.#wrong("not a checksum line", entry.trim(), line);
			if (!name.endsWith(".dsc")) files.push({
				name,
				sha256: sha256.toLowerCase()
			});
		}
		return files;
	}
	#wrong(what, found, line) {
		return new UserError({
			what,
			where: `${this.#options.file}:${line}`,
			found: quote(found)
		});
	}
};
function folderOf(value) {
	if (value === void 0 || !/^[A-Za-z0-9.+~_@:=/-]*$/.test(value)) return {};
	const parts = value.split("/").filter((part) => part !== "" && part !== ".");
	return parts.includes("..") ? {} : { directory: parts.join("/") };
}

// src/deb/release.ts
function parseRelease(text, file) {
	const [paragraph, second] = parseControl(text, { file });
	if (paragraph === void 0 || second !== void 0) throw new UserError({
		what: "not a Release file",
		where: file,
		found: paragraph === void 0 ? "an empty file" : "several paragraphs",
		expected: "one paragraph"
	});
	const digests = paragraph.get("SHA256");
	const files = /* @__PURE__ */ new Map();
	for (const line of (digests ?? "").split("\n")) {
		if (line.trim() === "") continue;
		const [sha256 = "", size = "", name = "", ...more] = line.trim().split(/[ \t]+/);
		if (!/^[0-9a-f]{64}$/i.test(sha256) || !/^\d{1,15}$/.test(size) || name === "" || more.length > 0) throw new UserError({
			what: "not a checksum line",
			where: `${file} SHA256`,
			found: quote(line.trim()),
			expected: "digest, size and path"
		});
		files.set(name.replace(/^\.\//, ""), {
			size: Number(size),
			sha256: sha256.toLowerCase()
		});
	}
	if (digests === void 0) throw new UserError({
		what: "a Release file without SHA-256 digests",
		where: file,
		found: quote(paragraph.names),
		expected: "the field SHA256"
	});
	const allInEvery = words(paragraph, "No-Support-for-Architecture-all").includes("Packages");
	return {
		suite: paragraph.get("Suite"),
		codename: paragraph.get("Codename"),
		origin: paragraph.get("Origin"),
		date: dateField(paragraph, "Date", file),
		validUntil: dateField(paragraph, "Valid-Until", file),
		acquireByHash: paragraph.get("Acquire-By-Hash")?.toLowerCase() === "yes",
		architectures: words(paragraph, "Architectures"),
		components: words(paragraph, "Components"),
		hasAllInEveryIndex: allInEvery || !words(paragraph, "Architectures").includes("all"),
		files
	};
}
function words(paragraph, name) {
	return (paragraph.get(name) ?? "").split(/[ \t\n]+/).filter((word) => word !== "");
}
function dateField(paragraph, name, file) {
	const value = paragraph.get(name);
	return value === void 0 ? void 0 : parseDate(value, `${file} ${name}`);
}

// src/deb/apt-source.ts
const URI = /^(https?:\/\/[^\s[\]"'`\\<>]+|file:\/[^\s[\]"'`\\<>]*)$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9.+~_/-]*$|^\.?\/$|^\.\/[A-Za-z0-9.+~_/-]*$/;
function parseAptSource(text, where, resolvePath = (file) => path.resolve(file)) {
	const { type, location, suite, components, architectures, keyFiles, fingerprints, trusted } = parseSourceLine(text, where, resolvePath);
	if (location.kind === "http" && location.authorization !== void 0) throw new UserError({
		what: "credentials in the URI of a repository",
		where,
		expected: "a URI without them",
		remedy: "a build could read them: serve the repository to build hosts without, or by a proxy that knows them"
	});
	if (fingerprints.length > 0) throw new UserError({
		what: "a fingerprint in signed-by",
		where,
		found: quote(text),
		expected: "the path of a key file"
	});
	const uri = location.kind === "http" ? location.url : `file:${location.folder}`;
	const strange = [uri].filter((word) => !URI.test(word)).concat([suite, ...components].filter((word) => !NAME.test(word)));
	if (strange.length > 0) throw new UserError({
		what: "a repository that a session cannot be given",
		where,
		found: quote(strange[0]),
		expected: "plain letters, digits and .+~_-/"
	});
	return {
		type,
		uri,
		suite,
		components,
		architectures: architectures ?? [],
		signedBy: keyFiles,
		trusted
	};
}
function localFolder(source) {
	return /^(?:file|copy):(?:\/\/(?=\/))?(\/.*)$/.exec(source.uri)?.[1];
}
function formatDeb822Source(source, signedBy) {
	return [
		`Types: ${source.type}`,
		`URIs: ${source.uri}`,
		`Suites: ${source.suite}`,
		...source.components.length > 0 ? [`Components: ${source.components.join(" ")}`] : [],
		...source.architectures.length > 0 ? [`Architectures: ${source.architectures.join(" ")}`] : [],
		...signedBy === void 0 ? [] : [`Signed-By: ${signedBy}`],
		...source.trusted ? ["Trusted: yes"] : [],
		""
	].join("\n");
}
function parseAptPin(text, where) {
	const parts = text.split(";").map((part) => part.trim());
	const [packages = "", pin = "", priority = ""] = parts;
	if (parts.length !== 3 || !/^[A-Za-z0-9*?.+:~/ -]+$/.test(packages) || !/^(release|origin|version) [A-Za-z0-9.+~_=,:*"/ -]+$/.test(pin) || !/^-?\d{1,5}$/.test(priority)) throw new UserError({
		what: "not a pin",
		where,
		found: quote(text),
		expected: "PACKAGES; PIN; PRIORITY such as *; release o=Example; 1001"
	});
	return {
		packages,
		pin,
		priority: Number(priority)
	};
}
function formatAptPin({ packages, pin, priority }) {
	return `Package: ${packages}\nPin: ${pin}\nPin-Priority: ${priority}\n`;
}

// src/deb/deb-file.ts
const MAGIC = "!<arch>\n";
const HEADER_SIZE = 60;
const BLOCK = 512;
const MAX_CONTROL_ARCHIVE = 67108864;
const MAX_MEMBERS = 64;
async function checkDebFrame(file, shown = file) {
	const wrong = (found) => new UserError({
		what: "not a whole Debian package",
		where: shown,
		found,
		expected: "an ar archive of debian-binary, control.tar and data.tar (deb(5))"
	});
	const small = readSmall(file);
	const handle = small === void 0 ? await openRegular(file, shown).catch((error) => {
		if (error instanceof UserError) throw error;
		throw new UserError({
			what: "the package cannot be read",
			where: shown,
			found: error.code ?? "an error"
		});
	}) : void 0;
	try {
		const size = small?.length ?? (await handle?.stat())?.size ?? 0;
		const read = async (position, length) => {
			if (small !== void 0) return small.toString("latin1", position, position + length);
			const content = Buffer.alloc(length);
			const found = await handle?.read(content, 0, length, position);
			return content.toString("latin1", 0, found?.bytesRead ?? 0);
		};
		if (await read(0, 8) !== MAGIC) throw wrong("a file of another kind");
		const members = [];
		let position = 8;
		while (position < size) {
			const header = await read(position, HEADER_SIZE);
			const length = /^\d+ *$/.test(header.slice(48, 58)) ? Number(header.slice(48, 58)) : -1;
			if (header.length !== HEADER_SIZE || !header.endsWith("`\n") || length < 0) throw wrong(`a damaged member after ${quote(members.at(-1)?.name ?? "the start")}`);
			const name = header.slice(0, 16).trimEnd().replace(/\/$/, "");
			const end = position + HEADER_SIZE + length;
			if (end > size) throw wrong(`${quote(name)} is cut off: ${size} bytes where it ends at ${end}`);
			members.push({
				name,
				offset: position + HEADER_SIZE,
				size: length
			});
			if (members.length > MAX_MEMBERS) throw wrong(`more than ${MAX_MEMBERS} members`);
			position = end + length % 2;
		}
		const [format, ...others] = members;
		if (format?.name !== "debian-binary") throw wrong("no debian-binary");
		const version = await read(format.offset, Math.min(format.size, 16));
		if (!/^2\.\d+\n/.test(version)) throw wrong(`the format ${quote(version)}`);
		const parts = others.filter(({ name }) => !name.startsWith("_"));
		const [control, data, more] = parts;
		const isPart = (member, name) => member?.name.replace(/\.\w+$/, (extension) => extension === ".tar" ? extension : "") === `${name}.tar`;
		const isWhole = isPart(control, "control") && isPart(data, "data") && more === void 0;
		if (control === void 0 || data === void 0 || !isWhole) throw wrong(`the members ${quote(parts.slice(0, 8).map(({ name }) => name))}`);
		return {
			control,
			data
		};
	} finally {
		await handle?.close();
	}
}
async function readDebFields(file, options = {}) {
	await checkDebFrame(await realpath(file).catch(() => file), file);
	const control = controlOf(await readControlArchive(file, options.signal), file);
	const paragraph = parseSingleParagraph(control, { file });
	const name = checkPackageName(requireField(paragraph, "Package", file), `${file} Package`);
	const version = requireField(paragraph, "Version", file);
	parseVersion(version, `${file} Version`);
	return {
		name,
		version,
		architecture: checkArchitecture(requireField(paragraph, "Architecture", file), `${file} Architecture`)
	};
}
async function readControlArchive(file, signal) {
	const pieces = [];
	let size = 0;
	const onBytes = (piece) => {
		size += piece.length;
		if (size > 67108864) throw unreadable(file, `a control archive of more than ${MAX_CONTROL_ARCHIVE} bytes`);
		pieces.push(piece);
	};
	await runBytes([
		"dpkg-deb",
		"--ctrl-tarfile",
		file
	], {
		onBytes,
		...signal === void 0 ? {} : { signal }
	}).catch((error) => {
		if (!(error instanceof CommandError) || error.failure.end === "cancelled") throw error;
		const [line = "dpkg-deb failed"] = error.failure.stderr.split("\n").filter((text) => text.trim() !== "");
		throw unreadable(file, quote(line, 300));
	});
	return Buffer.concat(pieces);
}
function controlOf(archive, file) {
	let control;
	for (let position = 0; position + BLOCK <= archive.length;) {
		const header = archive.subarray(position, position + BLOCK);
		if (header[0] === 0) break;
		const text = (from, to) => header.toString("latin1", from, to).replace(/\0.*$/s, "");
		const octal = text(124, 136).trim();
		const size = /^[0-7]+$/.test(octal) ? Number.parseInt(octal, 8) : -1;
		const content = position + BLOCK;
		if (size < 0 || content + size > archive.length) throw unreadable(file, "a damaged control archive");
		const type = text(156, 157);
		if ("xgLK".includes(type) && type !== "") throw unreadable(file, "a control archive with extended headers");
		if (text(0, 100).replace(/^(?:\.?\/)+/, "") === "control") {
			if (control !== void 0) throw unreadable(file, "two control files");
			if (type !== "" && type !== "0") throw unreadable(file, "a control file that is no regular file");
			control = archive.toString("utf8", content, content + size);
		}
		position = content + Math.ceil(size / BLOCK) * BLOCK;
	}
	if (control === void 0) throw unreadable(file, "no control file");
	return control;
}
function unreadable(file, found) {
	return new UserError({
		what: "the package cannot be read",
		where: file,
		found
	});
}

export { IndexReader, MAX_CONTROL_ARCHIVE, checkArchitecture, checkCandidate, checkDebFrame, checkPackageName, coveredText, formatAptPin, formatChange, formatDate, formatDeb822Source, formatEntry, formatParagraph, isArchitecture, localFolder, parseAptPin, parseAptSource, parseChanges, parseChecksums, parseControl, parseDsc, parseFirstEntry, parseRelease, parseSingleParagraph, parseSourceLine, poolFolder, readDebFields, requireField, sourceDigest, stripSignature };
