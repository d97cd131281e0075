import { UserError, quote } from "./frame.js";
import { DIGEST_LENGTHS, VersionIndex, checkVersion } from "./shared.js";
import { inParallel } from "./host-gitlab.js";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { createHash, getFips } from "node:crypto";

// src/rpm/spec-parsed.ts
const PART$1 = /^%(package|description|prep|generate_buildrequires|conf|build|install|check|clean|pre|post|preun|postun|pretrans|posttrans|preuntrans|postuntrans|verifyscript|trigger\w*|filetrigger\w*|transfiletrigger\w*|files|changelog|sepolicy|sourcelist|patchlist)(?:\s|$)/i;
function partOf(line) {
	return PART$1.exec(line)?.[1]?.toLowerCase();
}
const MAX_SOURCES = 5e3;
const MAX_LOCATION = 65536;
function expandedSources(parsed, names) {
	const found = {
		source: new FoundSources("source", names.source),
		patch: new FoundSources("patch", names.patch)
	};
	checkCount(names.source.length + names.patch.length);
	const add = (kind, given, location) => {
		found[kind].add(given, location);
		checkCount(found.source.all.length + found.patch.all.length);
	};
	let part = "package";
	for (const line of parsed.split("\n")) {
		const begun = partOf(line);
		part = begun ?? part;
		if (begun !== void 0) continue;
		if (part === "sourcelist" || part === "patchlist") {
			const text = line.trim();
			if (text !== "" && !text.startsWith("#")) add(part === "sourcelist" ? "source" : "patch", "", text);
		}
		const tag = part === "package" ? /^\s*(source|patch)(\d{0,9})\s*:/i.exec(line) : null;
		const location = tag === null ? "" : line.slice(tag[0].length).trim();
		if (location !== "") add(tag?.[1]?.toLowerCase() === "patch" ? "patch" : "source", tag?.[2] ?? "", location);
	}
	return [found.source, found.patch].flatMap((each) => each.finish());
}
var FoundSources = class {
	all = [];
	#kind;
	#names;
	#numbers = /* @__PURE__ */ new Set();
	#files = /* @__PURE__ */ new Set();
	#highest = -1;
	constructor(kind, names) {
		this.#kind = kind;
		this.#names = new Set(names);
	}
	add(given, location) {
		const number = given === "" ? (this.all.at(-1)?.number ?? -1) + 1 : Number(given);
		if (location.length > MAX_LOCATION) throw new UserError({
			what: "the spec has a source of a location that is too long",
			where: `${this.#kind === "source" ? "Source" : "Patch"}${number}`,
			found: `${location.length} bytes`,
			expected: `${MAX_LOCATION} at most`
		});
		const file = [fileOf(location), location.slice(location.lastIndexOf("/") + 1)].find((name) => this.#names.has(name));
		if (file !== void 0 && !this.#numbers.has(number)) this.#push(number, location, file);
	}
	finish() {
		for (const file of this.#names) if (!this.#files.has(file)) this.#push(this.#highest + 1, file, file);
		return this.all.sort((a, b) => a.number - b.number);
	}
	#push(number, location, file) {
		this.all.push({
			kind: this.#kind,
			number,
			location,
			file
		});
		this.#numbers.add(number);
		this.#files.add(file);
		this.#highest = Math.max(this.#highest, number);
	}
};
function checkCount(count) {
	if (count <= MAX_SOURCES) return;
	throw new UserError({
		what: "the spec has too many sources and patches",
		found: `${count} or more`,
		expected: `${MAX_SOURCES} at most`
	});
}
function fileOf(location) {
	const last = location.slice(location.lastIndexOf("/") + 1);
	return location.includes("/") ? last.slice(last.lastIndexOf("=") + 1) : location;
}
function setupFolder(parsed, file) {
	let inside = false;
	let unpacked = false;
	let isPrep = false;
	for (const line of parsed.split("\n")) {
		const part = partOf(line);
		if (part !== void 0) {
			if (isPrep) break;
			isPrep = part === "prep";
		}
		if (!isPrep) continue;
		const folder = changedFolder(line);
		if (folder !== void 0) {
			if (unpacked) return folder.startsWith("/") ? void 0 : folder.replace(/^(?:\.\/)+/, "").split("/")[0];
			inside = !folder.startsWith("/");
			continue;
		}
		if (new RegExp(`/${file.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?=['"\\s]|$)`).test(line) && !unpacked) {
			if (inside) return ".";
			unpacked = true;
		}
	}
}
function changedFolder(line) {
	const [, single, double, bare] = /^\s*cd\s+(?:'([^']+)'|"([^"]+)"|([^\s;&|'"]+))\s*$/.exec(line) ?? [];
	return single ?? double ?? bare;
}

// src/rpm/spec.ts
const MAX_VALUE = 65536;
function tagLines(text, tag) {
	const pattern = tagPattern(tag);
	const found = [];
	for (const [index, line] of text.split("\n").entries()) {
		if (partOf(line) !== void 0) break;
		const value = splitTag(line, pattern)?.value;
		if (value !== void 0) found.push({
			line: index + 1,
			value
		});
	}
	return found;
}
function tagPattern(tag) {
	return new RegExp(`^\\s*${tag}\\s*:`, "i");
}
function splitTag(line, pattern) {
	const head = pattern.exec(line)?.[0];
	if (head === void 0) return void 0;
	const rest = line.slice(head.length);
	const value = rest.trim();
	if (value === "") return void 0;
	const start = line.length - rest.trimStart().length;
	return {
		before: line.slice(0, start),
		value,
		behind: line.slice(start + value.length)
	};
}
function tagLine(text, tag, where) {
	const lines = tagLines(text, tag);
	const [only, second] = lines;
	if (only !== void 0 && second === void 0) {
		if (only.value.length <= MAX_VALUE) return only;
		throw new UserError({
			what: `the spec's ${tag} is too long`,
			where: `${where}:${only.line}`,
			found: `${only.value.length} bytes`,
			expected: `${MAX_VALUE} at most`
		});
	}
	if (only === void 0) throw new UserError({
		what: `the spec has no line ${tag} to set`,
		where,
		expected: `one line "${tag}: ..." before the first section`,
		remedy: `write ${tag} into the spec itself, not into a macro or an included file, or use the version scheme changelog`
	});
	throw new UserError({
		what: `the spec has more than one line ${tag}, and which one counts only its conditions say`,
		where: `${where}:${only.line}`,
		found: `lines ${lines.map(({ line }) => line).join(", ")}`,
		expected: "one line",
		remedy: `put the condition into a macro (%global base_release 1) and one line "${tag}: %{base_release}%{?dist}" behind it`
	});
}
function withTag(text, tag, line, value) {
	const lines = text.split("\n");
	const parts = splitTag(lines[line - 1] ?? "", tagPattern(tag));
	if (parts !== void 0) lines[line - 1] = `${parts.before}${value}${parts.behind}`;
	return lines.join("\n");
}
function callsMacro(value, name) {
	return new RegExp(`(?<!%)(?:%%)*%(?:[?!]*${name}\\b|\\{[?!]*${name}\\b)`).test(value);
}
function unknownMacros(expanded) {
	return [...new Set([...expanded.matchAll(/%\{[?!]*([A-Za-z_]\w*)[^}]*\}?|%([A-Za-z_]\w{2,})/g)].map((match) => match[0]))];
}
function hasAutoChangelog(text) {
	return changelogLines(text).some(({ content }) => callsMacro(content, "autochangelog"));
}
function changelogLines(text) {
	const lines = text.split("\n");
	const found = [];
	let isInside = false;
	for (const [index, content] of lines.entries()) {
		const part = partOf(content);
		if (part !== void 0) isInside = part === "changelog";
		if (isInside) found.push({
			index,
			content
		});
	}
	return found;
}
function withChangelogEntry(text, entry, where) {
	const [heading, second] = changelogLines(text).filter(({ content }) => partOf(content) !== void 0);
	if (heading === void 0) return `${text}${text.endsWith("\n") || text === "" ? "" : "\n"}\n%changelog\n${entry}`;
	if (second !== void 0) throw new UserError({
		what: "the spec has two changelogs",
		where: `${where}:${second.index + 1}`,
		found: quote(second.content),
		expected: "one %changelog"
	});
	const lines = text.split("\n");
	const rest = lines.slice(heading.index + 1);
	const behind = rest.every((line) => line.trim() === "") ? "" : `\n${rest.join("\n")}`;
	return `${lines.slice(0, heading.index + 1).join("\n")}\n${entry}${behind}`;
}
function versionKey(text, tags) {
	const values = tags.map((tag) => tagLines(text, tag).map(({ value }) => value));
	if (values[0]?.length === 0) return void 0;
	const known = /* @__PURE__ */ new Map();
	for (const line of text.split("\n")) {
		const [head, name] = /^\s*%(?:global|define)\s+([A-Za-z_]\w*)(?=\s)/.exec(line) ?? [];
		if (head !== void 0 && name !== void 0 && !known.has(name)) known.set(name, line.slice(head.length).trim());
	}
	const used = /* @__PURE__ */ new Map();
	const open = values.flat();
	for (let value = open.pop(); value !== void 0; value = open.pop()) for (const [, braced, bare] of value.matchAll(/%(?:\{[?!]*([A-Za-z_]\w*)|([A-Za-z_]\w*))/g)) {
		const name = braced ?? bare ?? "";
		const definition = known.get(name);
		if (definition === void 0 || used.has(name)) continue;
		used.set(name, definition);
		open.push(definition);
	}
	return JSON.stringify([values, [...used].sort()]);
}

// src/rpm/evr.ts
const PART = /^[A-Za-z0-9._+~^]+$/;
function parseEvr(text, where) {
	const [, epoch, version, release] = /^(?:(\d{1,10}):)?([^:-]+)(?:-([^:-]+))?$/.exec(text) ?? [];
	const number = epoch === void 0 ? void 0 : Number(epoch);
	if (!(version !== void 0 && PART.test(version) && (release === void 0 || PART.test(release))) || number !== void 0 && number > 4294967295) throw new UserError({
		what: "not a version of an rpm package",
		where,
		found: quote(text),
		expected: "[epoch:]version-release of letters, digits and ._+~^"
	});
	return {
		epoch: number,
		version,
		release
	};
}
function formatEvr({ epoch, version, release }) {
	return `${epoch === void 0 ? "" : `${epoch}:`}${version}${release === void 0 ? "" : `-${release}`}`;
}
function compareEvr(a, b) {
	const epochs = (a.epoch ?? 0) - (b.epoch ?? 0);
	if (epochs !== 0) return epochs;
	const versions = compareSegments(a.version, b.version);
	if (versions !== 0) return versions;
	if (a.release === void 0 || b.release === void 0) return Number(a.release !== void 0) - Number(b.release !== void 0);
	return compareSegments(a.release, b.release);
}
const IGNORED = /^[^A-Za-z0-9~^]+/;
const DIGITS = /^[0-9]+/;
const LETTERS = /^[A-Za-z]+/;
function compareSegments(a, b) {
	if (a === b) return 0;
	let one = a;
	let two = b;
	while (one !== "" || two !== "") {
		one = one.replace(IGNORED, "");
		two = two.replace(IGNORED, "");
		if (one[0] === "~" || two[0] === "~") {
			if (one[0] !== "~") return 1;
			if (two[0] !== "~") return -1;
			one = one.slice(1);
			two = two.slice(1);
			continue;
		}
		if (one[0] === "^" || two[0] === "^") {
			if (one === "") return -1;
			if (two === "") return 1;
			if (one[0] !== "^") return 1;
			if (two[0] !== "^") return -1;
			one = one.slice(1);
			two = two.slice(1);
			continue;
		}
		if (one === "" || two === "") break;
		const kind = DIGITS.test(one) ? DIGITS : LETTERS;
		const first = kind.exec(one)?.[0] ?? "";
		const second = kind.exec(two)?.[0] ?? "";
		if (second === "") return kind === DIGITS ? 1 : -1;
		const result = kind === DIGITS ? compareNumbers(first, second) : compareText(first, second);
		if (result !== 0) return result;
		one = one.slice(first.length);
		two = two.slice(second.length);
	}
	if (one === "" && two === "") return 0;
	return one === "" ? -1 : 1;
}
function compareNumbers(a, b) {
	const [one, two] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
	if (one.length !== two.length) return one.length < two.length ? -1 : 1;
	return compareText(one, two);
}
function compareText(a, b) {
	if (a === b) return 0;
	return a < b ? -1 : 1;
}

// src/rpm/header.ts
const TYPE = {
	char: 1,
	int8: 2,
	int16: 3,
	int32: 4,
	int64: 5,
	string: 6,
	binary: 7,
	stringArray: 8,
	i18nString: 9
};
const INTRO_SIZE = 16;
const ENTRY_SIZE = 16;
const MAGIC = Buffer.from("8eade80100000000", "hex");
const MIN_TAG = 100;
const LIMITS = {
	signature: {
		entries: 32,
		data: 67108864
	},
	main: {
		entries: 65535,
		data: 268435455
	}
};
const REGION$1 = {
	signature: 62,
	main: 63
};
const HEADER_IMAGE = 61;
const SIZES = {
	[TYPE.char]: 1,
	[TYPE.int8]: 1,
	[TYPE.int16]: 2,
	[TYPE.int32]: 4,
	[TYPE.int64]: 8,
	[TYPE.binary]: 1
};
function alignmentOf(type) {
	return type === TYPE.binary ? 1 : SIZES[type] ?? 1;
}
function damagedPackage(where, found) {
	return new UserError({
		what: "the package is damaged",
		where,
		found,
		expected: "a whole .rpm file"
	});
}
const NAMES = {
	signature: "signature header",
	main: "header"
};
function headerSize(intro, kind, where) {
	if (intro.length < 16) throw damagedPackage(where, `a file that ends in the ${NAMES[kind]}`);
	if (!intro.subarray(0, MAGIC.length).equals(MAGIC)) throw damagedPackage(where, `no ${NAMES[kind]}`);
	const entries = intro.readUInt32BE(8);
	const data = intro.readUInt32BE(12);
	const { entries: maxEntries, data: maxData } = LIMITS[kind];
	if (entries < 1 || entries > maxEntries) throw damagedPackage(where, `a ${NAMES[kind]} of ${entries} tags, where 1 to ${maxEntries} are allowed`);
	if (data > maxData) throw damagedPackage(where, `a ${NAMES[kind]} with ${data} bytes of data, where ${maxData} are allowed`);
	return 16 + entries * 16 + data;
}
function parseHeader(bytes, kind, where) {
	if (headerSize(bytes, kind, where) !== bytes.length) throw damagedPackage(where, `a file that ends in the ${NAMES[kind]}`);
	const count = bytes.readUInt32BE(8);
	const store = bytes.subarray(16 + count * 16);
	const raw = (index) => {
		const position = 16 + index * 16;
		return {
			tag: bytes.readUInt32BE(position),
			type: bytes.readUInt32BE(position + 4),
			offset: bytes.readUInt32BE(position + 8),
			count: bytes.readUInt32BE(position + 12)
		};
	};
	const hasRegion = checkRegion(raw(0), {
		count,
		store,
		kind,
		where
	});
	const entries = [];
	const byTag = /* @__PURE__ */ new Map();
	let end = 0;
	for (let index = hasRegion ? 1 : 0; index < count; index++) {
		const entry = raw(index);
		const wrong = (found) => damagedPackage(where, `${found} in tag ${entry.tag} of the ${NAMES[kind]}`);
		if (entry.tag < MIN_TAG || entry.tag > 2147483647) throw wrong("a number out of range");
		if (byTag.has(entry.tag)) throw wrong("a second value");
		if (entry.offset < end) throw wrong("a value that overlaps another");
		if (entry.offset >= store.length) throw wrong("a value beyond the end");
		if (entry.offset % alignmentOf(entry.type) !== 0) throw wrong("a value that is not aligned");
		if (entry.count < 1 || entry.count > store.length) throw wrong("an impossible number of values");
		const length = dataLength(entry, store);
		if (length === void 0) throw wrong(`a value that does not end, or of an unknown type (${entry.type})`);
		end = entry.offset + length;
		const checked = {
			...entry,
			length
		};
		entries.push(checked);
		byTag.set(entry.tag, checked);
	}
	if (end > store.length - (hasRegion ? 16 : 0)) throw damagedPackage(where, `a ${NAMES[kind]} whose values overlap its end`);
	return {
		entries,
		byTag,
		store,
		bytes
	};
}
function checkRegion(entry, header) {
	const { count, store, kind, where } = header;
	if (entry.tag !== REGION$1[kind]) {
		if (kind === "signature" && entry.tag >= MIN_TAG) return false;
		throw new UserError({
			what: "a package of a format that is not supported",
			where,
			found: `a ${NAMES[kind]} without its region (rpm 3, or damaged)`,
			expected: "the package format 4 of rpm"
		});
	}
	const wrong = () => damagedPackage(where, `a ${NAMES[kind]} whose region does not cover it`);
	if (entry.type !== TYPE.binary || entry.count !== 16) throw wrong();
	if (store.length < 16 || entry.offset !== store.length - 16) throw wrong();
	const trailer = store.subarray(entry.offset);
	const tag = trailer.readUInt32BE(0);
	const isTag = tag === REGION$1[kind] || kind === "signature" && tag === HEADER_IMAGE;
	const isExact = trailer.readInt32BE(8) === -count * 16;
	if (!isTag || trailer.readUInt32BE(4) !== TYPE.binary || !isExact || trailer.readUInt32BE(12) !== 16) throw wrong();
	return true;
}
function dataLength(entry, store) {
	const { type, offset, count } = entry;
	const size = SIZES[type];
	if (size !== void 0) return offset + size * count <= store.length ? size * count : void 0;
	if (!(type === TYPE.string || type === TYPE.stringArray || type === TYPE.i18nString) || type === TYPE.string && count !== 1) return void 0;
	let position = offset;
	for (let index = 0; index < count; index++) {
		const end = store.indexOf(0, position);
		if (end === -1) return void 0;
		position = end + 1;
	}
	return position - offset;
}
function tagBytes(header, tag) {
	const entry = header.byTag.get(tag);
	return entry && header.store.subarray(entry.offset, entry.offset + entry.length);
}
function tagStrings(header, tag) {
	const entry = header.byTag.get(tag);
	const bytes = tagBytes(header, tag);
	if (entry === void 0 || bytes === void 0) return void 0;
	if (entry.type !== TYPE.string && entry.type !== TYPE.stringArray && entry.type !== TYPE.i18nString) return void 0;
	return bytes.toString("utf8", 0, bytes.length - 1).split("\0");
}
function tagString(header, tag) {
	return tagStrings(header, tag)?.[0];
}
function tagNumber(header, tag) {
	const entry = header.byTag.get(tag);
	if (entry === void 0) return void 0;
	if (entry.type === TYPE.int32) return header.store.readUInt32BE(entry.offset);
	if (entry.type === TYPE.int16) return header.store.readUInt16BE(entry.offset);
	if (entry.type !== TYPE.int64) return void 0;
	const number = Number(header.store.readBigUInt64BE(entry.offset));
	return Number.isSafeInteger(number) ? number : void 0;
}

// src/rpm/tag-types.ts
const TEXT = 0;
const RANGES = [
	[TYPE.char, "1029"],
	[TYPE.int16, "1030 1033"],
	[TYPE.int32, "257 277 1003 1006 1008-1009 1028 1034 1037 1045-1046 1048 1051-1053 1068-1069 1080 1095-1096 1106 1112 1114 1116 1119 1127-1129 1134 1140-1141 1143-1145 1158 1161 1195 5011 5017-5027 5032-5033 5037 5045 5048 5051 5054 5057 5068 5070 5072 5078 5080 5082 5084-5085 5091 5093"],
	[TYPE.int64, "270-271 5008-5009"],
	[TEXT, "100 266 269 273 276 1000-1002 1004-1005 1007 1010-1011 1014-1016 1018-1027 1035-1036 1039-1040 1044 1047 1049-1050 1054-1055 1059-1062 1064-1067 1079 1081-1082 1085-1092 1094 1097-1099 1113 1115 1117-1118 1120-1126 1132-1133 1135 1142 1147-1157 1159-1160 1196 5000-5002 5005-5007 5010 5012-5016 5030-5031 5034-5036 5040-5044 5046-5047 5049-5050 5052-5053 5055-5056 5058-5062 5066-5067 5069 5071 5076-5077 5079 5081 5086-5090 5092 5096-5101"],
	[TYPE.binary, "259 261-262 267-268 1012-1013 1043 1146"]
];
let table;
function types() {
	if (table !== void 0) return table;
	table = /* @__PURE__ */ new Map();
	for (const [type, ranges] of RANGES) for (const range of ranges.split(" ")) {
		const [first = 0, last = first] = range.split("-").map(Number);
		for (let tag = first; tag <= last; tag++) table.set(tag, type);
	}
	return table;
}
function isTagType(tag, type) {
	const expected = types().get(tag);
	if (expected === void 0) return true;
	if (expected === TEXT) return type === TYPE.string || type === TYPE.stringArray || type === TYPE.i18nString;
	return type === expected;
}

// src/rpm/tags.ts
const TAG = {
	name: 1e3,
	version: 1001,
	release: 1002,
	epoch: 1003,
	summary: 1004,
	buildTime: 1006,
	license: 1014,
	arch: 1022,
	sourceRpm: 1044,
	payloadDigest: 5092,
	payloadDigestAlgorithm: 5093,
	payloadDigestAlt: 5097,
	rpmFormat: 5114
};
const SIGNATURE_TAG = {
	dsa: 267,
	rsa: 268,
	openpgp: 278,
	sha1: 269,
	sha256: 273,
	longSize: 270,
	size: 1e3,
	pgp: 1002,
	gpg: 1005,
	pgp5: 1006,
	md5: 1004,
	reservedSpace: 1008
};

// src/rpm/frame.ts
const LEAD_SIZE = 96;
const LEAD_MAGIC = Buffer.from("edabeedb", "hex");
const FIRST_READ = 32768;
function headerDigestOf(bytes) {
	return createHash("sha256").update(bytes).digest("hex");
}
async function openRpm(file, where = file) {
	const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
	return await open(file, flags).catch((error) => {
		throw new UserError({
			what: "the package cannot be read",
			where,
			found: error.code === "ELOOP" ? "a symbolic link" : error.code ?? "an error"
		});
	});
}
async function readFrame(handle, where) {
	const stat = await handle.stat();
	if (!stat.isFile()) throw new UserError({
		what: "the package cannot be read",
		where,
		found: "something that is no regular file"
	});
	const { size } = stat;
	const first = await readAt(handle, 0, Math.min(size, FIRST_READ));
	const piece = async (start, length, name) => {
		if (start + length > size) throw damagedPackage(where, `a file that ends in the ${name}`);
		if (start + length <= first.length) return first.subarray(start, start + length);
		const bytes = await readAt(handle, start, length);
		if (bytes.length < length) throw damagedPackage(where, "a file that shrank");
		return bytes;
	};
	const lead = first.subarray(0, 96);
	checkLead(lead, where);
	const signatureSize = headerSize(await piece(96, 16, "signature header"), "signature", where);
	const signature = parseHeader(await piece(96, signatureSize, "signature header"), "signature", where);
	const start = 96 + padded(signatureSize);
	const padding = await piece(96 + signatureSize, start - 96 - signatureSize, "signature header");
	const mainSize = headerSize(await piece(start, 16, "header"), "main", where);
	const bytes = await piece(start, mainSize, "header");
	const header = parseHeader(bytes, "main", where);
	for (const { tag, type } of header.entries) if (!isTagType(tag, type)) throw damagedPackage(where, `a value of the wrong type (${type}) in tag ${tag}`);
	const headerDigest = verifyHeader(signature, bytes, where);
	checkSize(signature, size - start, where);
	const format = tagNumber(header, TAG.rpmFormat);
	if (format !== void 0 && format !== 4) throw new UserError({
		what: "a package of a format that is not supported",
		where,
		found: `the format ${format}`,
		expected: "the package format 4 of rpm (%_rpmformat 4)"
	});
	return {
		lead,
		signature,
		padding,
		header,
		headerRange: {
			start,
			end: start + mainSize
		},
		headerDigest,
		head: first,
		size
	};
}
function padded(signatureSize) {
	return Math.ceil(signatureSize / 8) * 8;
}
async function readAt(handle, position, length) {
	const buffer = Buffer.allocUnsafe(length);
	let filled = 0;
	while (filled < length) {
		const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
		if (bytesRead === 0) break;
		filled += bytesRead;
	}
	return buffer.subarray(0, filled);
}
function checkLead(lead, where) {
	const notRpm = (found) => new UserError({
		what: "not an rpm package",
		where,
		found,
		expected: "an .rpm file"
	});
	if (lead.length === 0) throw notRpm("an empty file");
	if (!lead.subarray(0, 4).equals(LEAD_MAGIC)) throw notRpm(lead.toString("latin1", 0, 7) === "!<arch>" ? "a Debian package" : "a file of another kind");
	if (lead.length < 96) throw damagedPackage(where, "a file that ends in its first 96 bytes");
	const major = lead.readUInt8(4);
	const isHeaderStyle = lead.readUInt16BE(78) === 5;
	if (major < 3 || major > 4 || !isHeaderStyle) throw new UserError({
		what: "a package of a format that is not supported",
		where,
		found: `a lead of version ${major}`,
		expected: "the package format 4 of rpm"
	});
}
function verifyHeader(signature, bytes, where) {
	const digest = headerDigestOf(bytes);
	const check = (tag, name, actual) => {
		if (!signature.byTag.has(tag)) return false;
		const expected = tagString(signature, tag);
		const found = actual();
		if (expected === found) return true;
		throw new UserError({
			what: "the package's header does not match its digest: it was damaged or altered",
			where,
			found: `${name} ${found}`,
			expected: quote(expected ?? "a text")
		});
	};
	if (![check(SIGNATURE_TAG.sha256, "SHA-256", () => digest), check(SIGNATURE_TAG.sha1, "SHA-1", () => createHash("sha1").update(bytes).digest("hex"))].includes(true)) throw new UserError({
		what: "the package has no digest of its header, so it cannot be verified",
		where,
		expected: "a package made by rpm 4"
	});
	return digest;
}
function checkSize(signature, actual, where) {
	const expected = tagNumber(signature, SIGNATURE_TAG.longSize) ?? tagNumber(signature, SIGNATURE_TAG.size);
	if (expected === void 0 || expected === actual) return;
	throw damagedPackage(where, actual < expected ? `${expected - actual} bytes less than its signature header says: it is cut off` : `${actual - expected} bytes more than its signature header says`);
}

// src/rpm/package.ts
function isDebugName(name) {
	return /-debug(?:info|source)(?:-|$)/.test(name);
}

// src/rpm/payload.ts
const PIECE = 1048576;
async function* payloadOf(handle, frame, where) {
	const { head, headerRange, size } = frame;
	let position = headerRange.end;
	if (position < head.length) {
		yield head.subarray(position);
		position = head.length;
	}
	if (position >= size) return;
	const length = Math.min(PIECE, size - position);
	const buffers = [
		0,
		1,
		2
	].map(() => Buffer.allocUnsafe(length));
	const readPiece = async (index, start) => {
		const buffer = buffers[index % buffers.length];
		const wanted = Math.min(length, size - start);
		const { bytesRead } = wanted > 0 ? await handle.read(buffer, 0, wanted, start) : { bytesRead: 0 };
		if (wanted > 0 && bytesRead === 0) throw damagedPackage(where, "a file that became shorter while it was read");
		return buffer.subarray(0, bytesRead);
	};
	const read = (index, start) => {
		const reading = readPiece(index, start);
		reading.catch(() => {});
		return reading;
	};
	let next = read(0, position);
	try {
		for (let index = 1; position < size; index++) {
			const piece = await next;
			position += piece.length;
			next = read(index, position);
			yield piece;
		}
	} finally {
		await next.catch(() => {});
	}
}
const DIGESTS = {
	8: "sha256",
	9: "sha384",
	10: "sha512"
};
function hasPayloadDigest({ header }) {
	return header.byTag.has(TAG.payloadDigest) && header.byTag.has(TAG.payloadDigestAlgorithm);
}
var PayloadCheck = class {
	#digests = [];
	#where;
	constructor({ header, signature }, where) {
		this.#where = where;
		const expected = tagString(header, TAG.payloadDigest);
		if (expected === void 0 && header.byTag.has(TAG.payloadDigestAlt)) throw damagedPackage(where, "a digest of the uncompressed payload only");
		if (expected !== void 0) {
			const number = tagNumber(header, TAG.payloadDigestAlgorithm) ?? 8;
			const name = DIGESTS[number];
			if (name === void 0) throw damagedPackage(where, `a payload digest of the unknown algorithm ${number}`);
			this.#digests.push({
				name,
				hash: createHash(name),
				expected
			});
		}
		const md5 = tagBytes(signature, SIGNATURE_TAG.md5);
		if (md5 !== void 0 && getFips() === 0) {
			const hash = createHash("md5").update(header.bytes);
			this.#digests.push({
				name: "md5",
				hash,
				expected: md5.toString("hex")
			});
		}
		if (this.#digests.length === 0) throw damagedPackage(where, "no digest of its payload");
	}
	update(piece) {
		for (const { hash } of this.#digests) hash.update(piece);
	}
	finish() {
		for (const { name, hash, expected } of this.#digests) {
			const found = hash.digest("hex");
			if (found === expected) continue;
			throw new UserError({
				what: "the package's payload does not match its digest: it was damaged or altered",
				where: this.#where,
				found: `${name} ${found}`,
				expected: quote(expected)
			});
		}
	}
};

