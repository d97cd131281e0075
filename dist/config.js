import { UserError, assetPath, didYouMean, parseDuration, parseSize, quote } from "./frame.js";
import { require_dist } from "./yaml.js";
import { _enum, array, boolean, int, literal, record, strictObject, string, union } from "./zod.js";
import { parseAptSource, parseFirstEntry } from "./deb.js";
import { specFolders } from "./source.js";
import { VERSION_SCHEMES, checkSuffix, checkTemplate } from "./inputs.js";
import { rpmArchitecture } from "./rpm.js";
import { hideCredentials } from "./shared.js";
import { checkChannelName } from "./repository.js";
import path from "node:path";
import { constants, existsSync, readFileSync, readdirSync } from "node:fs";
import { open, readFile, readdir } from "node:fs/promises";

// src/config/problem.ts
var import_dist = require_dist();
function explainIssues(issues, above = []) {
	return issues.flatMap((issue) => explain(issue, [...above, ...issue.path]));
}
function explain(issue, path) {
	switch (issue.code) {
		case "unrecognized_keys": return issue.keys.map((key) => {
			const remedy = key === "<<" ? "merge keys are not taken here" : didYouMean(key, issue.message.split(", "));
			return {
				path: [...path, key],
				key: true,
				what: "an unknown field",
				expected: issue.message,
				...remedy === void 0 ? {} : { remedy }
			};
		});
		case "invalid_type":
			if (issue.input === void 0) return [{
				path,
				what: "a required field is missing",
				expected: typeName(issue.expected, issue.message)
			}];
			return [wrongType(path, issue.input, typeName(issue.expected, issue.message))];
		case "invalid_value": {
			if (issue.input === void 0) return [{
				path,
				what: "a required field is missing",
				expected: issue.values.join(", ")
			}];
			const names = issue.values.map(String);
			const remedy = typeof issue.input === "string" ? didYouMean(issue.input, names) : void 0;
			return [{
				...wrongValue(path, issue.input, names.join(", ")),
				...remedy === void 0 ? {} : { remedy }
			}];
		}
		case "invalid_union": return explainUnion(issue, path);
		default: return [wrongValue(path, issue.input, issue.message)];
	}
}
function explainUnion(issue, path) {
	const branches = [...issue.errors];
	const [nearest] = branches.filter((branch) => !branch.some((inner) => inner.path.length === 0 && isShape(inner))).toSorted((a, b) => a.length - b.length);
	if (nearest) return explainIssues(nearest, path);
	const names = branches.flat().find((inner) => inner.code === "invalid_value");
	const remedy = typeof issue.input === "string" && names ? didYouMean(issue.input, names.values.map(String)) : void 0;
	const expected = [...new Set(branches.flatMap((branch) => branch.filter(isShape).map(expectedOf)))].join(" or ");
	if (issue.input === void 0) return [{
		path,
		what: "a required field is missing",
		expected
	}];
	return [{
		...wrongType(path, issue.input, expected),
		...remedy === void 0 ? {} : { remedy }
	}];
}
function isShape(issue) {
	return issue.code === "invalid_type" || issue.code === "invalid_value";
}
function expectedOf(issue) {
	if (issue.code === "invalid_type") return typeName(issue.expected, issue.message);
	if (issue.code === "invalid_value") return issue.values.join(" or ");
	return issue.message;
}
function wrongType(path, input, expected) {
	return {
		path,
		what: "a value of the wrong type",
		found: show(input),
		expected
	};
}
function wrongValue(path, input, expected) {
	return {
		path,
		what: "a value that cannot be used",
		found: show(input),
		expected
	};
}
function typeName(expected, message) {
	if (!message.startsWith("Invalid input")) return message;
	switch (expected) {
		case "string": return "text";
		case "array": return "a list";
		case "object":
		case "record": return "a mapping";
		case "boolean": return "true or false";
		case "number":
		case "int": return "a whole number";
		default: return expected;
	}
}
function show(value) {
	if (typeof value === "string" && value.includes("PRIVATE KEY")) return "a private key";
	if (value === null || value === void 0) return "nothing";
	if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
	if (typeof value === "object") return "a mapping";
	if (typeof value === "string") return quote(value.replace(/\/\/[^/@]*@/g, "//***@"), 60);
	return `the ${typeof value} ${String(value)}`;
}

// src/config/document.ts
const MAX_BYTES = 1048576;
const MAX_ALIASES = 100;
var PackagingError = class extends UserError {
	name = "PackagingError";
	file;
	problems;
	constructor(file, problems, count = problems.length) {
		const [first] = problems;
		const more = count > 1 ? `${count - 1} more ${count === 2 ? "problem" : "problems"} in this file` : void 0;
		const remedy = [first.remedy, more].filter((text) => text !== void 0).join("; ");
		const { what, where, found, expected } = first;
		super({
			what,
			...where === void 0 ? {} : { where },
			...found === void 0 ? {} : { found },
			...expected === void 0 ? {} : { expected },
			...remedy === "" ? {} : { remedy }
		});
		this.file = file;
		this.problems = problems;
	}
};
async function readConfigurationFile(file) {
	let handle;
	try {
		handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
		const stat = await handle.stat();
		if (!stat.isFile()) throw new UserError({
			what: "not a regular file",
			where: file,
			expected: "a YAML file"
		});
		const buffer = Buffer.alloc(1048577);
		let length = 0;
		for (;;) {
			const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
			length += bytesRead;
			if (bytesRead === 0 || length === buffer.length) break;
		}
		if (length > MAX_BYTES) throw new UserError({
			what: "the file is too large for a configuration",
			where: file,
			found: `${Math.max(stat.size, length)} bytes`,
			expected: "1 MiB or less"
		});
		return new TextDecoder("utf-8", { fatal: true }).decode(buffer.subarray(0, length));
	} catch (error) {
		if (error instanceof UserError) throw error;
		if (error instanceof TypeError) throw new UserError({
			what: "the file is not UTF-8",
			where: file
		});
		throw new UserError({
			what: "the file cannot be read",
			where: file,
			found: error.code ?? "an error"
		});
	} finally {
		await handle?.close();
	}
}
function parseConfiguration(text, name, schema) {
	const lines = new import_dist.LineCounter();
	const { document, value } = readYaml(text, name, lines);
	return check(value, schema, (problems) => locate(problems, name, document, lines));
}
function checkConfiguration(value, name, schema) {
	return check(value, schema, (problems) => located(problems, name, () => void 0));
}
function check(value, schema, error) {
	const parsed = schema.safeParse(value, { reportInput: true });
	if (!parsed.success) throw error(explainIssues(parsed.error.issues));
	return {
		value: parsed.data,
		error
	};
}
function readYaml(text, name, lines) {
	const fail = (what, offset, found) => {
		const { line, col } = lines.linePos(offset);
		const parts = {
			what,
			where: `${name}:${line}:${col}`,
			...found === void 0 ? {} : { found }
		};
		return new PackagingError(name, [{
			...parts,
			field: "",
			line,
			column: col,
			message: new UserError(parts).message
		}]);
	};
	try {
		const document = (0, import_dist.parseDocument)(text, {
			lineCounter: lines,
			prettyErrors: false,
			schema: "core",
			strict: true,
			uniqueKeys: true,
			version: "1.2",
			logLevel: "error"
		});
		const [first] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
		if (first) {
			const [offset] = first.pos;
			const word = /^[^\s:,{}[\]]+/.exec(text.slice(offset, offset + 40))?.[0];
			const told = ["DUPLICATE_KEY", "TAG_RESOLVE_FAILED"].includes(first.code) ? word : void 0;
			throw fail(yamlMessage(first.code, first.message), offset, told && quote(told));
		}
		(0, import_dist.visit)(document, { Alias(_, alias) {
			const offset = alias.range?.[0] ?? 0;
			if (!alias.resolve(document)) throw fail("an alias without its anchor before it", offset, quote(alias.source));
		} });
		return {
			document,
			value: document.toJS({ maxAliasCount: MAX_ALIASES })
		};
	} catch (error) {
		if (error instanceof UserError) throw error;
		if (error instanceof RangeError) throw fail("the YAML is nested too deeply", 0);
		if (error instanceof ReferenceError) throw fail("aliases that expand to too much", 0);
		throw error;
	}
}
function yamlMessage(code, message) {
	switch (code) {
		case "DUPLICATE_KEY": return "the same field twice";
		case "MULTIPLE_DOCS": return "more than one YAML document in the file";
		case "TAB_AS_INDENT": return "a tab in the indentation: YAML takes blanks only";
		case "TAG_RESOLVE_FAILED": return "a YAML tag that is not taken here";
		default: return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
	}
}
function locate(problems, name, document, lines) {
	return located(problems, name, (problem) => {
		const offset = offsetOf(document, problem) ?? 0;
		const { line, col } = lines.linePos(offset);
		return {
			offset,
			line,
			column: col
		};
	});
}
function located(problems, name, place) {
	const [first, ...others] = problems.map((problem) => {
		const at = place(problem);
		const field = fieldPath(problem.path);
		const { path: _path, key: _key, ...rest } = problem;
		const where = `${name}${at ? `:${at.line}:${at.column}` : ""}${field === "" ? "" : ` ${field}`}`;
		const parts = {
			...rest,
			where
		};
		return {
			offset: at?.offset ?? 0,
			problem: {
				...parts,
				field,
				...at ? {
					line: at.line,
					column: at.column
				} : {},
				message: new UserError(parts).message
			}
		};
	}).sort((a, b) => a.offset - b.offset).map(({ problem }) => problem);
	if (!first) throw new Error("an error without a problem");
	return new PackagingError(name, [first, ...others.slice(0, 9)], problems.length);
}
function fieldPath(path) {
	return path.map((part, index) => {
		if (typeof part === "number") return `[${part}]`;
		const name = String(part);
		return `${index === 0 ? "" : "."}${name.length > 80 ? `${name.slice(0, 80)}…` : name}`;
	}).join("");
}
function offsetOf(document, problem) {
	let node = document.contents;
	let offset = node?.range?.[0];
	for (const [index, part] of problem.path.entries()) {
		const last = index === problem.path.length - 1;
		const collection = (0, import_dist.isAlias)(node) ? node.resolve(document) : node;
		if ((0, import_dist.isMap)(collection)) {
			const pair = collection.items.find((item) => (0, import_dist.isPair)(item) && (0, import_dist.isScalar)(item.key) && String(item.key.value) === String(part));
			if (!(0, import_dist.isPair)(pair)) return offset;
			const key = (0, import_dist.isNode)(pair.key) ? pair.key : null;
			node = (0, import_dist.isNode)(pair.value) ? pair.value : null;
			const empty = (0, import_dist.isScalar)(node) && node.source === "" && node.range?.[0] === node.range?.[1];
			offset = (last && (problem.key || empty) ? key : node ?? key)?.range?.[0] ?? offset;
		} else if ((0, import_dist.isSeq)(collection)) {
			const item = collection.items[Number(part)];
			if (!(0, import_dist.isNode)(item)) return offset;
			node = item;
			offset = node.range?.[0] ?? offset;
		} else return offset;
	}
	return offset;
}