// src/rpm/read-package.ts
async function readRpmPackage(file, shown = file) {
	await using handle = await openRpm(file, shown);
	return describePackage(await readFrame(handle, shown), shown);
}
async function verifyPayload(file, options = {}) {
	const { shown = file, signal } = options;
	await using handle = await openRpm(file, shown);
	const frame = await readFrame(handle, shown);
	const check = new PayloadCheck(frame, shown);
	for await (const piece of payloadOf(handle, frame, shown)) {
		signal?.throwIfAborted();
		check.update(piece);
	}
	check.finish();
}
const NAME = /^[A-Za-z0-9_+][A-Za-z0-9._+-]{0,254}$/;
const ARCHITECTURE = /^[A-Za-z0-9_]{1,40}$/;
const SOURCE_RPM = /^(?=.{1,255}$)[A-Za-z0-9_+][A-Za-z0-9._+~^-]*\.(?:no)?src\.rpm$/;
function describePackage(frame, where) {
	const { header, headerRange, headerDigest, size, signature } = frame;
	const checked = (tag, field, pattern) => {
		const value = required(header, tag, field, where);
		if (pattern.test(value)) return value;
		throw new UserError({
			what: "an illegal value in the package",
			where: `${where} ${field}`,
			found: quote(value)
		});
	};
	const name = checked(TAG.name, "Name", NAME);
	const epoch = tagNumber(header, TAG.epoch);
	const version = checked(TAG.version, "Version", /^[^:]+$/);
	const release = checked(TAG.release, "Release", /^[^:]+$/);
	const evr = parseEvr(`${epoch === void 0 ? "" : `${epoch}:`}${version}-${release}`, `${where} Version`);
	const isSource = !header.byTag.has(TAG.sourceRpm);
	const signatures = [
		SIGNATURE_TAG.rsa,
		SIGNATURE_TAG.dsa,
		SIGNATURE_TAG.openpgp,
		SIGNATURE_TAG.pgp,
		SIGNATURE_TAG.gpg
	];
	return {
		name,
		evr,
		architecture: checked(TAG.arch, "Architecture", ARCHITECTURE),
		isSource,
		sourceRpm: isSource ? void 0 : checked(TAG.sourceRpm, "Source RPM", SOURCE_RPM),
		headerDigest,
		headerRange,
		isSigned: signatures.some((tag) => signature.byTag.has(tag)),
		isDebug: isDebugName(name),
		summary: tagString(header, TAG.summary) ?? "",
		license: tagString(header, TAG.license) ?? "",
		buildTime: tagNumber(header, TAG.buildTime) ?? 0,
		size
	};
}
function required(header, tag, field, where) {
	const entry = header.byTag.get(tag);
	if (entry !== void 0 && (entry.type !== TYPE.string || entry.count !== 1)) {
		const found = `${entry.count} values of the type ${entry.type}`;
		throw new UserError({
			what: "an illegal value in the package",
			where: `${where} ${field}`,
			found
		});
	}
	const value = tagString(header, tag);
	if (value !== void 0 && value !== "") return value;
	throw new UserError({
		what: "a field that every package has is missing",
		where: `${where} ${field}`
	});
}

// src/rpm/sources-file.ts
function formatSourcesLine(file, hex) {
	return `SHA512 (${file}) = ${hex}`;
}
function parseSourcesFile(text, where) {
	const entries = /* @__PURE__ */ new Map();
	for (const [index, raw] of text.split("\n").entries()) {
		const content = raw.trim();
		if (content === "" || content.startsWith("#")) continue;
		const entry = readLine(content, index + 1, where);
		const other = entries.get(entry.file);
		if (other?.digest.algorithm === entry.digest.algorithm && other.digest.hex !== entry.digest.hex) throw new UserError({
			what: "two digests for one file",
			where: `${where}:${entry.line}`,
			found: quote(entry.file),
			expected: `the digest of line ${other.line}, or another file`
		});
		if (other === void 0 || DIGEST_LENGTHS[other.digest.algorithm] < DIGEST_LENGTHS[entry.digest.algorithm]) entries.set(entry.file, entry);
	}
	return entries;
}
function readLine(content, line, where) {
	const bsd = /^([A-Za-z0-9]+) \(([^()\s/]+)\) = ([0-9A-Fa-f]+)$/.exec(content);
	const plain = /^([0-9A-Fa-f]+) [ *]?\s*([^\s/]+)$/.exec(content);
	const file = bsd?.[2] ?? plain?.[2];
	const hex = (bsd?.[3] ?? plain?.[1] ?? "").toLowerCase();
	const algorithm = Object.entries(DIGEST_LENGTHS).find(([name, length]) => bsd === null ? length === hex.length : name === bsd[1]?.toLowerCase() && length === hex.length)?.[0];
	if (file === void 0 || algorithm === void 0) throw new UserError({
		what: "not an entry of a sources file",
		where: `${where}:${line}`,
		found: quote(content),
		expected: "SHA512 (FILE) = 128 hexadecimal digits, or DIGEST  FILE"
	});
	return {
		file,
		line,
		digest: {
			algorithm,
			hex
		}
	};
}