// src/config/find-package.ts
async function findPackageName(folder, place) {
	const { debianPath, specFile, name, targets = [] } = place;
	const changelog = path.join(folder, debianPath, "changelog");
	const text = await readFile(changelog, "utf8").catch((error) => {
		if (error.code === "ENOENT" || error.code === "ENOTDIR") return void 0;
		throw new UserError({
			what: "the changelog cannot be read",
			where: changelog,
			found: error.code ?? "an error"
		});
	});
	if (text !== void 0) return parseFirstEntry(text, changelog).source;
	const specs = specFile === void 0 ? await specFiles(folder, targets, name) : [specFile];
	const [found, second] = new Set(specs.map((spec) => path.basename(spec, ".spec")));
	if (found !== void 0 && second === void 0) return name ?? found;
	throw new UserError({
		what: second === void 0 ? "no packaging found" : "several packages found",
		where: folder,
		...second === void 0 ? {} : { found: specs.join(", ") },
		expected: `${debianPath}/changelog, or one *.spec file at the top or in a folder such as SPECS, rpm, packaging or dist`,
		remedy: second === void 0 ? "write a packaging.yml" : "name the package, or write a packaging.yml"
	});
}
async function specFiles(folder, targets, name) {
	const found = /* @__PURE__ */ new Set();
	for (const names of targets.length === 0 ? [[]] : targets) for (const place of specFolders(names)) {
		const specs = await specsIn(folder, place);
		const own = specs.filter((spec) => path.basename(spec) === `${name}.spec`);
		for (const spec of own.length > 0 ? own : specs) found.add(spec);
		if (specs.length > 0) break;
	}
	return [...found];
}
async function specsIn(folder, place) {
	return (await readdir(path.join(folder, place), { withFileTypes: true }).catch((error) => {
		if (place !== "" && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
		const where = path.join(folder, place);
		throw new UserError({
			what: "the folder cannot be read",
			where,
			found: error.code ?? "an error"
		});
	})).filter((entry) => entry.isFile() && entry.name.endsWith(".spec")).map((entry) => path.join(place, entry.name)).sort();
}

// src/config/architectures.ts
function isSameArchitecture(one, other) {
	return rpmArchitecture(one) === rpmArchitecture(other);
}
function architecturesOf(target, names) {
	return target.architectures.filter((own) => names.some((name) => isSameArchitecture(own, name)));
}
function checkReleaseArchitecture(packaging, architecture) {
	const names = packaging?.architectures;
	if (names === void 0 || names.some((name) => isSameArchitecture(name, architecture))) return;
	throw new UserError({
		what: "the release is not built for this architecture",
		where: `${packaging?.file ?? "packaging file"}: architectures`,
		found: quote(architecture),
		expected: names.join(", "),
		remedy: "build on a machine of that architecture, or add this one to the list"
	});
}

// src/config/presets.ts
const PRESET_NAMES = [
	"plain",
	"fuel-openstack",
	"fuel-linux",
	"fuel-master"
];
const PRESETS = {
	plain: {
		kind: "plain",
		project: "[{group}/]{package}",
		branch: "{branch}"
	},
	"fuel-openstack": {
		kind: "openstack",
		code: "[{customer}/]openstack/{package}",
		spec: "[{customer}/]openstack-build/{package}-build",
		branch: "openstack-ci/fuel-{release}/{openstack}"
	},
	"fuel-linux": {
		kind: "linux",
		project: "[{customer}/]packages/{distribution}/{package}",
		branch: "{release}"
	},
	"fuel-master": {
		kind: "master",
		project: "[{customer}/]packages/fuel/{distribution}/{package}",
		branch: "{release}"
	}
};

// src/config/context.ts
function notAmong(what, name, known) {
	const remedy = didYouMean(name, known);
	return {
		what: `no such ${what}`,
		found: quote(name),
		expected: known.join(", ") || "none: there are none",
		...remedy === void 0 ? {} : { remedy }
	};
}
function namedTargets({ targets, problems }, names, at) {
	if (names === void 0) return targets;
	const found = /* @__PURE__ */ new Set();
	for (const [index, name] of names.entries()) {
		const target = targets.find((candidate) => candidate.name === name || candidate.aliases.includes(name));
		const place = [
			...at,
			"targets",
			index
		];
		if (target === void 0) {
			const known = targets.map((candidate) => candidate.name);
			problems.push({
				path: place,
				...notAmong("target in the release", name, known)
			});
		} else if (found.has(target)) problems.push({
			path: place,
			what: "the same target twice",
			found: quote(name)
		});
		else found.add(target);
	}
	return [...found];
}
function checkDoubles({ problems }, list, names) {
	const seen = /* @__PURE__ */ new Set();
	for (const [index, name] of names.entries()) {
		if (seen.has(name)) {
			const expected = `names of ${list} that differ`;
			problems.push({
				path: [list, index],
				what: "the same name twice",
				found: quote(name),
				expected
			});
		}
		seen.add(name);
	}
}
function kindOf(entry) {
	if (typeof entry === "string") return PRESETS[entry].kind;
	return entry.kind ?? (entry.preset ? PRESETS[entry.preset].kind : "projects");
}
function collect(problems, path, check) {
	try {
		check();
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		const { where: _where, ...parts } = error.parts;
		problems.push({
			path,
			...parts
		});
	}
}

// src/config/fields.ts
function mapping(shape) {
	return strictObject(shape, { error: (issue) => issue.code === "unrecognized_keys" ? Object.keys(shape).join(", ") : void 0 }).transform((value) => camelKeys(value));
}
function camelKeys(value) {
	return Object.fromEntries(Object.entries(value).map(([key, field]) => [camel(key), field]));
}
function camel(key) {
	return key.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
}
function list(item) {
	return array(item).max(1e4, "10000 items or fewer").readonly();
}
function filledList(item) {
	return array(item).min(1, "a list with one item or more").max(1e4, "10000 items or fewer").readonly();
}
function form(pattern, expected, max = 255) {
	const error = ({ input }) => (typeof input === "number" || typeof input === "boolean") && pattern.test(String(input)) ? `${expected}, in quotes` : expected;
	return string({ error }).max(max, `${max} characters or fewer`).regex(pattern, expected);
}
const CONTROL = "\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029";
const NUL = "\\u0000";
const line = (max = 255) => form(new RegExp(`^[^${CONTROL}]+$`), "one line of text", max);
const PLAIN_NAME = "[A-Za-z0-9](?:[A-Za-z0-9+~_-]|\\.(?!\\.))*";
const plainName = () => form(new RegExp(`^${PLAIN_NAME}$`), "a name: letters, digits, +~_- and single dots, a letter or digit first", 128);
const packageName = () => form(/^[A-Za-z0-9][A-Za-z0-9+._-]*$/, "a package name: letters, digits and +._-, a letter or digit first", 128);
const architecture = () => form(/^[a-z0-9][a-z0-9_-]*$/, "an architecture such as amd64 or x86_64", 32);
const PARTS = `${PLAIN_NAME}(?:/${PLAIN_NAME})*`;
const suiteName = () => form(new RegExp(`^${PARTS}$`), "a suite such as bookworm or bookworm-updates", 128);
const sourceSuite = () => form(new RegExp(`^(?:${PARTS}/?|\\./(?:${PARTS}/)?|/)$`), "a suite such as bookworm-backports, or ./ for a flat repository", 128);
const componentName = () => form(new RegExp(`^${PARTS}$`), "a component such as main", 64);
const absolutePath = () => form(/^(?!(?:.*\/)?\.\.(?:\/|$))\/[A-Za-z0-9@%+=:,._~/-]*$/, "an absolute path without .. and blanks", 1024);
const insidePath = () => form(/^(?!(?:.*\/)?\.\.?(?:\/|$))[A-Za-z0-9._][A-Za-z0-9@%+=:,._~ /-]*$/, "a relative path without .. inside the code or spec project", 1024);
const anyPath = () => form(new RegExp(`^[^${CONTROL}-][^${CONTROL}]*$`), "a path", 1024);
const argument = () => form(new RegExp(`^[^${NUL}]*$`), "an argument without a NUL character", 4096);
const repositoryUri = () => form(/^(?!.*\/\.\.(?:\/|$))(?:https?:\/\/[A-Za-z0-9.[\]:-]+(?:\/[!#$%&()*+,./0-9:;=?@A-Z_a-z~-]*)?|(?:(?:file|copy):(?:\/\/(?=\/))?)?\/[!#$%&()*+,./0-9:;=?@A-Z_a-z~-]*)$/, "http://, https://, file:///, or an absolute path; no blanks, quotes, .. or credentials", 2048);
const webUrl = (more = "") => form(new RegExp(`^https?://[A-Za-z0-9.[\\]:-]+(?:/[!#$%&()*+,./0-9:;=?@A-Z_a-z~${more}-]*)?$`), "an http:// or https:// URL without blanks, quotes and credentials", 2048);
const mailbox = () => form(new RegExp(`^[^${CONTROL}<>"]*[^${CONTROL}<>" ] <[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.-]+>$`), "Name <mail@host>");
const sha256 = () => form(/^[0-9a-f]{64}$/, "64 lower case hexadecimal digits", 64);
const duration = () => form(/^(?=.)(?:\d{1,6}d)?(?:\d{1,6}h)?(?:\d{1,6}m)?(?:\d{1,8}s)?$/, "a duration such as 90s, 15m, 2h or 1h30m", 32).transform((text) => parseDuration(text) ?? 0);
const size = () => form(/^\d{1,12}(?:[KMGT](?:i?B)?)?$/, "a size such as 512M or 4G", 32).transform((text) => parseSize(text) ?? 0);
const whole = (min, max) => {
	const expected = `a whole number from ${min} to ${max}`;
	return int(expected).min(min, expected).max(max, expected);
};

// src/config/pattern.ts
const BOUND_PLACEHOLDERS = ["customer", "release"];
const NAME_PLACEHOLDERS = [
	"package",
	"distribution",
	"openstack"
];
const PATH_PLACEHOLDERS = ["group", "branch"];
var PatternError = class extends Error {
	name = "PatternError";
	expected;
	constructor(message, expected) {
		super(message);
		this.expected = expected;
	}
};
const MAX_TEXT = 256;
const MAX_OPTIONAL = 4;
const MAX_NAME = 512;
const PLACEHOLDERS$1 = [
	...BOUND_PLACEHOLDERS,
	...NAME_PLACEHOLDERS,
	...PATH_PLACEHOLDERS
];
function parsePattern(text, bound) {
	if (text.length > MAX_TEXT) throw new PatternError("the pattern is too long", `${MAX_TEXT} characters or fewer`);
	const parts = splitOptional(text);
	if (parts.filter(({ optional }) => optional).length > MAX_OPTIONAL) throw new PatternError("too many optional parts", `${MAX_OPTIONAL} or fewer`);
	let readings = [[]];
	for (const part of parts) {
		const tokens = tokenize(part.text, bound, part.optional);
		if (tokens === "absent") continue;
		const placeholders = tokens.some((token) => "placeholder" in token);
		if (part.optional && !placeholders && !/\{/.test(part.text)) throw new PatternError(`the optional part [${part.text}] has no placeholder`, "a placeholder in each optional part");
		const extended = readings.map((reading) => [...reading, ...tokens]);
		readings = part.optional && placeholders ? [...extended, ...readings] : extended;
	}
	const alternatives = readings.map((tokens) => alternative(tokens, text));
	const [first = /* @__PURE__ */ new Set(), ...others] = alternatives.map(({ names }) => new Set(names));
	return {
		text,
		alternatives,
		always: new Set([...first].filter((name) => others.every((names) => names.has(name)))),
		sometimes: new Set([first, ...others].flatMap((names) => [...names]))
	};
}
function fillPattern(pattern, values) {
	const usable = pattern.alternatives.filter(({ names }) => names.every((name) => values[name] !== void 0));
	const most = Math.max(...usable.map(({ names }) => names.length));
	for (const { tokens, regex, names } of usable) {
		if (names.length < most) continue;
		const name = tokens.map((token) => "text" in token ? token.text : values[token.placeholder] ?? "").join("");
		if (name.length <= MAX_NAME && regex.test(name)) return name;
	}
}
function splitOptional(text) {
	const parts = [];
	let rest = text;
	while (rest !== "") {
		const match = /^\[([^[\]]*)\]|^[^[\]]+/.exec(rest);
		if (!match) throw new PatternError("a bracket without its partner", "optional parts in [ ], none within another");
		parts.push({
			text: match[1] ?? match[0],
			optional: match[1] !== void 0
		});
		rest = rest.slice(match[0].length);
	}
	return parts;
}
function tokenize(text, bound, optional) {
	const tokens = [];
	let absent = false;
	for (const piece of text.split(/(\{[^{}]*\})/)) {
		const name = /^\{([^{}]*)\}$/.exec(piece)?.[1];
		if (name === void 0) {
			if (!/^[A-Za-z0-9._+~/-]*$/.test(piece)) throw new PatternError("a character that names do not have", "letters, digits, ._+~/-, {placeholders}, [optional]");
			if (piece !== "") tokens.push({ text: piece });
		} else if (isOneOf(BOUND_PLACEHOLDERS, name)) {
			const value = bound[name];
			if (value !== void 0) tokens.push({ text: value });
			else if (optional) absent = true;
			else throw new PatternError(`the pattern needs {${name}}, which has no value`, `the field ${name}`);
		} else if (isOneOf([...NAME_PLACEHOLDERS, ...PATH_PLACEHOLDERS], name)) tokens.push({ placeholder: name });
		else throw new PatternError(`no such placeholder {${name}}`, PLACEHOLDERS$1.map((known) => `{${known}}`).join(" "));
	}
	return absent ? "absent" : tokens;
}
function isOneOf(known, name) {
	return known.includes(name);
}
function alternative(tokens, text) {
	const names = tokens.flatMap((token) => "placeholder" in token ? [token.placeholder] : []);
	if (new Set(names).size !== names.length) throw new PatternError("a placeholder twice", "each placeholder once");
	const shape = tokens.map((token) => "text" in token ? token.text : `{${token.placeholder}}`).join("");
	if (shape === "" || shape.split("/").some((part) => /^\.{0,2}$/.test(part))) throw new PatternError("a reading of the pattern has an empty or dotted part", "parts with a slash between each two");
	if (shape.startsWith("-")) throw new PatternError("names do not start with -", "another first character");
	const crowded = shape.split("/").find((part) => part.split("{").length > 2);
	if (crowded !== void 0) throw new PatternError(`${crowded} can be read in several ways`, "one unknown between two slashes");
	if (names.filter((name) => isOneOf(PATH_PLACEHOLDERS, name)).length > 1) throw new PatternError(`${text} can be read in several ways`, "one of {group} and {branch}");
	const source = tokens.map((token) => {
		if ("text" in token) return token.text.replace(/[.+]/g, "\\$&");
		return isOneOf(PATH_PLACEHOLDERS, token.placeholder) ? `(${PLAIN_NAME}(?:/${PLAIN_NAME})*)` : `(${PLAIN_NAME})`;
	}).join("");
	return {
		tokens,
		regex: new RegExp(`^${source}$`),
		names
	};
}

// src/config/projects.ts
function projectPaths(projects, name, targets, kind) {
	const known = targets.flatMap((target) => [
		target.suite,
		target.name,
		...target.aliases
	]);
	return projects.filter((project) => kind === void 0 || project.kind === kind).flatMap((project) => {
		const patterns = [
			project.both,
			project.code,
			project.spec
		];
		return (patterns.some((pattern) => pattern?.sometimes.has("distribution")) ? [...new Set(known)] : [void 0]).flatMap((distribution) => {
			const values = {
				package: name,
				...distribution === void 0 ? {} : { distribution }
			};
			const [both, code, spec] = patterns.map((pattern) => pattern && fillPattern(pattern, values));
			if (both !== void 0) return [{
				kind: project.kind,
				code: both
			}];
			return code === void 0 || spec === void 0 ? [] : [{
				kind: project.kind,
				code,
				spec
			}];
		});
	});
}

// src/config/resolve-projects.ts
const ANY_BRANCH = "{branch}";
function resolveProjects(context) {
	const { value, problems } = context;
	const kinds = value.projects.map(kindOf);
	for (const [index, kind] of kinds.entries()) {
		if (kinds.indexOf(kind) === index) continue;
		problems.push({
			path: ["projects", index],
			what: `the kind ${kind} twice`,
			expected: "a kind for each entry"
		});
	}
	return value.projects.flatMap((_, index) => resolveProject(context, index) ?? []);
}
function resolveProject(context, index) {
	const { value, problems } = context;
	const entry = value.projects[index] ?? "plain";
	const own = typeof entry === "string" ? {} : entry;
	const presetName = typeof entry === "string" ? entry : entry.preset;
	const preset = presetName ? PRESETS[presetName] : void 0;
	const { project, code, spec } = (own.project ?? own.code ?? own.spec) === void 0 && preset ? preset : own;
	const at = ["projects", index];
	const bound = {
		release: value.release.version,
		...value.customer === void 0 ? {} : { customer: value.customer }
	};
	const before = problems.length;
	const read = (field, text) => text === void 0 ? void 0 : readPattern(context, [...at, field], text, bound);
	const branchText = own.branch ?? preset?.branch ?? ANY_BRANCH;
	const branch = read("branch", branchText);
	const specBranch = read("spec-branch", own.specBranch ?? branchText);
	const patterns = {
		both: read("project", project),
		code: read("code", code),
		spec: read("spec", spec)
	};
	if (problems.length > before || !branch || !specBranch) return void 0;
	const { both, ...pair } = patterns;
	if (both ? pair.code ?? pair.spec : !(pair.code && pair.spec)) {
		problems.push({
			path: at,
			what: "an entry that does not say how projects are named",
			expected: "preset, project, or both code and spec"
		});
		return;
	}
	if (both && own.specBranch !== void 0) problems.push({
		path: [...at, "spec-branch"],
		key: true,
		what: "a branch of spec projects where there are none",
		expected: "code and spec"
	});
	for (const [field, pattern] of Object.entries({
		project: both,
		code: pair.code,
		spec: pair.spec
	})) {
		if (!pattern || pattern.always.has("package")) continue;
		problems.push({
			path: [...at, field],
			what: "the pattern has no {package}",
			expected: "{package} outside of [ ]"
		});
	}
	if (pair.code && pair.spec) checkPair(context, at, [pair.code, branch], [pair.spec, specBranch]);
	return {
		kind: kindOf(entry),
		...both ? { both } : {},
		...pair.code ? { code: pair.code } : {},
		...pair.spec ? { spec: pair.spec } : {},
		branch,
		specBranch
	};
}
function checkPair({ problems }, at, code, spec) {
	if (code[0]?.text === spec[0]?.text && code[1]?.text === spec[1]?.text) problems.push({
		path: [...at, "spec"],
		what: "code and spec projects have the same names",
		expected: "project instead"
	});
	for (const kind of ["always", "sometimes"]) {
		const [inCode = /* @__PURE__ */ new Set(), inSpec = /* @__PURE__ */ new Set()] = [code, spec].map((patterns) => new Set(patterns.flatMap((pattern) => [...pattern[kind]])));
		const alone = [...inCode, ...inSpec].find((name) => !inCode.has(name) || !inSpec.has(name));
		if (alone === void 0) continue;
		problems.push({
			path: [...at, inCode.has(alone) ? "spec" : "code"],
			what: `{${alone}} is on one side of the pair only`,
			expected: "the same placeholders in code with branch as in spec with spec-branch"
		});
		return;
	}
}
function readPattern({ problems, value }, path, text, bound) {
	try {
		return parsePattern(text, bound);
	} catch (error) {
		if (!(error instanceof PatternError)) throw error;
		const [, index, field] = path;
		const entry = value.projects[Number(index)];
		const written = typeof entry === "object" && Object.values(entry).includes(text);
		if (field === "spec-branch" && typeof entry === "object" && entry.specBranch !== text) return void 0;
		problems.push({
			path: written ? path : path.slice(0, 2),
			what: error.message,
			found: JSON.stringify(text),
			expected: error.expected
		});
		return;
	}
}

// src/mirror/destination.ts
const FORMS = "rsync://[user@]host[:port]/module[/path], [user@]host:/path, ssh://[user@]host[:port]/path, or a folder";
const CHARACTERS = "a path of letters, digits and ._+~@=,-, without '..' and names that begin with -";
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])$/;
const PART = /^(?!\.\.?$)[A-Za-z0-9._+@=,][A-Za-z0-9._+~@=,-]*$/;
function parseDestination(text, where, resolve) {
	const wrong = (expected, remedy) => new UserError({
		what: "not a place of a mirror",
		where,
		found: quote(hideCredentials(text)),
		expected,
		...remedy === void 0 ? {} : { remedy }
	});
	if (text === "" || text.startsWith("-") || /[\u0000-\u001f\u007f]/.test(text)) throw wrong(FORMS);
	const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
	if (scheme === "rsync" || scheme === "ssh") {
		const [, authority = "", rest] = /^[^:]+:\/\/([^/]*)(.*)$/.exec(text) ?? [];
		const remote = {
			...parseAuthority(authority, wrong),
			path: parsePath(rest ?? "", wrong)
		};
		const shown = `${scheme}://${authority}/${remote.path}`;
		if (scheme === "ssh") return {
			kind: "ssh",
			name: shown,
			...remote,
			path: `/${remote.path}`
		};
		return {
			kind: "daemon",
			name: shown,
			...remote
		};
	}
	if (scheme !== void 0) throw wrong(FORMS);
	const [, authority, rest = ""] = /^((?:[^/[\]:]*@)?(?:\[[^/\]]*\]|[^/:]*)):(.*)$/.exec(text) ?? [];
	if (authority !== void 0) {
		if (rest.startsWith(":")) throw wrong(FORMS, `write it as rsync://${hideCredentials(`x://${authority}/`).slice(4)}…`);
		if (!rest.startsWith("/")) throw wrong(FORMS, "give the path on the mirror from its root: host:/path");
		const remote = {
			...parseAuthority(authority, wrong),
			path: `/${parsePath(rest, wrong)}`
		};
		return {
			kind: "ssh",
			name: `${authority}:${remote.path}`,
			...remote
		};
	}
	const folder = path.resolve(resolve(text));
	if (folder === "/") throw wrong("a folder of its own");
	return {
		kind: "folder",
		name: folder,
		path: folder
	};
}
function parseAuthority(text, wrong) {
	const at = text.lastIndexOf("@");
	const user = at === -1 ? void 0 : text.slice(0, at);
	if (user?.includes(":")) throw wrong("a place without a password", "give a key as ssh-key, the password of an rsync daemon as rsync-password");
	const [, host = "", digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text.slice(at + 1)) ?? [];
	const port = digits === void 0 ? void 0 : Number(digits);
	if (user !== void 0 && !USER.test(user)) throw wrong("a user of letters, digits and ._-");
	if (!HOST.test(host) || port !== void 0 && (port < 1 || port > 65535)) throw wrong(FORMS);
	return {
		user,
		host,
		port
	};
}
function parsePath(text, wrong) {
	const parts = text.split("/").filter((part) => part !== "" && part !== ".");
	if (parts.length === 0) throw wrong(`${FORMS}; not a root`);
	if (!parts.every((part) => PART.test(part))) throw wrong(CHARACTERS);
	return parts.join("/");
}
function rsyncPath(destination, below = "") {
	const tail = below === "" ? "/" : `/${below}`;
	if (destination.kind === "folder") return `${destination.path}${tail}`;
	const user = destination.user === void 0 ? "" : `${destination.user}@`;
	if (destination.kind === "ssh") return `${user}${destination.host}:${destination.path}${tail}`;
	const port = destination.port === void 0 ? "" : `:${destination.port}`;
	return `rsync://${user}${destination.host}${port}/${destination.path}${tail}`;
}
function checkDestinations(destinations, root, where) {
	const seen = /* @__PURE__ */ new Set();
	for (const destination of destinations) {
		const place = rsyncPath(destination);
		if (seen.has(place)) throw new UserError({
			what: "the same mirror twice",
			where,
			found: quote(destination.name)
		});
		seen.add(place);
		if (destination.kind === "folder" && (isWithin(destination.path, root) || isWithin(root, destination.path))) throw new UserError({
			what: "the mirror lies in the repository, or the repository in it",
			where,
			found: quote(destination.name),
			expected: `a folder apart from ${root}`
		});
	}
}
function isWithin(inner, outer) {
	return inner === outer || inner.startsWith(`${outer}/`);
}

// src/config/resolve-repositories.ts
const PLACEHOLDERS = [
	"{suite}",
	"{target}",
	"{release}"
];
function resolveRepositories(context) {
	const { value, targets } = context;
	if (value.repositories === void 0) {
		const input = {
			name: value.release.name,
			channels: ["latest"]
		};
		return targets.map((target) => repositoryOf(context, input, target));
	}
	checkDoubles(context, "repositories", value.repositories.map(({ name }) => name));
	const all = value.repositories.map((input, index) => resolveRepository(context, input, index));
	checkFolders(context, all);
	return all.flat();
}
function resolveRepository(context, input, index) {
	const { problems } = context;
	const at = ["repositories", index];
	const targets = namedTargets(context, input.targets, at);
	if (targets.length > 0 && targets.every(({ format }) => format === "rpm")) for (const field of [
		"suite",
		"components",
		"udebComponent",
		"origin"
	]) {
		if (input[field] === void 0) continue;
		const name = field === "udebComponent" ? "udeb-component" : field;
		problems.push({
			path: [...at, name],
			key: true,
			what: "a field of deb repositories",
			expected: "targets for deb"
		});
	}
	if (targets.length > 0 && targets.every(({ format }) => format === "deb") && input.groups !== void 0) {
		const what = "a field of rpm repositories";
		problems.push({
			path: [...at, "groups"],
			key: true,
			what,
			expected: "targets for rpm"
		});
	}
	const known = [...new Set(targets.flatMap((target) => target.architectures))];
	for (const [place, architecture] of (input.architectures ?? []).entries()) {
		if (known.some((name) => isSameArchitecture(name, architecture))) continue;
		const parts = notAmong("architecture of the targets", architecture, known);
		problems.push({
			path: [
				...at,
				"architectures",
				place
			],
			...parts
		});
	}
	for (const [place, channel] of input.channels.entries()) {
		const path = [
			...at,
			"channels",
			place
		];
		collect(problems, path, () => checkChannelName(channel, ""));
		if (input.channels.indexOf(channel) !== place) problems.push({
			path,
			what: "the same channel twice",
			found: quote(channel)
		});
	}
	const templates = [...["path", "url"].map((field) => [[...at, field], input[field]]), ...(input.mirrors ?? []).map((mirror, place) => [[
		...at,
		"mirrors",
		place
	], mirror])];
	for (const [path, text] of templates) {
		const placeholder = text?.match(/[{}][^{}]*\}?/g)?.find((part) => !PLACEHOLDERS.includes(part));
		if (placeholder === void 0) continue;
		const expected = PLACEHOLDERS.join(", ");
		problems.push({
			path,
			what: "an unknown placeholder",
			found: quote(placeholder),
			expected
		});
	}
	for (const [place, mirror] of (input.mirrors ?? []).entries()) {
		const filled = mirror.replace(/\{[a-z]+\}/g, "x");
		collect(problems, [
			...at,
			"mirrors",
			place
		], () => parseDestination(filled, "", (folder) => folder));
		if (targets.length < 2 || /\{(?:suite|target)\}/.test(mirror)) continue;
		const expected = "a place for each, such as one with {target} in its path";
		problems.push({
			path: [
				...at,
				"mirrors",
				place
			],
			what: "one mirror of several repositories",
			expected
		});
	}
	return targets.map((target) => repositoryOf(context, input, target));
}
function checkFolders({ value, problems }, all) {
	const owners = /* @__PURE__ */ new Map();
	for (const [index, repositories] of all.entries()) for (const { name, target, path: folder } of repositories) {
		if (folder === void 0) continue;
		const owner = owners.get(folder);
		owners.set(folder, owner ?? `${name} for ${target.name}`);
		if (owner === void 0) continue;
		problems.push({
			path: [
				"repositories",
				index,
				"path"
			],
			what: `the folder of ${name} for ${target.name} is that of ${owner}`,
			found: quote(value.repositories?.[index]?.path ?? ""),
			expected: "a folder for each, such as one with {target} in its path"
		});
		break;
	}
}
function repositoryOf({ value, folder }, input, target) {
	const { release } = value;
	const values = {
		"{suite}": target.suite,
		"{target}": target.name,
		"{release}": release.version
	};
	const fill = (text) => text.replace(/\{[a-z]+\}/g, (name) => values[name] ?? name);
	const [channel = "latest", ...channels] = input.channels;
	const wanted = input.architectures ?? value.architectures;
	const architectures = wanted === void 0 ? void 0 : architecturesOf(target, wanted);
	return {
		name: input.name,
		target,
		format: target.format,
		...input.path === void 0 ? {} : { path: path.resolve(folder, fill(input.path)) },
		...input.url === void 0 ? {} : { url: fill(input.url).replace(/\/+$/, "") },
		suite: fill(input.suite ?? "{suite}"),
		components: target.format === "deb" ? input.components ?? ["main"] : [],
		...input.udebComponent === void 0 ? {} : { udebComponent: input.udebComponent },
		...architectures === void 0 ? {} : { architectures },
		origin: input.origin ?? release.name,
		label: input.label ?? input.name,
		...input.groups === void 0 || target.format === "deb" ? {} : { groups: path.resolve(folder, input.groups) },
		description: input.description ?? `Packages of ${release.name} ${release.version}`,
		channels: [channel, ...channels],
		...input.keepVersions === void 0 ? {} : { keepVersions: input.keepVersions },
		...input.allowedSigners === void 0 ? {} : { allowedSigners: input.allowedSigners.map((file) => path.resolve(folder, file)) },
		...input.mirrors === void 0 ? {} : { mirrors: input.mirrors.map((each) => mirrorOf(fill(each), folder)) }
	};
}
function mirrorOf(text, folder) {
	try {
		return parseDestination(text, "", (relative) => path.resolve(folder, relative)).name;
	} catch {
		return text;
	}
}
function resolveSources$1(context) {
	const { value } = context;
	checkDoubles(context, "sources", value.sources.map(({ name }) => name));
	return value.sources.flatMap((input, index) => resolveSource(context, input, index) ?? []);
}
function resolveSource(context, input, index) {
	const { folder, problems } = context;
	const at = ["sources", index];
	const bad = (field, what, expected, key = false) => {
		problems.push({
			path: field === void 0 ? at : [...at, field],
			what,
			expected,
			...key ? { key } : {}
		});
	};
	if (input.line === void 0 === (input.uri === void 0)) {
		bad(void 0, input.line === void 0 ? "a source without an address" : "a source with two addresses", "one of line and uri");
		return;
	}
	const aim = sourceTargets(context, input, at);
	if (aim === void 0) return void 0;
	const { format, targets } = aim;
	const written = format === "deb" ? readDeb(context, input, at) : readRpm(context, input, at);
	if (written === void 0) return void 0;
	const { signedBy, ...address } = written;
	if (input.key !== void 0 && signedBy !== void 0) bad("key", "a key beside signed-by", "one of them");
	const trusted = input.trusted || written.trusted;
	if (trusted && !/^(?:file:|copy:|\/)/.test(written.uri)) bad(input.trusted ? "trusted" : "line", "a source over the network must be signed", "key");
	if (input.priority === void 0 && (input.pin ?? input.pinPackages) !== void 0) bad(input.pin === void 0 ? "pin-packages" : "pin", "a pin without a priority", "priority beside it", true);
	const key = typeof input.key === "string" ? { path: path.resolve(folder, input.key) } : input.key;
	const signed = signedBy === void 0 ? key : { path: signedBy };
	return {
		...address,
		name: input.name,
		format,
		...signed ? { key: signed } : {},
		trusted,
		...input.priority === void 0 ? {} : { priority: input.priority },
		...input.priority === void 0 || format === "rpm" ? {} : { pin: input.pin ?? `origin ${quote(hostOf(written.uri))}` },
		pinPackages: input.pinPackages ?? ["*"],
		targets
	};
}
function sourceTargets(context, input, at) {
	const { problems } = context;
	const written = input.line !== void 0 || input.suites !== void 0 ? "deb" : "rpm";
	const targets = input.targets ? namedTargets(context, input.targets, at) : context.targets.filter((target) => target.format === written);
	const formats = [...new Set(targets.map((target) => target.format))];
	const [format] = formats;
	if (formats.length > 1) {
		const found = targets.map((target) => `${target.name} (${target.format})`).join(", ");
		const expected = "targets of one format";
		problems.push({
			path: [...at, "targets"],
			what: "a source for two formats",
			found,
			expected
		});
	} else if (format !== void 0) return {
		format,
		targets
	};
	else if (input.targets === void 0) {
		const what = `a source for ${written} packages in a release without ${written} targets`;
		problems.push({
			path: at,
			what,
			expected: "suites for deb, none for rpm"
		});
	}
}
function readDeb({ problems, folder }, input, at) {
	const double = [
		"suites",
		"components",
		"architectures"
	].find((field) => input.line !== void 0 && input[field] !== void 0);
	if (double) {
		problems.push({
			path: [...at, double],
			key: true,
			what: "a field beside line, which says it",
			expected: "one of them"
		});
		return;
	}
	if (input.line === void 0 && input.suites === void 0) {
		problems.push({
			path: [...at, "suites"],
			what: "a required field is missing",
			expected: "suites of a deb source"
		});
		return;
	}
	if (input.line !== void 0 && /\/\/[^/\s]*@/.test(input.line)) {
		const expected = "an address without them, and apt_auth.conf(5) on the machine";
		problems.push({
			path: [...at, "line"],
			what: "credentials in the address",
			expected
		});
		return;
	}
	const lines = input.line ? [input.line] : (input.suites ?? []).map((suite) => [
		"deb",
		input.uri,
		suite,
		...input.components ?? []
	].join(" "));
	try {
		const sources = lines.map((text) => parseAptSource(text, "", (file) => path.resolve(folder, file)));
		const [first] = sources;
		if (first === void 0) return void 0;
		if (first.type === "deb-src") {
			problems.push({
				path: [...at, "line"],
				what: "a source of source packages",
				found: "deb-src",
				expected: "deb"
			});
			return;
		}
		const [signedBy, second] = first.signedBy;
		if (second !== void 0) {
			problems.push({
				path: [...at, "line"],
				what: "several keys in signed-by",
				expected: "one file with all of them"
			});
			return;
		}
		return {
			uri: first.uri,
			suites: sources.map(({ suite }) => suite),
			components: first.components,
			architectures: input.architectures ?? first.architectures,
			trusted: first.trusted,
			...signedBy === void 0 ? {} : { signedBy }
		};
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		const { where: _where, ...parts } = error.parts;
		problems.push({
			path: input.line === void 0 ? at : [...at, "line"],
			...parts
		});
		return;
	}
}
function readRpm({ problems }, input, at) {
	const wrong = [
		"line",
		"suites",
		"components",
		"architectures",
		"pin",
		"pinPackages"
	].find((field) => input[field] !== void 0);
	if (wrong) {
		const name = wrong === "pinPackages" ? "pin-packages" : wrong;
		problems.push({
			path: [...at, name],
			key: true,
			what: "a field of deb sources",
			expected: "targets for deb"
		});
		return;
	}
	if (input.priority !== void 0 && (input.priority < 1 || input.priority > 99)) {
		const expected = "a priority from 1 to 99 for rpm";
		problems.push({
			path: [...at, "priority"],
			what: "a value that cannot be used",
			found: `the number ${input.priority}`,
			expected
		});
	}
	return {
		uri: (input.uri ?? "").replace(/\/+$/, ""),
		suites: [],
		components: [],
		architectures: [],
		trusted: false
	};
}
function hostOf(uri) {
	return /^https?:/.test(uri) ? new URL(uri).hostname : "";
}

// src/config/target-schema.ts
const sourceSchema$1 = mapping({
	mirror: repositoryUri().describe("Address of the archive. Without it the host's own apt configuration is asked, then mmdebstrap's default.").exactOptional(),
	suites: filledList(suiteName()).describe("Suites to take, such as bookworm and bookworm-updates."),
	components: filledList(componentName()).describe("Components to take. Without it: the target's.").exactOptional(),
	keyring: absolutePath().describe("Keyring of this source. Without it: the target's.").exactOptional()
});
const mockSchema = mapping({
	config: form(/^(?!.*\.\.)[A-Za-z0-9](?:[A-Za-z0-9.+_/-]|\{architecture\})*$/, "name of a mock configuration, such as rocky-9-{architecture}", 128).describe("Name of a mock configuration below /etc/mock; `{architecture}` stands for the architecture built for.").exactOptional(),
	text: string().min(1, "the text of a mock configuration").max(65536, "65536 characters or fewer").describe("A whole mock configuration, instead of a name. It is a program that mock runs: review it as one.").exactOptional()
});
const targetInputSchema = mapping({
	name: plainName().describe("Name of the target. The name of a built-in one replaces it."),
	extends: plainName().describe("Name or alias of the target whose fields hold where this one has none of its own.").exactOptional(),
	aliases: list(plainName()).describe("Further names, such as the codename.").exactOptional(),
	format: _enum(["deb", "rpm"]).describe("Package format.").exactOptional(),
	distribution: plainName().describe("Distribution: debian, ubuntu, el, centos.").exactOptional(),
	release: plainName().describe("Release of the distribution, in quotes.").exactOptional(),
	suite: plainName().describe("Codename: what mmdebstrap is told, changelog entries are for, and the published suite is named by default.").exactOptional(),
	architectures: filledList(architecture()).describe("Architectures that the distribution has.").exactOptional(),
	components: filledList(componentName()).describe("deb: components of the archive. Without it: main.").exactOptional(),
	sources: filledList(sourceSchema$1).describe("deb: apt sources of the buildroot.").exactOptional(),
	mirror: repositoryUri().describe("deb: address for all sources that name none. Sources that are only `-security` suites need `security-mirror`, and are left out without it.").exactOptional(),
	"security-mirror": repositoryUri().describe("deb: address for sources that name none and are only `-security` suites.").exactOptional(),
	"extra-sources": list(sourceSchema$1).describe("deb: apt sources beside `sources`, added to those of the extended target.").exactOptional(),
	keyring: absolutePath().describe("deb: keyring that the archive's signatures are checked by.").exactOptional(),
	include: list(packageName()).describe("Packages always in the buildroot, beside build-essential.").exactOptional(),
	"version-tag": form(/^[A-Za-z0-9][A-Za-z0-9.]*$/, "letters, digits and dots", 32).describe("What `{tag}` stands for in version suffixes: deb12, ubuntu24.04.").exactOptional(),
	mock: mockSchema.describe("rpm: the mock configuration, by name or as text.").exactOptional()
});

// src/config/schema.ts
const template = () => form(/^[A-Za-z0-9.+~:%?{}_-]+$/, "a template such as {stem}{n}");
const suffix = () => form(/^(?:[+~.](?:[A-Za-z0-9.+~]|\{tag\})+)?$/, "+ or ~ or . and then letters, digits, .+~ and {tag}", 64);
const versionFields = {
	scheme: _enum(VERSION_SCHEMES).describe("How versions are made: `changelog` as debian/changelog or the spec says, `commits` revision by commits since the tag, `date`, `hotfix` `BASE.DELTA.0`, `security` `BASE.0.DELTA`, or `template`."),
	template: template().describe("For the scheme `template`: the revision, with placeholders such as `{stem}{n}` (docs/versions.md)."),
	suffix: union([suffix(), record(plainName(), suffix())]).describe("Put behind the version, so that the same source built for several targets has several versions; `{tag}` is the target's version tag. One text for all targets, or a mapping from target to text. Without it: `+{tag}` for the deb targets of a release that has several, else nothing."),
	"parent-branch": form(/^(?!-)(?!.*\.\.)(?!.*\/\/)[A-Za-z0-9._+~/-]+$/, "the name of a branch").describe("For `hotfix` and `security`: the branch that this one left; commits up to the merge base count as BASE."),
	"tag-pattern": form(/^(?!-)[A-Za-z0-9._+~/*?[\]-]+$/, "a pattern of tags such as v*[0-9]*").describe("Tags that are versions, as in `git describe --match`."),
	"changelog-commits": whole(0, 1e3).describe("Latest commits that the new changelog entry names.")
};
const versionsSchema = mapping({
	scheme: versionFields.scheme.default("changelog"),
	template: versionFields.template.exactOptional(),
	suffix: versionFields.suffix.exactOptional(),
	"parent-branch": versionFields["parent-branch"].exactOptional(),
	"tag-pattern": versionFields["tag-pattern"].default("*[0-9]*"),
	"changelog-commits": versionFields["changelog-commits"].default(10)
});
const ownVersionsSchema = mapping({
	scheme: versionFields.scheme.exactOptional(),
	template: versionFields.template.exactOptional(),
	suffix: versionFields.suffix.exactOptional(),
	"parent-branch": versionFields["parent-branch"].exactOptional(),
	"tag-pattern": versionFields["tag-pattern"].exactOptional(),
	"changelog-commits": versionFields["changelog-commits"].exactOptional()
});
const buildFields = {
	timeout: duration().describe("Wall-clock limit of one build."),
	parallel: union([literal("auto"), whole(1, 1024)]).describe("Jobs at once within one build (`DEB_BUILD_OPTIONS=parallel=N`, `%_smp_mflags`); `auto`: the processors, shared among the builds."),
	"max-parallel": union([literal("auto"), whole(1, 256)]).describe("Builds at once on one machine; `auto`: by its processors and memory."),
	network: boolean().describe("Leave the network reachable while building. Dependencies are installed with network either way."),
	profiles: list(form(/^[a-z0-9][a-z0-9.+-]*$/, "a build profile such as nocheck", 64)).describe("deb: build profiles (`DEB_BUILD_PROFILES`). rpm: `--with` conditions."),
	options: list(form(/^(?!parallel(?:=|$))[A-Za-z0-9][A-Za-z0-9=,.+_-]*$/, "an option such as nocheck; parallel has a field of its own", 128)).describe("deb: `DEB_BUILD_OPTIONS`, deb-policy 4.9.1."),
	"tmpfs-size": union([literal("auto"), size()]).describe("Memory for what a build writes; `auto`: by memory and the builds at once; `0`: on disk."),
	"extra-packages": list(packageName()).describe("Packages installed in the build session beside the build dependencies.")
};
const buildSchema = mapping({
	timeout: buildFields.timeout.prefault("2h"),
	parallel: buildFields.parallel.default("auto"),
	"max-parallel": buildFields["max-parallel"].default("auto"),
	network: buildFields.network.default(false),
	profiles: buildFields.profiles.default([]),
	options: buildFields.options.default([]),
	"tmpfs-size": buildFields["tmpfs-size"].prefault("auto"),
	"extra-packages": buildFields["extra-packages"].default([])
});
const ownBuildSchema = mapping({
	timeout: buildFields.timeout.exactOptional(),
	parallel: buildFields.parallel.exactOptional(),
	network: buildFields.network.exactOptional(),
	profiles: buildFields.profiles.exactOptional(),
	options: buildFields.options.exactOptional(),
	"tmpfs-size": buildFields["tmpfs-size"].exactOptional(),
	"extra-packages": buildFields["extra-packages"].exactOptional()
});
const gitUrl = form(/^(?:(?:https?|git|file):\/\/(?!-)[A-Za-z0-9.[\]:-]*\/|ssh:\/\/(?:[A-Za-z0-9._-]+@)?(?!-)[A-Za-z0-9.[\]:-]+\/|[A-Za-z0-9._-]+@(?!-)[A-Za-z0-9.-]+:)[A-Za-z0-9._+~@%/-]+$/, "a URL that git fetches from by https, http, ssh, git or file, without credentials", 2048);
const gitSchema = mapping({
	url: gitUrl.describe("URL that git fetches from."),
	ref: form(/^(?!-)(?!.*\.\.)[A-Za-z0-9._+~/-]+$/, "a branch, tag or commit").describe("Branch, tag or commit. Without it: the project's default branch.").exactOptional()
});
const projectLocation = () => union([anyPath(), gitSchema]);
const packageSchema = mapping({
	name: packageName().describe("Name of the source package."),
	code: projectLocation().describe("Code project: a path relative to this file, or a git URL (text, or `url` and `ref`). Without it and `spec`: the folder of this file, or where that has no packaging the checkout below it that is named as `projects` says.").exactOptional(),
	spec: projectLocation().describe("Spec project, where the packaging is not in the code project: a path or a git URL.").exactOptional(),
	kind: plainName().describe("The `kind` of the entry in `projects` whose names this package follows. Without it: any of them.").exactOptional(),
	targets: filledList(plainName()).describe("Targets it is built for. Without it: all of the release.").exactOptional(),
	"debian-path": insidePath().describe("deb: folder of the packaging inside the spec project (or the code project).").default("debian"),
	"spec-file": insidePath().describe("rpm: the spec file inside the spec project (or the code project). Without it: the `*.spec` at the top of it or in a folder such as `SPECS`, `rpm`, `packaging` or `dist`, of several the one that is named as the package.").exactOptional(),
	versions: ownVersionsSchema.describe("What differs from `versions`.").exactOptional(),
	build: ownBuildSchema.describe("What differs from `build`.").exactOptional(),
	smoke: array(argument()).min(1, "a command and its arguments").max(256, "256 arguments or fewer").readonly().refine((argv) => argv[0] !== "", "a command and its arguments").describe("Command that must succeed where the packages are installed: a list of arguments, no shell.").exactOptional()
});
const projectSchema = mapping({
	preset: _enum(PRESET_NAMES).describe("Patterns known by name; the fields beside it win over its own.").exactOptional(),
	kind: plainName().describe("Name of these projects. Without it: the preset's.").exactOptional(),
	project: line().describe("Pattern of projects that hold code and packaging together.").exactOptional(),
	code: line().describe("Pattern of code projects, with `spec`.").exactOptional(),
	spec: line().describe("Pattern of the spec projects that belong to them.").exactOptional(),
	branch: line().describe("Pattern of the branches of this release. Without it: `{branch}`, any. A build takes what is checked out.").exactOptional(),
	"spec-branch": line().describe("Pattern of the spec projects' branches. Without it: the same as `branch`.").exactOptional()
});
const repositorySchema = mapping({
	name: plainName().describe("Name, for people, commands and votes."),
	path: anyPath().describe("Folder on the publisher, absolute or relative to this file; `{target}` is the target's name, `{suite}` its codename, `{release}` the release's version. Without it the action or command that publishes says where.").exactOptional(),
	url: webUrl("{}").describe("Public address, for instructions to users; placeholders as in `path`.").exactOptional(),
	targets: filledList(plainName()).describe("Targets whose packages go there: one repository for each. Without it: all of the release.").exactOptional(),
	suite: form(/^(?!.*\.\.)(?:[A-Za-z0-9]|\{(?:suite|release|target)\})(?:[A-Za-z0-9.+~_-]|\{(?:suite|release|target)\})*$/, "a suite of letters, digits, .+~_-, {suite}, {release} and {target}", 128).describe("deb: the published suite; placeholders as in `path`. Without it: `{suite}`.").exactOptional(),
	components: filledList(componentName()).describe("deb: components; packages go to the first one. Without it: main.").exactOptional(),
	"udeb-component": componentName().describe("deb: component whose `debian-installer` area udebs go to. Without it the one that packages go to.").exactOptional(),
	architectures: filledList(architecture()).describe("Architectures. Without it: those of the release.").exactOptional(),
	origin: line(128).describe("deb: Origin in the Release file. Without it: the name of the release.").exactOptional(),
	label: line(128).describe("deb: Label in the Release file. rpm: name in .repo files. Without it: the name of the repository.").exactOptional(),
	groups: anyPath().describe("rpm: file with groups of packages (comps.xml), absolute or relative to this file.").exactOptional(),
	description: line(1024).describe("Description. Without it: made of the names.").exactOptional(),
	channels: filledList(plainName()).describe("Channels (named pointers to a published state); publishing moves the first.").default(["latest"]),
	"keep-versions": whole(1, 1e3).describe("How many versions of each source package its channels keep. Without it: as many as the channel keeps already, 1 in a new one.").exactOptional(),
	"allowed-signers": filledList(anyPath()).describe("Files with the public keys that builds must be signed by, absolute or relative to this file. Without it builds need no signatures.").exactOptional(),
	mirrors: filledList(line(1024)).describe("Where `mirror-repository` copies it: `rsync://[user@]host[:port]/module[/path]`, `[user@]host:/path`, `ssh://...`, or a folder, absolute or relative to this file; placeholders as in `path`.").exactOptional()
});
const keySchema = union([anyPath(), mapping({
	url: webUrl().describe("Where the key is downloaded from."),
	sha256: sha256().describe("SHA-256 of what is downloaded.")
})]);
const sourceSchema = mapping({
	name: plainName().describe("Name, for errors and files."),
	line: line(2048).describe("deb: the repository as one line of sources.list(5), instead of `uri`, `suites` and `components`.").exactOptional(),
	uri: repositoryUri().describe("Address: of an apt archive, or the baseurl of an rpm repository.").exactOptional(),
	suites: filledList(sourceSuite()).describe("deb: suites, or `./` and the like for a flat repository.").exactOptional(),
	components: filledList(componentName()).describe("deb: components.").exactOptional(),
	architectures: filledList(architecture()).describe("deb: only these architectures.").exactOptional(),
	key: keySchema.describe("Key that signs it: a path relative to this file, or `url` and `sha256`.").exactOptional(),
	trusted: boolean().describe("Take packages without a signature. Only for a repository on this machine.").default(false),
	priority: whole(-32768, 32767).describe("deb: pin priority (apt_preferences(5)). rpm: priority, 1 to 99, the lower the stronger.").exactOptional(),
	pin: form(/^(?:release|origin|version) [A-Za-z0-9.+~_=,:*"/ -]+$/, "release ..., origin ... or version ... of apt_preferences(5)").describe("deb: what `priority` holds for. Without it: everything from the address's host.").exactOptional(),
	"pin-packages": filledList(form(/^[A-Za-z0-9*?][A-Za-z0-9*?.+:_-]*$/, "a package name or a glob", 128)).describe("deb: packages that `priority` holds for. Without it: all.").exactOptional(),
	targets: filledList(plainName()).describe("Targets it is used for. Without it: all of one format.").exactOptional()
});
const fingerprint = form(/^(?:0x)?[0-9A-Fa-f](?: ?[0-9A-Fa-f]){39}(?:(?: ?[0-9A-Fa-f]){24})?$/, "a whole fingerprint: 40 or 64 hexadecimal digits", 128).transform((text) => text.replace(/^0x/, "").replaceAll(" ", "").toUpperCase());
const targetReference = form(/^(?!-)[A-Za-z0-9@%+=:,._~ /-]+$/, "a target or the path of a target file", 1024);
const packagingSchema = mapping({
	release: mapping({
		name: plainName().describe("Name of the release, such as that of your distribution."),
		version: plainName().describe("Its version, in quotes: YAML reads 1.10 as 1.1.").default("1")
	}).describe("The release that this file describes."),
	customer: plainName().describe("Prefix of the projects of one customer. Without it the projects have none.").exactOptional(),
	maintainer: mailbox().describe("`Name <mail@host>` in new changelog entries.").exactOptional(),
	targets: filledList(union([targetReference, targetInputSchema])).describe("What packages are built for: names or aliases of targets, paths of target files, or targets written out here."),
	architectures: filledList(architecture()).describe("Architectures to build for, by the names of Debian or of rpm. Without it: that of the machine that builds.").exactOptional(),
	projects: filledList(union([_enum(PRESET_NAMES), projectSchema])).describe("How projects and branches are named: presets by name, or patterns. Packages without `code` are looked for by these names.").prefault(["plain"]),
	packages: list(union([packageName(), packageSchema])).describe("The packages of the release: names, or mappings. Without it: any package, with the defaults; `pipeline` then needs the names as its input.").default([]),
	versions: versionsSchema.describe("How versions are made.").prefault({}),
	repositories: filledList(repositorySchema).describe("Where packages are published: each entry gives one repository for each of its targets. Without it: one entry, named as the release.").exactOptional(),
	sources: list(sourceSchema).describe("Package repositories that builds may install from, beside those of the target.").default([]),
	build: buildSchema.describe("How packages are built.").prefault({}),
	signing: mapping({ key: fingerprint.describe("Fingerprint of the key that must sign. The key itself is a secret and never in this file.").exactOptional() }).describe("What repositories are signed with.").prefault({}),
	limits: mapping({
		"lock-timeout": duration().describe("How long to wait for another build's or publisher's lock.").prefault("1h"),
		"smoke-timeout": duration().describe("Wall-clock limit of a smoke command.").prefault("5m"),
		retries: whole(0, 20).describe("How often apt or mock is asked again when a repository does not answer, or changed meanwhile.").default(2),
		"log-size": size().refine((bytes) => bytes === 0 || bytes >= 1024 ** 2, "1M or more, or 0 for no limit").describe("Largest build log that is kept whole; the middle of a larger one is left out. `0`: no limit.").prefault("256M"),
		"output-size": size().describe("Largest sum of the files that one build gives, and largest single file that it writes; one that makes more fails. `0`: no limit.").prefault("8G")
	}).describe("Limits.").prefault({})
});
function isUrl(text) {
	return /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/|:)|^[^/]*@[^/]*:/.test(text);
}

// src/config/target.ts
const DEB_ONLY = [
	"components",
	"sources",
	"mirror",
	"securityMirror",
	"extraSources",
	"keyring"
];
const REQUIRED = [
	"format",
	"distribution",
	"release",
	"suite",
	"architectures",
	"versionTag"
];
let builtIn;
function builtInInputs() {
	builtIn ??= readdirSync(assetPath("targets")).filter((name) => name.endsWith(".yml")).sort((a, b) => a.localeCompare(b, "en", { numeric: true })).map((name) => {
		const file = assetPath("targets", name);
		return parseConfiguration(readFileSync(file, "utf8"), file, targetInputSchema).value;
	});
	return builtIn;
}
function resolveTarget(nameOrAlias, own = []) {
	const input = findTargetInput(nameOrAlias, own);
	if (input) return resolveInput(input, own);
	throw new UserError({
		what: "no such target",
		...unknownTarget(nameOrAlias, own)
	});
}
function unknownTarget(name, own) {
	const known = [...new Set([...own, ...builtInInputs()].map((target) => target.name))];
	const remedy = didYouMean(name, [...known, ...[...own, ...builtInInputs()].flatMap((target) => target.aliases ?? [])]);
	return {
		found: quote(name),
		expected: known.join(", "),
		...remedy === void 0 ? {} : { remedy }
	};
}
async function resolveTargetReference(reference, own = []) {
	if (!isTargetFile(reference)) return resolveTarget(reference, own);
	const { value, error } = await readTargetFile(reference);
	const problems = targetProblems(value, own);
	if (problems.length > 0) throw error(problems);
	return resolveInput(value, own);
}
function isTargetFile(reference) {
	return reference.includes("/") || /\.ya?ml$/.test(reference);
}
async function readTargetFile(file) {
	return parseConfiguration(await readConfigurationFile(file), file, targetInputSchema);
}
function findTargetInput(nameOrAlias, own, except = /* @__PURE__ */ new Set()) {
	for (const inputs of [own, builtInInputs()]) {
		const candidates = inputs.filter((input) => !except.has(input));
		const found = candidates.find((input) => input.name === nameOrAlias) ?? candidates.find((input) => input.aliases?.includes(nameOrAlias));
		if (found) return found;
	}
}
function lineage(input, own) {
	const chain = [input];
	const seen = new Set(chain);
	for (let current = input; current.extends !== void 0;) {
		const base = findTargetInput(current.extends, own, seen);
		if (base === void 0) return {
			chain,
			missing: current.extends
		};
		seen.add(base);
		chain.push(base);
		current = base;
	}
	return { chain };
}
function merge(chain, input) {
	const { aliases: _aliases, extends: _extends, ...rest } = Object.assign({}, ...chain.toReversed());
	const extraSources = chain.toReversed().flatMap((part) => part.extraSources ?? []);
	return {
		...rest,
		...input.aliases ? { aliases: input.aliases } : {},
		...extraSources.length > 0 ? { extraSources } : {}
	};
}
function targetProblems(input, own) {
	const { chain, missing } = lineage(input, own);
	if (missing !== void 0) {
		if (findTargetInput(missing, own)) return [{
			path: ["extends"],
			what: "targets that extend each other",
			found: [...chain.map(({ name }) => name), missing].join(" extends "),
			expected: "an end"
		}];
		return [{
			path: ["extends"],
			what: "no such target to extend",
			...unknownTarget(missing, own)
		}];
	}
	const merged = merge(chain, input);
	const problems = [];
	const base = chain[1];
	const baseFormat = base && merge(chain.slice(1), base).format;
	if (input.format !== void 0 && baseFormat !== void 0 && input.format !== baseFormat) return [{
		path: ["format"],
		what: "a target of another format than the one that it extends",
		found: input.format,
		expected: baseFormat
	}];
	for (const field of REQUIRED) {
		if (merged[field] !== void 0) continue;
		problems.push({
			path: [kebab(field)],
			what: "a required field is missing",
			expected: `${kebab(field)}, or extends and a target that has it`
		});
	}
	if (merged.format === "deb") {
		if (input.mock !== void 0) problems.push({
			path: ["mock"],
			key: true,
			what: "mock builds rpm packages and this is a deb target",
			expected: "sources, or format: rpm"
		});
		if (merged.securityMirror !== void 0 && merged.mirror === void 0) problems.push({
			path: ["security-mirror"],
			what: "a mirror for security suites alone",
			expected: "mirror beside it"
		});
		if (merged.sources === void 0) problems.push({
			path: ["sources"],
			what: "a required field is missing",
			expected: "the apt sources of the buildroot, or extends and a target that has them"
		});
	}
	if (merged.format === "rpm") {
		for (const field of DEB_ONLY) {
			if (input[field] === void 0) continue;
			problems.push({
				path: [kebab(field)],
				key: true,
				what: "the field is for deb targets and this is an rpm target",
				expected: "mock, or format: deb"
			});
		}
		const { config, text } = merged.mock ?? {};
		if (config === void 0 === (text === void 0)) problems.push({
			path: ["mock"],
			what: config === void 0 ? "a required field is missing" : "two mock configurations",
			expected: "one of config and text"
		});
	}
	return problems;
}
function resolveInput(input, own) {
	const [problem] = targetProblems(input, own);
	const merged = merge(lineage(input, own).chain, input);
	const { format, distribution, release, suite, architectures, versionTag } = merged;
	if (problem || format === void 0 || distribution === void 0 || release === void 0 || suite === void 0 || architectures === void 0 || versionTag === void 0) {
		const { path, key: _key, ...parts } = problem ?? {
			path: [],
			what: "a target without its fields"
		};
		throw new UserError({
			...parts,
			where: `target ${input.name}${path.length > 0 ? ` ${path.join(".")}` : ""}`
		});
	}
	return {
		name: merged.name,
		aliases: merged.aliases ?? [],
		format,
		distribution,
		release,
		suite,
		architectures,
		components: format === "deb" ? merged.components ?? ["main"] : [],
		sources: resolveSources(merged),
		...merged.keyring === void 0 ? {} : { keyring: merged.keyring },
		include: merged.include ?? [],
		versionTag,
		...merged.mock ? { mock: resolveMock(merged.mock) } : {}
	};
}
function resolveMock({ config, text }) {
	return config === void 0 ? { text: text ?? "" } : { config };
}
function resolveSources(target) {
	const { mirror, securityMirror, components = ["main"] } = target;
	const resolve = (source) => {
		const security = source.suites.every((suite) => suite.endsWith("-security"));
		const address = source.mirror ?? (security ? securityMirror : mirror);
		if (address === void 0 && mirror !== void 0) return [];
		return [{
			...source,
			components: source.components ?? components,
			...address ? { mirror: address } : {}
		}];
	};
	return [...target.sources ?? [], ...target.extraSources ?? []].flatMap(resolve);
}
function kebab(field) {
	return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

// src/config/resolve.ts
function resolvePackaging({ value, error }, at, files) {
	const problems = [];
	const targets = resolveTargets(value, files, problems);
	if (problems.length > 0) throw error(problems);
	const context = {
		folder: at.folder,
		value,
		targets,
		problems
	};
	checkArchitectures(context);
	const projects = resolveProjects(context);
	const versions = resolveVersions(context);
	const packages = value.packages.map((entry, index) => resolvePackage(context, entry, index, versions, projects));
	checkDoubles(context, "packages", packages.map(({ name }) => name));
	checkPlaces(context, packages);
	const repositories = resolveRepositories(context);
	const sources = resolveSources$1(context);
	if (problems.length > 0) throw error(problems);
	const { release, customer, maintainer, architectures, build, signing, limits } = value;
	return {
		...at,
		release,
		...customer === void 0 ? {} : { customer },
		...maintainer === void 0 ? {} : { maintainer },
		targets,
		...architectures === void 0 ? {} : { architectures },
		projects,
		packages,
		versions,
		repositories,
		sources,
		build,
		signing,
		limits
	};
}
function resolveTargets(value, files, problems) {
	const own = value.targets.flatMap((entry, index) => files.get(index)?.value ?? (typeof entry === "string" ? [] : entry));
	const targets = [];
	const taken = /* @__PURE__ */ new Map();
	for (const [index, entry] of value.targets.entries()) {
		const file = files.get(index);
		const input = file?.value ?? entry;
		const at = ["targets", index];
		const before = targets.length;
		if (typeof input === "string") {
			const named = findTargetInput(input, own);
			if (!named) problems.push({
				path: at,
				what: "no such target",
				...unknownTarget(input, own)
			});
			else if (own.includes(named)) problems.push({
				path: at,
				what: "the same target twice",
				found: quote(input)
			});
			else targets.push(resolveTarget(input));
		} else {
			const wrong = targetProblems(input, own);
			if (file && wrong.length > 0) throw file.error(wrong);
			if (wrong.length === 0) targets.push(resolveTarget(input.name, own));
			problems.push(...wrong.map((problem) => ({
				...problem,
				path: [...at, ...problem.path]
			})));
		}
		const target = targets[before];
		for (const name of target ? /* @__PURE__ */ new Set([target.name, ...target.aliases]) : []) {
			const other = taken.get(name);
			if (other === void 0) taken.set(name, target?.name ?? "");
			else if (other !== target?.name) problems.push({
				path: at,
				what: `a name that ${other} has too`,
				found: quote(name),
				expected: "another name or alias"
			});
			else if (name === target.name) problems.push({
				path: at,
				what: "the same target twice",
				found: quote(name)
			});
		}
	}
	return targets;
}
function checkArchitectures({ value, targets, problems }) {
	const known = [...new Set(targets.flatMap((target) => target.architectures))];
	const before = problems.length;
	for (const [index, architecture] of (value.architectures ?? []).entries()) {
		if (known.some((name) => isSameArchitecture(name, architecture))) continue;
		problems.push({
			path: ["architectures", index],
			...notAmong("architecture of the targets", architecture, known)
		});
	}
	if (value.architectures === void 0 || problems.length > before) return;
	for (const target of targets) {
		if (architecturesOf(target, value.architectures).length > 0) continue;
		problems.push({
			path: ["architectures"],
			what: `the target ${target.name} has none of the architectures`,
			found: value.architectures.join(", "),
			expected: `one or more of ${target.architectures.join(", ")}`
		});
	}
}
function resolveVersions(context) {
	const { suffix, ...versions } = context.value.versions;
	checkScheme(context, versions, ["versions"]);
	return {
		...versions,
		suffixes: suffixes(context, suffix, ["versions"])
	};
}
function suffixes({ targets, problems }, suffix, at, release) {
	const several = targets.filter(({ format }) => format === "deb").length > 1;
	if (typeof suffix === "object") for (const name of Object.keys(suffix)) {
		if (targets.some((target) => target.name === name)) continue;
		const known = targets.map((target) => target.name);
		problems.push({
			path: [
				...at,
				"suffix",
				name
			],
			key: true,
			...notAmong("target in the release", name, known)
		});
	}
	return Object.fromEntries(targets.map((target) => {
		const { name, format, versionTag } = target;
		const place = typeof suffix === "object" ? ["suffix", name] : ["suffix"];
		const fallback = release?.[name] ?? (several && format === "deb" ? "+{tag}" : "");
		const filled = ((typeof suffix === "object" ? suffix[name] : suffix) ?? fallback).replaceAll("{tag}", versionTag);
		collect(problems, [...at, ...place], () => checkSuffix(filled, ""));
		return [name, filled];
	}));
}
function checkScheme({ problems }, versions, at) {
	const { scheme, template, parentBranch } = versions;
	if (scheme === "template" && template === void 0) problems.push({
		path: [...at, "template"],
		what: "a required field is missing",
		expected: "a template, for the scheme template"
	});
	if (template !== void 0) collect(problems, [...at, "template"], () => checkTemplate(template, ""));
	if ((scheme === "hotfix" || scheme === "security") && parentBranch === void 0) problems.push({
		path: [...at, "parent-branch"],
		what: "a required field is missing",
		expected: `the branch that this one left, for the scheme ${scheme}`
	});
}
function resolvePackage(context, entry, index, release, projects) {
	const { value, problems } = context;
	const at = ["packages", index];
	const own = typeof entry === "string" ? {
		name: entry,
		debianPath: "debian"
	} : entry;
	const { name, code, spec, kind, debianPath, specFile, smoke } = own;
	const { suffix, ...differing } = own.versions ?? {};
	const versions = {
		...release,
		...differing,
		suffixes: suffixes(context, suffix, [...at, "versions"], release.suffixes)
	};
	if (own.versions) checkScheme(context, versions, [...at, "versions"]);
	const kinds = value.projects.map(kindOf);
	if (kind !== void 0 && !kinds.includes(kind)) problems.push({
		path: [...at, "kind"],
		...notAmong("kind in projects", kind, kinds)
	});
	const build = {
		...value.build,
		...own.build
	};
	const targets = namedTargets(context, own.targets, at);
	return {
		name,
		...code === void 0 && spec === void 0 ? findCheckout(context, projectPaths(projects, name, targets, kind), own, at) : {
			code: code === void 0 ? { path: context.folder } : location(context, code, [...at, "code"]),
			...spec === void 0 ? {} : { spec: location(context, spec, [...at, "spec"]) }
		},
		...kind === void 0 ? {} : { kind },
		targets,
		debianPath,
		...specFile === void 0 ? {} : { specFile },
		versions,
		build,
		...smoke === void 0 ? {} : { smoke }
	};
}
function findCheckout({ folder, problems }, candidates, { debianPath, specFile }, at) {
	if ([path.join(debianPath, "changelog"), ...specFile === void 0 ? [] : [specFile]].some((file) => existsSync(path.join(folder, file)))) return { code: { path: folder } };
	const found = /* @__PURE__ */ new Map();
	for (const { code, spec } of candidates) {
		const places = [code, spec].flatMap((name) => name === void 0 ? [] : path.join(folder, name));
		if (!places.every((place) => existsSync(path.join(place, ".git")))) continue;
		const [codePath = folder, specPath] = places;
		const located = {
			code: { path: codePath },
			...specPath === void 0 ? {} : { spec: { path: specPath } }
		};
		found.set(JSON.stringify(places), located);
	}
	const [first, second] = found.values();
	if (second !== void 0) problems.push({
		path: at,
		what: "several checkouts hold the package",
		found: [...found.keys()].flatMap((places) => JSON.parse(places)).join(", "),
		expected: "code, or a kind of which one is checked out"
	});
	return first ?? { code: { path: folder } };
}
function location({ folder, problems }, given, at) {
	if (typeof given === "object") return given;
	if (!isUrl(given)) return { path: path.resolve(folder, given) };
	const parsed = gitUrl.safeParse(given);
	if (!parsed.success) {
		const expected = parsed.error.issues[0]?.message ?? "a git URL";
		problems.push({
			path: at,
			what: "a URL that cannot be used",
			expected
		});
	}
	return { url: given };
}
function checkPlaces({ problems }, packages) {
	const owners = /* @__PURE__ */ new Map();
	for (const [index, { name, code, spec, debianPath, specFile }] of packages.entries()) {
		const place = JSON.stringify([
			spec ?? code,
			debianPath,
			specFile
		]);
		const owner = owners.get(place) ?? name;
		owners.set(place, owner);
		if (owner === name) continue;
		problems.push({
			path: ["packages", index],
			what: `the packaging of ${name} is in the same place as that of ${owner}`,
			expected: "another code, spec, debian-path or spec-file"
		});
	}
}

// src/config/packaging.ts
async function loadPackaging(file) {
	return readPackaging(await readConfigurationFile(file), file);
}
async function readPackaging(text, file) {
	const configuration = parseConfiguration(text, file, packagingSchema);
	const files = await readTargetFiles(configuration, path.dirname(file));
	return resolvePackaging(configuration, {
		file,
		folder: path.dirname(path.resolve(file))
	}, files);
}
async function defaultPackaging(defaults) {
	const { folder, targets, fields = {}, package: own = {} } = defaults;
	const name = defaults.name ?? own.name ?? await findPackageName(folder, await packagePlace(defaults));
	const value = {
		release: { name },
		...fields,
		targets: [...targets],
		packages: [{
			...own,
			name
		}]
	};
	const configuration = checkConfiguration(value, "inputs", packagingSchema);
	const files = await readTargetFiles(configuration, folder);
	return resolvePackaging(configuration, {
		file: void 0,
		folder: path.resolve(folder)
	}, files);
}
async function packagePlace({ folder, targets, wanted, package: own = {} }) {
	const { "debian-path": debianPath = "debian", "spec-file": specFile } = own;
	return {
		debianPath,
		targets: await Promise.all(targets.map((reference) => namesOf(reference, folder))),
		...specFile === void 0 ? {} : { specFile },
		...wanted === void 0 ? {} : { name: wanted }
	};
}
async function namesOf(reference, folder) {
	try {
		const target = await resolveTargetReference(isTargetFile(reference) ? path.resolve(folder, reference) : reference);
		return [
			target.name,
			target.suite,
			...target.aliases
		];
	} catch (error) {
		if (error instanceof UserError) return [];
		throw error;
	}
}
async function readTargetFiles({ value, error }, folder) {
	const files = /* @__PURE__ */ new Map();
	for (const [index, target] of value.targets.entries()) {
		if (typeof target !== "string" || !isTargetFile(target)) continue;
		const file = path.isAbsolute(target) ? target : path.join(folder, target);
		try {
			files.set(index, await readTargetFile(file));
		} catch (cause) {
			if (cause instanceof PackagingError || !(cause instanceof UserError)) throw cause;
			const { what, found } = cause.parts;
			throw error([{
				path: ["targets", index],
				what: `${file}: ${what}`,
				...found ? { found } : {}
			}]);
		}
	}
	return files;
}
function findPackage(packaging, name) {
	const found = packaging.packages.find((entry) => entry.name === name);
	if (found) return found;
	if (packaging.packages.length === 0) {
		const { folder, targets, versions, build } = packaging;
		return {
			name,
			code: { path: folder },
			targets,
			debianPath: "debian",
			versions,
			build
		};
	}
	const names = packaging.packages.map((entry) => entry.name);
	const remedy = didYouMean(name, names);
	throw new UserError({
		what: "no such package in the release",
		...packaging.file === void 0 ? {} : { where: packaging.file },
		found: quote(name),
		expected: names.join(", "),
		...remedy === void 0 ? {} : { remedy }
	});
}
function findTarget(packaging, nameOrAlias) {
	const found = packaging.targets.find((target) => target.name === nameOrAlias) ?? packaging.targets.find((target) => target.aliases.includes(nameOrAlias));
	if (found) return found;
	const names = packaging.targets.map((target) => target.name);
	const remedy = didYouMean(nameOrAlias, names);
	throw new UserError({
		what: "no such target in the release",
		...packaging.file === void 0 ? {} : { where: packaging.file },
		found: quote(nameOrAlias),
		expected: names.join(", "),
		...remedy === void 0 ? {} : { remedy }
	});
}
function repositoriesOf(packaging, target) {
	return packaging.repositories.filter((repository) => repository.target.name === target.name);
}
function sourcesOf(packaging, target) {
	return packaging.sources.filter((source) => source.targets.some(({ name }) => name === target.name));
}

// src/config/choose-repository.ts
function checkChoice(inputs) {
	for (const name of ["repository-name", "target"]) {
		if (inputs.packaging !== void 0 || inputs[name] === void 0) continue;
		throw new UserError({
			what: "it chooses among the repositories of a packaging file, and none is given",
			where: `input ${name}`,
			remedy: "give the input packaging too, or the input repository instead"
		});
	}
}
function chooseRepository(packaging, inputs) {
	const { "repository-name": name, target, repository } = inputs;
	const wanted = target === void 0 ? void 0 : findTarget(packaging, target).name;
	const candidates = packaging.repositories.filter((each) => (name === void 0 || each.name === name) && (wanted === void 0 || each.target.name === wanted) && (repository === void 0 || each.path === void 0 || each.path === path.resolve(repository)));
	const [only] = candidates;
	if (only !== void 0 && candidates.length === 1) return only;
	const all = packaging.repositories.map((each) => `${each.name} for ${each.target.name}`);
	throw new UserError({
		what: candidates.length === 0 ? "no such repository" : "several repositories fit",
		where: packaging.file ?? "the packaging file",
		found: [name === void 0 ? "no name" : quote(name), wanted ?? "any target"].join(" for "),
		expected: `one of ${all.join(", ")}`,
		remedy: "choose one with repository-name and target"
	});
}

export { checkChoice, checkDestinations, checkReleaseArchitecture, chooseRepository, defaultPackaging, findPackage, findPackageName, findTarget, isTargetFile, loadPackaging, parseDestination, readTargetFile, repositoriesOf, resolveTargetReference, rsyncPath, sourcesOf };