// src/rpm/architecture.ts
const RPM_NAMES = {
	amd64: "x86_64",
	arm64: "aarch64",
	armhf: "armv7hl",
	i386: "i686",
	ppc64el: "ppc64le"
};
function rpmArchitecture(name) {
	return RPM_NAMES[name] ?? name;
}
function debArchitecture(name) {
	return Object.entries(RPM_NAMES).find(([, rpm]) => rpm === name)?.[0] ?? name;
}
function baseArchitecture(architecture) {
	if (/^(?:i[3-6]86|athlon|geode)$/.test(architecture)) return "i386";
	if (/^(?:x86_64(?:_v\d)?|amd64|ia32e)$/.test(architecture)) return "x86_64";
	if (/^armv[567].*h.*l$/.test(architecture)) return "armhfp";
	return architecture;
}

// src/rpm/version-check.ts
const RULES = {
	compare: compareVersionTexts,
	independent: "noarch"
};
function versionText(evr) {
	return formatEvr({
		...evr,
		epoch: evr.epoch === 0 ? void 0 : evr.epoch
	});
}
function rpmCandidate(read) {
	return {
		kind: read.isSource ? "source" : "binary",
		name: read.name,
		version: versionText(read.evr),
		architecture: read.isSource ? "source" : read.architecture,
		sha256: read.headerDigest
	};
}
function checkRpmCandidate(candidate, published) {
	const result = checkVersion(candidate, published, RULES);
	if (result.outcome !== "upgrade") return result;
	const { kind, name } = candidate;
	const known = published instanceof VersionIndex ? published.get(kind, name) : published;
	for (const other of known) if (other.kind === kind && other.name === name && other.version !== candidate.version && fileName(other) === fileName(candidate)) return {
		outcome: "conflict",
		candidate,
		against: other,
		file: fileName(candidate)
	};
	return result;
}
function fileName({ kind, name, version, architecture }) {
	return `${name}-${version.replace(/^\d+:/, "")}.${kind === "source" ? "src" : architecture}.rpm`;
}
function sourceOf({ isSource, name, evr, sourceRpm }) {
	return isSource ? `${name}-${evr.version}-${evr.release}` : sourceName(sourceRpm ?? "");
}
function sourceName(sourceRpm) {
	return sourceRpm.replace(/\.(?:no)?src\.rpm$/, "");
}
function isRepeatable({ kind, architecture }) {
	return kind === "source" || architecture === "noarch";
}
function checkRpmBuilds(built, published) {
	return built.map((each) => {
		const results = [each, ...each.alternates].map(({ candidate }) => checkRpmCandidate(candidate, published));
		const [first] = results;
		const same = results.find(({ outcome }) => outcome === "same");
		if (same !== void 0) return {
			...same,
			candidate: each.candidate
		};
		const there = repeated(each, built, published);
		return first.outcome === "conflict" && there !== void 0 ? {
			...first,
			outcome: "same",
			against: there
		} : first;
	});
}
function repeated({ candidate, source, build }, built, published) {
	if (build === void 0 || !isRepeatable(candidate)) return void 0;
	const known = published.get(candidate.kind, candidate.name);
	if (known.some(({ version }) => RULES.compare(version, candidate.version) > 0)) return void 0;
	const equal = known.filter(({ version }) => RULES.compare(version, candidate.version) === 0);
	const isAgain = (other) => other.version === candidate.version && other.architecture === candidate.architecture && other.source === source;
	if (!equal.every(isAgain)) return void 0;
	const own = built.filter((other) => other.build?.id === build.id && other.source === source && !isRepeatable(other.candidate));
	const isServed = own.some(({ candidate: { kind, name, architecture } }) => published.get(kind, name).some((other) => other.source === source && baseArchitecture(other.architecture) === baseArchitecture(architecture)));
	return own.length > 0 && !isServed ? equal[0] : void 0;
}
function deciding(candidates, published) {
	const found = /* @__PURE__ */ new Set();
	const byName = /* @__PURE__ */ new Map();
	for (const other of published) {
		const key = `${other.kind} ${other.name}`;
		byName.set(key, [...byName.get(key) ?? [], other]);
	}
	for (const candidate of candidates) for (const other of byName.get(`${candidate.kind} ${candidate.name}`) ?? []) if (candidate.version === other.version && candidate.architecture === other.architecture) found.add(other);
	return [...found];
}
function compareVersionTexts(a, b) {
	return compareEvr(parseEvr(a, "version"), parseEvr(b, "version"));
}

// src/rpm/large-headers.ts
const LARGE_HEADER = 33554432;
async function inParallelByHeader(items, limit, fileOf, body) {
	const indexed = items.map((item, index) => ({
		item,
		index
	}));
	const isLarge = await inParallel(items, limit, async (item) => await hasLargeHeader(fileOf(item)));
	const results = /* @__PURE__ */ new Map();
	for (const [large, atOnce] of [[false, limit], [true, 1]]) {
		const some = indexed.filter(({ index }) => isLarge[index] === large);
		await inParallel(some, atOnce, async ({ item, index }) => results.set(index, await body(item)));
	}
	return items.map((_, index) => results.get(index));
}
async function hasLargeHeader({ path, size }) {
	if (size !== void 0 && size <= LARGE_HEADER) return false;
	try {
		await using handle = await openRpm(path);
		const stat = await handle.stat();
		if (!stat.isFile() || stat.size <= LARGE_HEADER) return false;
		const intro = async (position) => {
			const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, position);
			return buffer.subarray(0, bytesRead);
		};
		const signature = headerSize(await intro(96), "signature", path);
		return signature + headerSize(await intro(96 + padded(signature)), "main", path) > LARGE_HEADER;
	} catch (error) {
		if (error instanceof UserError) return false;
		throw error;
	}
}

// src/rpm/index-texts.ts
const TAGS = {
	1004: "Summary",
	1005: "Description",
	1007: "Build Host",
	1011: "Vendor",
	1014: "License",
	1015: "Packager",
	1016: "Group",
	1020: "URL",
	1047: "Provides",
	1049: "Requires",
	1050: "Requires",
	1054: "Conflicts",
	1055: "Conflicts",
	1081: "Changelog",
	1082: "Changelog",
	1090: "Obsoletes",
	1113: "Provides",
	1115: "Obsoletes",
	1117: "files",
	1118: "folders",
	5046: "Recommends",
	5047: "Recommends",
	5049: "Suggests",
	5050: "Suggests",
	5052: "Supplements",
	5053: "Supplements",
	5055: "Enhances",
	5056: "Enhances"
};
const FORBIDDEN = /[\x01-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]/;
function checkIndexTexts(header, where) {
	for (const [tag, field] of Object.entries(TAGS)) {
		const wrong = FORBIDDEN.exec(tagBytes(header, Number(tag))?.toString("latin1") ?? "");
		if (wrong === null) continue;
		throw new UserError({
			what: "a character that no index can hold in a text of the package",
			where: `${where} ${field}`,
			found: quote(Buffer.from(wrong[0], "latin1").toString()),
			expected: "what XML can hold"
		});
	}
}

// src/rpm/signature-header.ts
const OPENPGP_TAGS = /* @__PURE__ */ new Set([
	SIGNATURE_TAG.rsa,
	SIGNATURE_TAG.dsa,
	SIGNATURE_TAG.openpgp,
	SIGNATURE_TAG.pgp,
	SIGNATURE_TAG.gpg,
	SIGNATURE_TAG.pgp5
]);
const REGION = 62;
const MAX_ENTRIES = 32;
function replaceSignatures(old, signatures, where) {
	const kept = old.entries.filter(({ tag }) => !OPENPGP_TAGS.has(tag) && tag !== SIGNATURE_TAG.reservedSpace).map(({ tag, type, count, offset, length }) => ({
		tag,
		type,
		count,
		data: old.store.subarray(offset, offset + length)
	}));
	const added = signatures.map(({ tag, packet }) => binaryValue(tag, packet));
	const values = [...kept, ...added];
	if (values.length + 2 > MAX_ENTRIES) throw new UserError({
		what: "the signature header has no room for a signature",
		where
	});
	const size = padded(old.bytes.length);
	const spare = size - layout([...values, binaryValue(SIGNATURE_TAG.reservedSpace, Buffer.alloc(1))]).length;
	if (spare >= 0) {
		const bytes = layout([...values, binaryValue(SIGNATURE_TAG.reservedSpace, Buffer.alloc(1 + spare))]);
		if (padded(bytes.length) === size) return withPadding(bytes);
	}
	return withPadding(layout(values));
}
function binaryValue(tag, data) {
	return {
		tag,
		type: TYPE.binary,
		count: data.length,
		data
	};
}
function layout(values) {
	const sorted = values.toSorted((a, b) => a.tag - b.tag);
	const offsets = [];
	let end = 0;
	for (const { type, data } of sorted) {
		const alignment = alignmentOf(type);
		const offset = Math.ceil(end / alignment) * alignment;
		offsets.push(offset);
		end = offset + data.length;
	}
	const count = sorted.length + 1;
	const store = 16 + count * 16;
	const bytes = Buffer.alloc(store + end + 16);
	bytes.write("8eade80100000000", "hex");
	bytes.writeUInt32BE(count, 8);
	bytes.writeUInt32BE(end + 16, 12);
	const entry = (position, tag, type, offset, number) => {
		bytes.writeUInt32BE(tag, position);
		bytes.writeUInt32BE(type, position + 4);
		bytes.writeInt32BE(offset, position + 8);
		bytes.writeUInt32BE(number, position + 12);
	};
	entry(16, REGION, TYPE.binary, end, 16);
	for (const [index, value] of sorted.entries()) {
		const offset = offsets[index] ?? 0;
		entry(16 + (index + 1) * 16, value.tag, value.type, offset, value.count);
		bytes.set(value.data, store + offset);
	}
	entry(store + end, REGION, TYPE.binary, -count * 16, 16);
	return bytes;
}
function withPadding(bytes) {
	const zeros = padded(bytes.length) - bytes.length;
	return zeros === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(zeros)]);
}

export { PayloadCheck, SIGNATURE_TAG, baseArchitecture, callsMacro, checkIndexTexts, checkRpmBuilds, checkRpmCandidate, compareEvr, compareSegments, debArchitecture, deciding, describePackage, expandedSources, formatEvr, formatSourcesLine, hasAutoChangelog, hasPayloadDigest, headerDigestOf, headerSize, inParallelByHeader, isDebugName, isRepeatable, openRpm, padded, parseEvr, parseHeader, parseSourcesFile, payloadOf, readFrame, readRpmPackage, replaceSignatures, rpmArchitecture, rpmCandidate, setupFolder, sourceName, sourceOf, tagBytes, tagLine, tagLines, tagString, tagStrings, unknownMacros, verifyPayload, versionKey, versionText, withChangelogEntry, withTag };
