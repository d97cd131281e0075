import { UserError, defineAction, quote } from "./frame.js";

// src/deb/version.ts
const MAX_EPOCH = 2147483647;
function parseVersion(text, where) {
	const wrong = (expected) => new UserError({
		what: "not a legal Debian version",
		...where === void 0 ? {} : { where },
		found: quote(text),
		expected
	});
	const colon = text.indexOf(":");
	const epochText = colon === -1 ? "0" : text.slice(0, colon);
	if (!/^[0-9]+$/.test(epochText) || Number(epochText) > MAX_EPOCH) throw wrong(`an epoch from 0 to ${MAX_EPOCH} before the colon`);
	const rest = text.slice(colon + 1);
	const hyphen = rest.lastIndexOf("-");
	const upstream = hyphen === -1 ? rest : rest.slice(0, hyphen);
	const revision = hyphen === -1 ? void 0 : rest.slice(hyphen + 1);
	if (!/^[0-9]/.test(upstream)) throw wrong("an upstream version that starts with a digit");
	if (!/^[A-Za-z0-9.+~:-]+$/.test(upstream)) throw wrong("letters, digits and .+~-: in the upstream version");
	if (revision !== void 0 && !/^[A-Za-z0-9.+~]+$/.test(revision)) throw wrong(revision === "" ? "a revision after the hyphen" : "letters, digits and .+~ in the revision");
	return {
		epoch: Number(epochText),
		upstream,
		revision
	};
}
function isVersion(text) {
	try {
		parseVersion(text);
		return true;
	} catch {
		return false;
	}
}
function formatVersion(version) {
	return `${version.epoch === 0 && !version.upstream.includes(":") ? "" : `${version.epoch}:`}${version.upstream}${version.revision === void 0 ? "" : `-${version.revision}`}`;
}
function withoutEpoch(version) {
	return version.replace(/^[0-9]+:/, "");
}
function compareVersions(a, b) {
	if (a === b) return 0;
	const aColon = a.indexOf(":");
	const bColon = b.indexOf(":");
	if (aColon !== -1 || bColon !== -1) {
		const epochs = compareParts(a, 0, Math.max(aColon, 0), b, 0, Math.max(bColon, 0));
		if (epochs !== 0) return epochs;
	}
	const aHyphen = a.lastIndexOf("-");
	const bHyphen = b.lastIndexOf("-");
	const aEnd = aHyphen > aColon ? aHyphen : a.length;
	const bEnd = bHyphen > bColon ? bHyphen : b.length;
	return compareParts(a, aColon + 1, aEnd, b, bColon + 1, bEnd) || compareParts(a, aEnd + 1, a.length, b, bEnd + 1, b.length);
}
const ZERO = 48;
const TILDE = 126;
const END = -1;
function compareParts(a, aFrom, aTo, b, bFrom, bTo) {
	let i = aFrom;
	let j = bFrom;
	while (i < aTo || j < bTo) {
		while (true) {
			const aCode = i < aTo ? a.charCodeAt(i) : END;
			const bCode = j < bTo ? b.charCodeAt(j) : END;
			if ((aCode === END || isDigit(aCode)) && (bCode === END || isDigit(bCode))) break;
			const difference = weight(aCode) - weight(bCode);
			if (difference !== 0) return difference < 0 ? -1 : 1;
			i++;
			j++;
		}
		while (i < aTo && a.charCodeAt(i) === ZERO) i++;
		while (j < bTo && b.charCodeAt(j) === ZERO) j++;
		let first = 0;
		while (i < aTo && j < bTo && isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
			if (first === 0) first = a.charCodeAt(i) - b.charCodeAt(j);
			i++;
			j++;
		}
		if (i < aTo && isDigit(a.charCodeAt(i))) return 1;
		if (j < bTo && isDigit(b.charCodeAt(j))) return -1;
		if (first !== 0) return first < 0 ? -1 : 1;
	}
	return 0;
}
function isDigit(code) {
	return code >= ZERO && code <= 57;
}
function weight(code) {
	if (code === END || isDigit(code)) return 0;
	if (code >= 65 && code <= 90 || code >= 97 && code <= 122) return code;
	return code === TILDE ? -1 : code + 256;
}

// src/source/scheme.ts
const VERSION_SCHEMES = [
	"commits",
	"changelog",
	"date",
	"hotfix",
	"security",
	"template"
];
const SHORT = 8;
function versionAt(plan, position) {
	return compose(plan, plan.upstream + (plan.snapshot && !plan.native ? snapshotSuffix(position) : ""), revisionWithSuffix(plan, position));
}
function snapshotSuffix({ codeCommits, codeCommit }, mark = "+") {
	if (codeCommits === 0) return "";
	return `${mark}git${codeCommits}${codeCommit === void 0 ? "" : `.g${codeCommit.slice(0, SHORT)}`}`;
}
function compose(plan, upstream, revision) {
	const text = plan.native ? formatVersion({
		epoch: plan.epoch,
		upstream: upstream + revision,
		revision: void 0
	}) : formatVersion({
		epoch: plan.epoch,
		upstream,
		revision
	});
	if (isVersion(text) && parseVersion(text).revision === (plan.native ? void 0 : revision)) return text;
	throw new UserError({
		what: "the version made by the scheme is not a legal Debian version",
		where: `version-scheme ${plan.scheme}`,
		found: quote(text),
		expected: plan.native ? "letters, digits and .+~" : "a revision of letters, digits and .+~"
	});
}
function revisionWithSuffix(plan, position) {
	const cut = plan.scheme === "template" && position.codeCommit === void 0 && plan.template?.includes("{shortsha}");
	return revisionAt(plan, position) + (cut ? "" : plan.suffix);
}
function revisionAt(plan, position) {
	const { scheme, revision } = plan;
	switch (scheme) {
		case "changelog": return revision;
		case "commits": return position.commits === 0 && !isOurs(revision) ? revision : `${stem(revision)}${position.commits}`;
		case "hotfix":
		case "security":
		case "date": return `${stem(revision)}${numberAt(scheme, position)}`;
		case "template": return fillTemplate(plan.template ?? "", {
			revision,
			stem: stem(revision),
			target: plan.target
		}, position).text;
	}
}
function numberAt(scheme, position) {
	const { commits, baseCommits, time } = position;
	const delta = Math.max(0, commits - baseCommits);
	switch (scheme) {
		case "commits": return String(commits);
		case "hotfix": return `${baseCommits}.${delta}.0`;
		case "security": return `${baseCommits}.0.${delta}`;
		case "date": return `${dayOf(time)}.${timeOf(time)}`;
	}
}
const DISTRIBUTIONS = /(?:deb\d+u\d+|bpo\d+(?:\.\d+)*\+\d+|ubuntu\d+(?:\.\d+)*|build\d+|nmu\d+|~exp\d+)$/;
function isOurs(revision) {
	return /[A-Za-z]/.test(revision) && !DISTRIBUTIONS.test(revision);
}
function stem(revision) {
	return isOurs(revision) ? revision.replace(/\d+$/, "") : `${revision}+git`;
}
function dayOf(time) {
	return (/* @__PURE__ */ new Date(time * 1e3)).toISOString().slice(0, 10).replaceAll("-", "");
}
function timeOf(time) {
	return (/* @__PURE__ */ new Date(time * 1e3)).toISOString().slice(11, 19).replaceAll(":", "");
}
const PLACEHOLDER = /\{([a-z]*)\}/g;
const PLACEHOLDERS = [
	"revision",
	"stem",
	"n",
	"base",
	"delta",
	"date",
	"time",
	"shortsha",
	"target"
];
function fillTemplate(template, given, position) {
	const values = {
		revision: given.revision,
		stem: given.stem,
		n: String(position.commits),
		base: String(position.baseCommits),
		delta: String(Math.max(0, position.commits - position.baseCommits)),
		date: dayOf(position.time),
		time: timeOf(position.time),
		shortsha: position.codeCommit?.slice(0, SHORT) ?? "",
		target: (given.target ?? "").replace(/[^A-Za-z0-9]+/g, ".")
	};
	const cut = position.codeCommit === void 0 ? template.indexOf("{shortsha}") : -1;
	return {
		text: (cut === -1 ? template : template.slice(0, cut)).replace(PLACEHOLDER, (_, name) => values[name]),
		isCut: cut !== -1
	};
}
const DIST = /%\{\?dist\}/g;
function checkTemplate(template, where, format) {
	const wrong = (what, expected) => new UserError({
		what,
		where,
		found: quote(template),
		expected
	});
	const names = [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "");
	const unknown = names.find((name) => !PLACEHOLDERS.includes(name));
	if (unknown !== void 0) throw wrong(`an unknown placeholder {${unknown}}`, PLACEHOLDERS.map((name) => `{${name}}`).join(" "));
	const around = (format === "deb" ? template : template.replace(DIST, "")).replace(PLACEHOLDER, "");
	if (!/^[A-Za-z0-9.+~]*$/.test(around)) throw wrong("a template that gives no legal revision", `letters, digits and .+~${format === "deb" ? "" : ", for rpm also %{?dist},"} around the placeholders`);
	if (!(names.includes("n") || names.includes("delta") || names.includes("date") && names.includes("time"))) throw wrong("a template that gives two commits the same version", "{n}, {delta}, or {date} and {time}");
}
function checkSuffix(suffix, where) {
	if (/^(?:[+~.][A-Za-z0-9.+~]+)?$/.test(suffix)) return;
	throw new UserError({
		what: "not a suffix of versions",
		where,
		found: quote(suffix),
		expected: "+ or ~ or . and then letters, digits and .+~, such as ~deb12u1"
	});
}
function reviewVersion(plan, next, change, sameVersion) {
	const mark = `~cr${change.id}.${change.patchset}`;
	const tarball = plan.snapshot && !plan.native ? snapshotSuffix(change.inCode ? {
		...next,
		codeCommit: void 0
	} : next) : "";
	const upstream = plan.upstream + tarball;
	const revision = revisionWithSuffix(plan, {
		...next,
		codeCommit: void 0
	});
	const lowest = compose(plan, upstream, revision);
	if (tarball !== "" && change.inCode) return {
		version: compose(plan, upstream + mark, revision),
		next: lowest
	};
	const unchanged = plan.scheme === "changelog" && sameVersion;
	const version = `${lowest}${unchanged ? "+" : ""}${mark}`;
	parseVersion(version, "version of the review");
	return {
		version,
		next: unchanged ? void 0 : lowest
	};
}
const RAISE = "raise the version: that of the changelog, or Version or Release of the spec";
function assertOrder(order, compare = compareVersions) {
	const { version, review, published, next } = order;
	if (next !== void 0 && compare(version, next) >= 0) throw new UserError({
		what: "the review build would not sort below the next merge",
		found: version,
		expected: `a version below ${next}`,
		remedy: "change the version-scheme or the version-suffix"
	});
	if (published === void 0) return;
	const order_ = compare(version, published);
	if (review && order_ <= 0) throw new UserError({
		what: "the review build would not sort above the published version",
		found: version,
		expected: `a version above ${published}`,
		remedy: `rebase the change on its branch (give that as base-branch), or ${RAISE}`
	});
	if (!review && order_ < 0) throw new UserError({
		what: "the version is older than the published one",
		found: version,
		expected: `${published} or above`,
		remedy: `build the newest commit of the branch, or ${RAISE}`
	});
}

// src/actions/session/inputs.ts
const engineInputs = {
	engine: {
		type: "choice",
		options: [
			"auto",
			"host",
			"docker",
			"podman"
		],
		default: "auto",
		description: "Where build sessions run: in namespaces of this host, or in containers of docker or podman. `auto` takes the first of these that works here."
	},
	"tool-image": {
		type: "string",
		description: "Container engines: an image with the build tools to use as it is. When not given, one is made from the Dockerfile that pkg-actions brings, and kept as long as that does not change.",
		example: "registry.example.org/tools/sbuild:12",
		pattern: /[A-Za-z0-9][A-Za-z0-9._/:@-]*/,
		expected: "the name of an image, such as registry.example.org/tools/sbuild:12"
	},
	"base-image": {
		type: "string",
		description: "Container engines: the image that the tool image is made from. When not given, that of the Dockerfile.",
		example: "debian:12",
		pattern: /[A-Za-z0-9][A-Za-z0-9._/:@-]*/,
		expected: "the name of an image, such as debian:12"
	}
};
const cacheInputs = {
	layers: {
		type: "boolean",
		default: true,
		description: "Keep the installed build dependencies of a package as a layer, and start from it when they resolve to the same versions again."
	},
	"layers-size": {
		type: "size",
		default: "20G",
		description: "Most that the layers of this host take on disk, all packages together; the least recently used go first.",
		example: "50G"
	},
	"download-cache": {
		type: "boolean",
		default: true,
		description: "Keep downloaded build dependencies on this host, for all builds of it."
	},
	"download-cache-size": {
		type: "size",
		default: "10G",
		description: "Most that the downloads kept on this host take on disk; the least recently used go first.",
		example: "20G"
	},
	proxy: {
		type: "string",
		description: "Caching proxy that packages are downloaded through (apt-cacher-ng, squid): for buildroots and build dependencies, never for the build itself.",
		example: "http://proxy.example.org:3142",
		pattern: /https?:\/\/[^\s@'"\\]+/,
		expected: "an http or https address without a password"
	},
	"compiler-cache": {
		type: "choice",
		options: [
			"none",
			"ccache",
			"sccache"
		],
		default: "none",
		description: "Compile through ccache or sccache, with a cache on this host that builds of the same package and target share. What a build leaves there, later builds use: off unless all of them are trusted alike."
	},
	"compiler-cache-size": {
		type: "size",
		default: "5G",
		description: "Most that the compiler cache of one package takes on disk.",
		example: "10G"
	},
	"compiler-cache-key": {
		type: "string",
		description: "Builds with the same key, tool, target and architecture share a compiler cache, builds of changes under review apart from those of what is merged. When not given, the name of the source package, which the source package itself says.",
		example: "hello",
		pattern: /[A-Za-z0-9][A-Za-z0-9.+_-]{0,127}/,
		expected: "letters, digits and .+_- only"
	}
};
const hostInputs = { "max-parallel": {
	type: "string",
	description: "How many builds this host runs at once, over all its jobs: further ones wait, memory is shared by as many. `auto` goes by processors and memory. When not given, as the packaging file says, else `auto`.",
	example: "4",
	pattern: /auto|[1-9][0-9]{0,2}/,
	expected: "a number of builds, or auto"
} };

// src/actions/prepare-sources/inputs.ts
const { engine: engine$1, "tool-image": toolImage$1, "base-image": baseImage$1 } = engineInputs;
const forRpm = (input) => ({
	...input,
	description: `rpm: ${input.description[0]?.toLowerCase()}${input.description.slice(1)}`
});
const action$11 = defineAction({
	name: "prepare-sources",
	title: "Prepare a source package",
	description: "Makes a Debian or rpm source package from git: version from tag and changelog or spec, a changelog entry from the commits, and a tarball that is the same on every machine. For rpm it runs as root on a `pkg-builder`, in the buildroot of the target.",
	runner: "any",
	stage: ".pre",
	results: { folder: "output" },
	writes: ["output"],
	cleansUp: true,
	branding: {
		icon: "git-commit",
		color: "blue"
	},
	inputs: {
		code: {
			type: "path",
			description: "Checkout of the code project, or the folder in one that is packed. What is committed is packed; the checkout is not touched. When not given: that of the packaging file, else the workspace.",
			example: "hello"
		},
		spec: {
			type: "path",
			description: "Checkout of the project with the packaging (`debian/`, or the spec), or a folder in one. When not given: that of the packaging file, else the code project.",
			example: "hello-build"
		},
		"debian-path": {
			type: "string",
			description: "deb: folder of the packaging in the spec project. When not given: `debian`, the project itself, or a folder of a distribution such as `trusty/debian`.",
			example: "packaging/debian"
		},
		"spec-file": {
			type: "string",
			description: "rpm: the spec in the spec project. When not given: that of the packaging file, else the only `*.spec` at its top or in a folder such as `SPECS`, `rpm`, `packaging` or `dist`.",
			example: "rpm/SPECS/hello.spec"
		},
		package: {
			type: "string",
			description: "Name of the source package: another one in the changelog or spec is an error. With `packaging` it chooses the package, and its projects.",
			pattern: /[A-Za-z0-9][A-Za-z0-9+._-]+/,
			expected: "the name of a source package",
			example: "hello"
		},
		packaging: {
			type: "path",
			description: "The packaging file of the release, for projects, versions, maintainer and targets. Inputs win over it. Everything works without one.",
			example: "packaging.yml"
		},
		target: {
			type: "string",
			description: "Target that the sources are for: its format decides which kind of package is made. deb: its suite goes into the changelog, its suffix into the version; not needed where one source is for all targets. rpm: always needed, for the spec is read in its buildroot.",
			example: "debian-12"
		},
		architecture: {
			type: "string",
			description: "rpm: architecture of the buildroot that the spec is read in. The host’s when not given.",
			pattern: /[a-z0-9][a-z0-9_-]*/,
			expected: "an architecture of rpm such as x86_64",
			example: "x86_64"
		},
		buildroot: {
			type: "string",
			description: "rpm: name of a buildroot made by update-buildroots, such as one with more packages of macros. The target’s own when not given."
		},
		"buildroot-max-age": {
			type: "duration",
			default: "1d",
			description: "rpm: look for newer packages of the buildroot when nobody has for this long."
		},
		state: {
			type: "path",
			description: "State folder of the host, for kept downloads, and for rpm buildroots and sessions. `/var/lib/pkg-actions` for root."
		},
		engine: forRpm(engine$1),
		"tool-image": forRpm(toolImage$1),
		"base-image": forRpm(baseImage$1),
		proxy: {
			...cacheInputs.proxy,
			description: "rpm: caching proxy that packages of the buildroot are downloaded through (apt-cacher-ng, squid), where it is made or brought up to date here. Never for sources."
		},
		retries: {
			type: "integer",
			min: 0,
			max: 20,
			description: "rpm: how often is tried again to have the buildroot and to open the session in it, where a repository or the engine does not answer. When not given, that of the packaging file, else 2."
		},
		distribution: {
			type: "string",
			description: "deb: suite in the changelog entry. When not given: that of the target, else that of the last changelog entry.",
			pattern: /[A-Za-z0-9][A-Za-z0-9.+-]*/,
			expected: "the name of a suite",
			example: "bookworm"
		},
		ref: {
			type: "string",
			default: "HEAD",
			description: "Commit, branch or tag of the code project to build. For what is merged: the merged commit."
		},
		"spec-ref": {
			type: "string",
			description: "The same of the spec project. When not given: `HEAD`, or `ref` where both are one checkout."
		},
		output: {
			type: "path",
			default: "sources",
			description: "Folder for the source package and its manifest. Replaced as a whole."
		},
		"rpm-output": {
			type: "choice",
			options: ["srpm", "spec"],
			description: "rpm: `srpm` makes a `.src.rpm`, `spec` the spec with its sources. `srpm` when not given."
		},
		"version-scheme": {
			type: "choice",
			options: VERSION_SCHEMES,
			description: "How the version is made: `changelog` as it stands there (rpm: in the spec), `commits` revision by commits since the tag, `date` by the time of the commit, `hotfix` `BASE.DELTA.0`, `security` `BASE.0.DELTA`, or `template`. When not given: that of the packaging file, else `changelog`."
		},
		"version-template": {
			type: "string",
			description: "For `template`: the revision (rpm: the Release; for native packages what follows the upstream version). Placeholders: `{revision}` `{stem}` `{n}` `{base}` `{delta}` `{date}` `{time}` `{shortsha}` `{target}`.",
			example: "{stem}{n}"
		},
		"version-suffix": {
			type: "string",
			description: "Text behind the version, so that one source can be built for several targets under different versions. When not given: that of the packaging file for the target, else none.",
			example: "~deb12u1"
		},
		"upstream-version-from": {
			type: "choice",
			options: [
				"auto",
				"tag",
				"changelog"
			],
			default: "auto",
			description: "Where the upstream version is taken from. `auto`: the newest tag and the changelog (rpm: the spec), which must agree; without a tag the changelog. `tag` sets it to the tag’s, `changelog` asks no tag."
		},
		"tag-pattern": {
			type: "string",
			description: "Tags that are upstream versions, as in `git describe --match`. When not given: that of the packaging file, else `*[0-9]*`. Tags of packages (`debian/...`) never are.",
			example: "v[0-9]*"
		},
		"past-tag": {
			type: "choice",
			options: [
				"auto",
				"patch",
				"snapshot"
			],
			default: "auto",
			description: "Commits after the tag: `patch` keeps the orig tarball of the tag and adds them as a patch, `snapshot` makes a tarball of the commit with an upstream version of its own (`1.2+git5.g1a2b3c4d`, rpm: `1.2^git5.g1a2b3c4d`), `auto` is a patch where that can carry them. rpm knows no `patch`: `auto` is a tarball of the commit under the version of the spec."
		},
		"parent-branch": {
			type: "string",
			description: "For `hotfix` and `security`: the branch that this one left. Commits up to there are BASE.",
			example: "stable/8.0"
		},
		change: {
			type: "choice",
			options: ["merge", "review"],
			default: "merge",
			description: "`review`: a change that is not merged yet. Its version sorts above what is published and below the next merge."
		},
		"change-id": {
			type: "string",
			description: "For `review`: number of the change, pull request or merge request.",
			pattern: /[A-Za-z0-9]{1,40}/,
			expected: "letters and digits",
			example: "42"
		},
		patchset: {
			type: "integer",
			min: 0,
			default: 1,
			description: "For `review`: number of the patch set, or another number that grows, such as that of the run."
		},
		"change-project": {
			type: "choice",
			options: [
				"code",
				"spec",
				"both"
			],
			default: "code",
			description: "For `review`: which project the change is in, where code and packaging have one each."
		},
		"base-branch": {
			type: "string",
			description: "For `review`: the branch that the change goes into. When not given, the first parent of the change’s commit stands for it.",
			example: "main"
		},
		"published-version": {
			type: "string",
			description: "Version that is published now. A review must sort above it, a merge not below it; checked where given.",
			example: "1.2-1~mos6"
		},
		maintainer: {
			type: "string",
			description: "Signs the changelog entry. When not given: that of the packaging file, else of the last entry, else DEBFULLNAME and DEBEMAIL.",
			example: "Example Team <team@example.org>"
		},
		"changelog-commits": {
			type: "integer",
			min: 0,
			max: 1e3,
			description: "Commits that the changelog entry names, newest first. When not given: as in the packaging file, else 10."
		},
		orig: {
			type: "list",
			separator: "line",
			description: "deb: where orig tarballs may be published already, one place a line: apt sources (`deb ...`, `deb-src ...`), folders and .dsc files by path or URL. The first that has one for the upstream version gives it, and none is made.",
			example: "deb [signed-by=/etc/keys/example.asc] https://packages.example.org/latest bookworm main"
		},
		downloads: {
			type: "path",
			description: "Folder that downloaded tarballs and sources are kept in, by digest, for the next time. When not given: `downloads` in the state folder of the host, `/var/lib/pkg-actions` for root."
		},
		compression: {
			type: "choice",
			options: ["gzip", "xz"],
			default: "gzip",
			description: "deb: of orig tarballs made here. `gzip` gives the same bytes on every machine, `xz` smaller ones that depend on the release of xz."
		},
		submodules: {
			type: "choice",
			options: ["include", "omit"],
			default: "include",
			description: "Whether submodules, which must be checked out, go into the tarball."
		},
		deepen: {
			type: "boolean",
			default: true,
			description: "Fetch the rest of a shallow clone. Versions are counted from the history, so otherwise it is an error."
		},
		upload: {
			type: "boolean",
			default: true,
			description: "Hand the source package to later jobs as an artifact, where the platform does that by call (GitHub). Not needed where the same job builds it."
		}
	},
	outputs: {
		manifest: { description: "Path of the manifest that lists what was made." },
		dsc: { description: "deb: path of the .dsc." },
		srpm: { description: "rpm: path of the .src.rpm, where one was asked for." },
		version: { description: "Version of the source package." },
		name: { description: "Name of the source package." },
		folder: { description: "Folder with the source package." },
		artifact: { description: "Name of the uploaded artifact, where the platform has artifacts by call." }
	}
});

// src/actions/build-sbuild/inputs.ts
const buildrootInputs = {
	target: {
		type: "string",
		required: true,
		description: "What to build for: a built-in target, its codename, or one of the packaging file.",
		example: "debian-12"
	},
	architecture: {
		type: "string",
		description: "Debian architecture of the buildroot. The host’s when not given.",
		example: "amd64",
		pattern: /[a-z0-9][a-z0-9-]*/,
		expected: "a Debian architecture such as amd64"
	},
	packaging: {
		type: "path",
		description: "The packaging file of the release, for its targets and repositories. Everything works without one.",
		example: "packaging.yml"
	},
	mirror: {
		type: "string",
		description: "Mirror of the distribution’s archive. When not given, the target’s, else what the host’s own apt uses, else the distribution’s default.",
		pattern: /(https?|file|copy):\/.*/,
		expected: "an http, https or file URI"
	},
	state: {
		type: "path",
		description: "Folder for buildroots and sessions, shared by all jobs of the host. `/var/lib/pkg-actions` for root."
	}
};
const action$10 = defineAction({
	name: "build-sbuild",
	title: "Build a Debian package",
	description: "Builds a Debian source package with sbuild in a clean, up-to-date buildroot: a short-lived session over a read-only root, without network.",
	runner: "pkg-builder",
	results: {
		folder: "output",
		junit: "junit.xml",
		codequality: "code-quality.json"
	},
	writes: ["output"],
	cleansUp: true,
	branding: {
		icon: "package",
		color: "blue"
	},
	inputs: {
		source: {
			type: "path",
			required: true,
			description: "The source package: the folder that prepare-sources wrote, or a .dsc with its files beside it.",
			example: "sources"
		},
		...buildrootInputs,
		output: {
			type: "path",
			default: "packages",
			description: "Folder for packages, log, reports and manifest. Replaced as a whole."
		},
		buildroot: {
			type: "string",
			description: "Name of a buildroot made by update-buildroots. The target’s own when not given."
		},
		"buildroot-max-age": {
			type: "duration",
			default: "1d",
			description: "Look for newer packages upstream before the build when nobody has for this long."
		},
		repositories: {
			type: "list",
			separator: "line",
			description: "Repositories beside the target’s own to take build dependencies from: apt sources of one line each, with `signed-by=` or `trusted=yes`. Folders of this host are allowed.",
			example: "deb [signed-by=/etc/keys/example.asc] https://packages.example.org/latest bookworm main"
		},
		"repository-keys": {
			type: "list",
			description: "Files of public keys for repositories that name no `signed-by`."
		},
		pins: {
			type: "list",
			separator: "line",
			description: "Pins for apt, one a line: `PACKAGES; PIN; PRIORITY`.",
			example: "*; release o=Example; 1001"
		},
		"extra-packages": {
			type: "list",
			description: "Packages to install beside the build dependencies. When not given, those of the packaging file.",
			example: "ccache"
		},
		"package-files": {
			type: "list",
			separator: "line",
			description: ".deb files, or folders of them, that dependencies may come from, one a line.",
			example: "packages/libhello"
		},
		"build-arch-any": {
			type: "boolean",
			default: true,
			description: "Build architecture-dependent packages."
		},
		"build-arch-all": {
			type: "boolean",
			default: true,
			description: "Build architecture-independent packages."
		},
		"include-source": {
			type: "boolean",
			default: true,
			description: "Hand the source package on with the results, unchanged, so that it is published too."
		},
		profiles: {
			type: "list",
			description: "Build profiles. When not given, those of the packaging file.",
			example: "nocheck,nodoc"
		},
		"build-options": {
			type: "list",
			description: "Words for DEB_BUILD_OPTIONS; `parallel` is set from `jobs`. When not given, those of the packaging file.",
			example: "nocheck"
		},
		jobs: {
			type: "integer",
			min: 1,
			max: 1024,
			description: "Parallel jobs of the build. When not given, as the packaging file says, else the processors, shared by `max-parallel` where that is a number."
		},
		timeout: {
			type: "duration",
			description: "Wall-clock limit of the whole session. When not given, that of the packaging file, else `2h`.",
			example: "90m"
		},
		network: {
			type: "boolean",
			default: false,
			description: "Leave the network open while the package builds, as the packaging file may say too. Dependencies are always installed with network."
		},
		retries: {
			type: "integer",
			min: 0,
			max: 20,
			description: "How often is tried again what failed by no fault of the package: a repository that does not answer, a whole build whose failure is the infrastructure’s. When not given, that of the packaging file, else 2."
		},
		"tmpfs-size": {
			type: "size",
			description: "Memory that the session may write to, at most; `0` writes to disk. When not given, that of the packaging file, else from the free memory.",
			example: "4G"
		},
		...hostInputs,
		...engineInputs,
		...cacheInputs,
		"path-mapping": {
			type: "list",
			separator: "line",
			description: "Where files of the source package lie in the repository, for annotations: `PREFIX=FOLDER` a line. Files outside of it are not annotated.",
			example: "debian/=packaging/debian/"
		}
	},
	outputs: {
		verdict: { description: "`success`, or whose fault the failure is: `package`, `infrastructure`, `configuration`." },
		manifest: { description: "Path of the manifest that lists what was built." },
		folder: { description: "Folder with the results." },
		log: { description: "Path of the build log." },
		packages: { description: "Names of the packages built, separated by blanks." },
		artifact: { description: "Name of the uploaded artifact, where the platform has artifacts by call." }
	}
});

// src/actions/update-buildroots/inputs.ts
const { target: _one$1, architecture: architecture$1, mirror: mirror$1, ...shared$2 } = buildrootInputs;
const action$9 = defineAction({
	name: "update-buildroots",
	title: "Update buildroots",
	description: "Makes the buildroots of targets, and brings them up to date: a new generation beside the old one, only where something changed upstream, and tried before builds get it.",
	runner: "pkg-builder",
	cleansUp: true,
	branding: {
		icon: "refresh-cw",
		color: "blue"
	},
	inputs: {
		targets: {
			type: "list",
			description: "Targets to update. All of the packaging file when not given.",
			example: "debian-12,el9"
		},
		architecture: {
			...architecture$1,
			description: "Architecture of the buildroots, by the name of either format. The host’s when not given.",
			pattern: /[a-z0-9][a-z0-9_-]*/,
			expected: "an architecture such as amd64 or x86_64"
		},
		mirror: {
			...mirror$1,
			description: `deb: ${mirror$1.description.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}`
		},
		...shared$2,
		name: {
			type: "string",
			description: "Name of the buildroot, for one with repositories of its own. `TARGET-ARCHITECTURE` when not given.",
			example: "debian-12-backports"
		},
		repositories: {
			type: "list",
			separator: "line",
			description: "Repositories to add to the buildroot, one a line. deb: apt sources. rpm: `NAME URL [priority=N] [key=FILE] [trusted=yes]`. Asks for a `name`.",
			example: "deb [signed-by=/etc/keys/example.asc] https://packages.example.org/latest bookworm main"
		},
		"repository-keys": {
			type: "list",
			description: "Files of public keys for repositories that name none themselves."
		},
		pins: {
			type: "list",
			separator: "line",
			description: "deb: pins for apt, one a line: `PACKAGES; PIN; PRIORITY`. Asks for a `name`. rpm repositories have a priority of their own.",
			example: "*; release o=Example; 1001"
		},
		include: {
			type: "list",
			description: "Packages to install beside what every buildroot of the target has. Asks for a `name`."
		},
		force: {
			type: "boolean",
			default: false,
			description: "Make a new generation even when nothing changed, and also where the last one was rolled back. It ends a rollback."
		},
		"smoke-test": {
			type: "boolean",
			default: true,
			description: "Build a small package on a new generation before builds get it. Where that fails, the former one stays in use."
		},
		keep: {
			type: "integer",
			default: 1,
			min: 0,
			max: 100,
			description: "How many former generations stay on disk, to roll back to. Builds that update keep as many."
		},
		rollback: {
			type: "boolean",
			default: false,
			description: "Go back to the former generation, and stay there until upstream changed again, or an update is made with `force`. Nothing is updated."
		},
		...engineInputs,
		proxy: {
			...cacheInputs.proxy,
			description: "Caching proxy that packages are downloaded through (apt-cacher-ng, squid). Buildroots do not keep it."
		}
	},
	outputs: {
		result: { description: "JSON: per buildroot its name, outcome, generation, reason, package changes, bytes, seconds; of one that failed why." },
		changed: { description: "`true` when any buildroot has another generation now." },
		failed: { description: "Targets whose buildroot could not be updated, separated by blanks." }
	}
});

// src/actions/build-mock/inputs.ts
const action$8 = defineAction({
	name: "build-mock",
	title: "Build an rpm package",
	description: "Builds an rpm source package with mock in a clean, up-to-date buildroot: a short-lived session over a read-only root, without network.",
	runner: "pkg-builder",
	results: {
		folder: "output",
		junit: "junit.xml",
		codequality: "code-quality.json"
	},
	writes: ["output"],
	cleansUp: true,
	branding: {
		icon: "package",
		color: "red"
	},
	inputs: {
		source: {
			type: "path",
			required: true,
			description: "The source package: the folder that prepare-sources wrote, a .src.rpm, or a .spec with its sources beside it.",
			example: "sources"
		},
		target: {
			type: "string",
			required: true,
			description: "What to build for: a built-in target, one of its other names, or one of the packaging file.",
			example: "el9"
		},
		architecture: {
			type: "string",
			description: "Architecture of the buildroot, by rpm’s name. The host’s when not given.",
			example: "x86_64",
			pattern: /[a-z0-9][a-z0-9_-]*/,
			expected: "an architecture of rpm such as x86_64"
		},
		packaging: {
			type: "path",
			description: "The packaging file of the release, for its targets and repositories. Everything works without one.",
			example: "packaging.yml"
		},
		state: {
			type: "path",
			description: "Folder for buildroots and sessions, shared by all jobs of the host. `/var/lib/pkg-actions` for root."
		},
		output: {
			type: "path",
			default: "packages",
			description: "Folder for packages, logs, reports and manifest. Replaced as a whole."
		},
		buildroot: {
			type: "string",
			description: "Name of a buildroot made by update-buildroots. The target’s own when not given."
		},
		"buildroot-max-age": {
			type: "duration",
			default: "1d",
			description: "Look for newer packages upstream before the build when nobody has for this long."
		},
		repositories: {
			type: "list",
			separator: "line",
			description: "Repositories beside the target’s own to take build dependencies from, one a line: `NAME URL [priority=N] [key=FILE] [trusted=yes]`. Folders of this host are allowed.",
			example: "acme https://packages.example.org/el9 priority=10 key=/etc/keys/acme.asc"
		},
		"repository-keys": {
			type: "list",
			description: "Files of public keys for repositories that name no `key`."
		},
		"extra-packages": {
			type: "list",
			description: "Packages to install beside the build dependencies. When not given, those of the packaging file.",
			example: "ccache"
		},
		"package-files": {
			type: "list",
			separator: "line",
			description: ".rpm files, or folders of them, that dependencies may come from, one a line.",
			example: "packages/libhello"
		},
		"include-source": {
			type: "boolean",
			default: true,
			description: "Hand the .src.rpm on with the results, so that it is published too."
		},
		with: {
			type: "list",
			description: "Conditions of the spec file to enable (`--with`). When not given, `profiles` of the packaging file.",
			example: "tests"
		},
		without: {
			type: "list",
			description: "Conditions of the spec file to disable (`--without`).",
			example: "docs"
		},
		defines: {
			type: "list",
			separator: "line",
			description: "Macros for rpmbuild, one a line: `NAME VALUE`.",
			example: "vendor_tag acme"
		},
		check: {
			type: "boolean",
			default: true,
			description: "Run `%check`. When false mock is told `--nocheck`."
		},
		jobs: {
			type: "integer",
			min: 1,
			max: 1024,
			description: "Parallel jobs of the build (`%_smp_mflags`). When not given, as the packaging file says, else the processors, shared by `max-parallel` where that is a number."
		},
		timeout: {
			type: "duration",
			description: "Wall-clock limit of the whole session. When not given, that of the packaging file, else `2h`.",
			example: "90m"
		},
		network: {
			type: "boolean",
			default: false,
			description: "Leave the network open while the package builds, as the packaging file may say too. Dependencies are always installed with network."
		},
		retries: {
			type: "integer",
			min: 0,
			max: 20,
			description: "How often is tried again what failed by no fault of the package: a repository that does not answer, a whole build whose failure is the infrastructure’s. When not given, that of the packaging file, else 2."
		},
		"tmpfs-size": {
			type: "size",
			description: "Memory that the session may write to, at most; `0` writes to disk. When not given, that of the packaging file, else from the free memory.",
			example: "4G"
		},
		...hostInputs,
		...engineInputs,
		...cacheInputs,
		"path-mapping": {
			type: "list",
			separator: "line",
			description: "Where files of the source tarball lie in the repository, for annotations: `PREFIX=FOLDER` a line. Files outside of it are not annotated.",
			example: "=src"
		}
	},
	outputs: {
		verdict: { description: "`success`, or whose fault the failure is: `package`, `infrastructure`, `configuration`." },
		manifest: { description: "Path of the manifest that lists what was built." },
		folder: { description: "Folder with the results." },
		log: { description: "Path of the build log." },
		packages: { description: "Names of the packages built, separated by blanks." },
		artifact: { description: "Name of the uploaded artifact, where the platform has artifacts by call." }
	}
});

// src/actions/check-version/inputs.ts
const action$7 = defineAction({
	name: "check-version",
	title: "Check versions against repositories",
	description: "Compares built deb or rpm packages with what repositories publish, over all of them: new, upgrade, same, conflict or downgrade. Fails where publishing would be wrong.",
	runner: "any",
	stage: "test",
	writes: ["report"],
	branding: {
		icon: "check-circle",
		color: "blue"
	},
	inputs: {
		packages: {
			type: "list",
			separator: "line",
			required: true,
			description: "What is to be published, one a line: folders with a manifest (of prepare-sources, build-sbuild or build-mock), or .deb, .udeb, .ddeb, .dsc, .changes or .rpm files. All of one format.",
			example: "packages"
		},
		repositories: {
			type: "list",
			separator: "line",
			required: true,
			description: "Repositories to compare with, one a line: apt sources (sources.list(5)) with `signed-by=` or `trusted=yes`; for rpm packages `rpm URI [key=FILE] [trusted=yes]`. The URI is `http:`, `https:`, `file:` or the path of a folder. A name and a colon before it is shown as its channel.",
			example: "stable: deb [signed-by=/etc/keys/example.asc] https://packages.example.org/stable bookworm main"
		},
		"repository-keys": {
			type: "list",
			description: "Files of public keys, armored or binary, for repositories that name no `signed-by` or `key`.",
			example: "keys/example.asc"
		},
		"allow-downgrade": {
			type: "boolean",
			default: false,
			description: "Warn of a downgrade instead of failing. A conflict always fails."
		},
		"allow-missing": {
			type: "boolean",
			default: false,
			description: "Take a repository folder of this host that does not exist yet, or has no such suite yet, for an empty one."
		},
		attempts: {
			type: "integer",
			default: 4,
			min: 1,
			max: 20,
			description: "How often a repository is tried, with growing pauses, when its server fails, cuts the connection or is just being updated."
		},
		report: {
			type: "path",
			description: "File to write the result to, as JSON. Written when the check fails too.",
			example: "check-version.json"
		}
	},
	outputs: {
		outcome: { description: "The worst outcome of all packages: `conflict`, `downgrade`, `upgrade`, `new` or `same`. `same`: there is nothing to publish." },
		new: { description: "Number of packages that no repository has." },
		upgrade: { description: "Number of packages that are newer than every published one." },
		same: { description: "Number of packages that are published already, with equal content." },
		downgrade: { description: "Number of packages that are older than a published one." },
		conflict: { description: "Number of packages that are published in the same version with other content." },
		result: { description: "The result as JSON, as in the report. On GitHub shortened where it is long: `report` has all of it." }
	}
});

// src/actions/sign-publish/inputs.ts
const forSessions = (input) => ({
	...input,
	description: `For \`client-check\` with sessions. ${input.description}`
});
const action$6 = defineAction({
	name: "sign-publish",
	title: "Sign and publish packages",
	description: "Publishes built packages into a signed apt or dnf repository, as one transaction: what clients see changes in one step or not at all.",
	runner: "pkg-publisher",
	stage: "deploy",
	writes: ["report", "plan"],
	branding: {
		icon: "upload-cloud",
		color: "blue"
	},
	inputs: {
		packages: {
			type: "list",
			separator: "line",
			description: "Folders that build-sbuild or build-mock wrote, one a line: each holds a manifest, and exactly the files that it lists. All of them are published together; they are of one format. Required, but with `apply` those of the plan when not given.",
			example: "packages"
		},
		repository: {
			type: "path",
			description: "Folder of the repository on the publisher, made when it does not exist. Its `public/` is what a web server serves. Not needed where the packaging file says it.",
			example: "/srv/repository/bookworm"
		},
		packaging: {
			type: "path",
			description: "The packaging file of the release, for its repositories: path, suite, components, channel, key. Inputs that are given win over it. Everything works without one.",
			example: "packaging.yml"
		},
		"repository-name": {
			type: "string",
			description: "Name of the repository in the packaging file. Not needed where there is one for the target of the packages.",
			example: "acme"
		},
		channel: {
			type: "string",
			description: "Channel to publish to: a name that points to the state that clients get. When not given, the first one of the packaging file, else `latest`.",
			example: "testing"
		},
		suite: {
			type: "string",
			description: "deb: suite that the repository serves; one repository serves one. When not given, the repository’s own; a new one gets that of the packages’ target.",
			example: "bookworm"
		},
		components: {
			type: "list",
			description: "deb: components of the repository. An existing one keeps those that it has. `main` for a new one.",
			example: "main, contrib"
		},
		component: {
			type: "string",
			description: "deb: component that packages go to. When not given, the one in front of the package’s section (`contrib/net`) where the repository has it, else the first. Debug symbol packages go to `<component>/debug`.",
			example: "main"
		},
		"udeb-component": {
			type: "string",
			description: "deb: component whose `debian-installer` area udebs go to. When not given, the one that packages go to.",
			example: "main"
		},
		architectures: {
			type: "list",
			description: "Architectures of the repository, by the names of the format. An existing one keeps those that it has. A new one gets those of the packages when not given.",
			example: "amd64, arm64"
		},
		origin: {
			type: "string",
			description: "deb: origin in the Release file, which clients can pin. For a new repository the name of its folder when not given.",
			example: "Acme"
		},
		label: {
			type: "string",
			description: "deb: label in the Release file; the same as the origin when not given. rpm: name of the repository in .repo files; for a new repository the name of its folder when not given.",
			example: "Acme packages"
		},
		description: {
			type: "string",
			description: "deb: description in the Release file.",
			example: "Packages of Acme for Debian 12"
		},
		"valid-for": {
			type: "duration",
			description: "deb: time after which clients refuse the Release file as outdated (`Valid-Until`). Publish again within half of it, with the same packages if there is nothing new. `0`, as for a new repository: for ever.",
			example: "14d"
		},
		"keep-versions": {
			type: "integer",
			min: 1,
			max: 1e3,
			description: "How many versions of each source package the channel keeps, the newest ones: machines get the newest, and can install an older one by its version. A version stays or goes whole. When not given, that of the packaging file, else what the channel has; 1 for a new repository.",
			example: "3"
		},
		groups: {
			type: "path",
			description: "rpm: file with groups of packages (comps.xml). When not given, that of the packaging file, else the repository keeps what it has; so with the next three.",
			example: "comps.xml"
		},
		updateinfo: {
			type: "path",
			description: "rpm: file with advisories (updateinfo.xml).",
			example: "updateinfo.xml"
		},
		modules: {
			type: "path",
			description: "rpm: file with module streams and defaults (modules.yaml).",
			example: "modules.yaml"
		},
		productid: {
			type: "path",
			description: "rpm: product certificate, in PEM form.",
			example: "productid.pem"
		},
		signer: {
			type: "choice",
			options: ["openpgp", "gpg"],
			default: "openpgp",
			description: "What signs: `openpgp`, in this process with `signing-key`, or `gpg`, for a key on a card or in an agent."
		},
		"gpg-home": {
			type: "path",
			description: "GnuPG home on the publisher that has the key, or the stub of the card that has it, for the signer gpg. The fingerprint says which of its keys signs.",
			example: "/var/lib/publisher/gnupg"
		},
		"signing-key": {
			type: "secret",
			description: "OpenPGP private key that signs: what `gpg --armor --export-secret-keys` prints, as it is or in base64. RSA of 2048 bits or more, or Ed25519. It is used in memory only. Required unless `gpg-home` has the key."
		},
		"signing-key-passphrase": {
			type: "secret",
			description: "Passphrase of the key, where it has one; of a card its PIN."
		},
		"signing-key-fingerprint": {
			type: "string",
			description: "Fingerprint of the key that is expected. Another key is refused; of several keys it chooses one. When not given, that of the packaging file.",
			example: "0123456789ABCDEF0123456789ABCDEF01234567",
			pattern: /(0x)?[0-9A-Fa-f ]+/,
			expected: "40 hexadecimal digits"
		},
		"next-signing-key": {
			type: "secret",
			description: "The key that shall sign later, while keys change: clients get it together with `signing-key`. Release files of deb get the signatures of both; rpm packages and repomd.xml that of `signing-key` only, as rpm reads one. Later give it as `signing-key` alone. With `gpg-home` the fingerprint names it instead."
		},
		"next-signing-key-passphrase": {
			type: "secret",
			description: "Passphrase of the next key, where it has one; of a card its PIN."
		},
		"next-signing-key-fingerprint": {
			type: "string",
			description: "Fingerprint of the next key that is expected. With `gpg-home` it alone says which key of that home is the next one.",
			example: "89ABCDEF0123456789ABCDEF0123456789ABCDEF",
			pattern: /(0x)?[0-9A-Fa-f ]+/,
			expected: "40 hexadecimal digits"
		},
		"allow-key-change": {
			type: "boolean",
			default: false,
			description: "Sign with another key than the one that signed the repository before, and that was no `next-signing-key` either. Clients need the new key first."
		},
		"allow-review": {
			type: "boolean",
			default: false,
			description: "Publish builds of changes that are not merged to the channel itself. Not needed with `review`, which keeps them apart."
		},
		review: {
			type: "string",
			description: "Publish to the review repository of this name instead, made when it does not exist: a repository of its own for one change, layered over the `channel`, which is not touched. Builds of changes that are not merged are welcome. Give it a key of its own. `manage-repository` removes it.",
			example: "CR-123",
			pattern: /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/,
			expected: "at most 64 letters, digits, dots, _ and -, starting with a letter or digit"
		},
		"allowed-signers": {
			type: "list",
			separator: "line",
			description: "Files with OpenPGP public keys, one a line: every build must be signed by one of them. deb: each `.changes` inline, and it covers every file by SHA-256. rpm: the header of each package. When not given, those of the packaging file, else builds need no signatures.",
			example: "keys/builders.asc"
		},
		"allow-downgrade": {
			type: "string",
			description: "Why packages may be older than what this or another channel has: a reason, which is recorded. In this channel they replace the newer ones. Without it they are refused. Conflicts always are.",
			example: "2.0 loses mail, see issue 77"
		},
		plan: {
			type: "path",
			description: "Publish nothing: write what publishing would do to this file, as JSON, and show it. Needs no private key where the fingerprint is given or the repository has its key already. Fails, with the plan written, when something would be refused.",
			example: "plan.json"
		},
		apply: {
			type: "path",
			description: "Do exactly what this plan says, a file that `plan` wrote, or fail when the repository, the builds, the settings or the key have changed since. Packages, repository, channel and settings are those of the plan where they are not given.",
			example: "plan.json"
		},
		"client-check": {
			type: "choice",
			options: ["read", "target"],
			default: "read",
			description: "What is tried before clients see it. `read`: apt or dnf of this machine read all indexes, signatures and new files. `target`: besides, those of the target, in a session of it, resolve and fetch every new package, installed fresh and upgraded to from what the channel has; what cannot be installed is not published. Needs root and a buildroot of the target here, as update-buildroots makes it. Nothing of a package is run."
		},
		state: {
			type: "path",
			description: "For `client-check` with sessions: folder of the buildroots of this host. `/var/lib/pkg-actions` for root."
		},
		engine: forSessions(engineInputs.engine),
		"tool-image": forSessions(engineInputs["tool-image"]),
		"base-image": forSessions(engineInputs["base-image"]),
		proxy: {
			...cacheInputs.proxy,
			description: "For `client-check` with sessions: caching proxy that packages of the target are downloaded through (apt-cacher-ng, squid)."
		},
		retries: {
			type: "integer",
			min: 0,
			max: 20,
			description: "For `client-check` with sessions: how often is tried again what fails by no fault of a package, such as a mirror that does not answer. When not given, that of the packaging file, else 2."
		},
		"lease-timeout": {
			type: "duration",
			description: "How long to wait while another publisher writes to the repository. When not given, that of the packaging file, else 10m.",
			example: "10m"
		},
		url: {
			type: "string",
			description: "Public address of the repository’s `public/` folder, for its page, its files for apt and dnf, and the instructions to users. It is recorded with the repository. When not given, that of the packaging file, else the recorded one, else the folder itself.",
			example: "https://packages.example.org/bookworm",
			pattern: /(https?|file|copy):\/\S+/,
			expected: "an http, https or file URI without blanks"
		},
		report: {
			type: "path",
			description: "File to write the result to, as JSON.",
			example: "sign-publish.json"
		}
	},
	outputs: {
		verdict: { description: "`publish`, or `nothing` when all of it is there already; with `plan` what would be, and `refused` when it would fail." },
		changed: { description: "`true` when something was published, `false` when all of it was there already." },
		snapshot: { description: "Id of the state that the channel points to now; with `review` of the review." },
		"snapshot-uri": { description: "Address of that state: it stays the same when the channel moves on." },
		channel: { description: "The channel." },
		repository: { description: "Absolute path of the repository." },
		fingerprint: { description: "Fingerprint of the key that signed." },
		"sources-entry": { description: "deb: text of a file for `/etc/apt/sources.list.d/`, such as `acme.sources`, with the key in it: all that a machine needs (apt 2.4 or newer). With `review` it has the state of the release that the review is layered over, and that of the review. Empty for rpm." },
		"repo-file": { description: "rpm: text of a file for `/etc/yum.repos.d/`, such as `acme.repo`: packages, and, not enabled, debug information and sources. With `review` both, as above. Empty for deb." },
		published: { description: "The result as JSON: every package with its action (`add`, `upgrade`, `downgrade`, `same`), what left the channel, downgrades that were allowed, the snapshot and the key. Empty with `plan`. On GitHub shortened where it is long: `report` has all of it." }
	}
});

// src/actions/mirror-repository/inputs.ts
const action$5 = defineAction({
	name: "mirror-repository",
	title: "Mirror a repository",
	description: "Copies a repository to mirrors by rsync: packages first, then indexes, then the channels in one step each, removals last. What a mirror serves is always the complete old or the complete new state.",
	runner: "pkg-publisher",
	stage: "deploy",
	writes: ["report-file"],
	branding: {
		icon: "copy",
		color: "blue"
	},
	inputs: {
		repository: {
			type: "path",
			description: "Folder of the repository on the publisher, which sign-publish wrote. Not needed where the packaging file says it.",
			example: "/srv/repository/bookworm"
		},
		mirrors: {
			type: "list",
			separator: "line",
			description: "Where to mirror to, one a line: `rsync://[user@]host[:port]/module[/path]`, `[user@]host:/path` or `ssh://[user@]host[:port]/path`, or a folder. When not given, those of the packaging file.",
			example: "mirror@www1.example.org:/srv/mirror/bookworm"
		},
		packaging: {
			type: "path",
			description: "The packaging file of the release, for its repositories: path and mirrors. Inputs that are given win.",
			example: "packaging.yml"
		},
		"repository-name": {
			type: "string",
			description: "Name of the repository in the packaging file. Not needed where there is one.",
			example: "acme"
		},
		target: {
			type: "string",
			description: "Target whose repository is meant, where the entry in the packaging file gives one for each of several targets.",
			example: "debian-12"
		},
		"known-hosts": {
			type: "string",
			description: "Host keys of mirrors by ssh: lines as in known_hosts, or the path of such a file. Only these hold then. When not given, those of the user and of the machine. A host whose key is not known is refused.",
			example: "www1.example.org ssh-ed25519 AAAAC3Nza..."
		},
		"ssh-key": {
			type: "secret",
			description: "Private key for mirrors by ssh, without a passphrase. It is only ever in the memory of an agent. When not given, the keys and the agent of the user."
		},
		"rsync-password": {
			type: "secret",
			description: "Password of the user at rsync daemons."
		},
		"bandwidth-limit": {
			type: "size",
			default: "0",
			description: "Most bytes a second that are sent to each mirror; `0` for no limit.",
			example: "10M"
		},
		timeout: {
			type: "duration",
			default: "5m",
			description: "After this time without any data a connection counts as dead."
		},
		attempts: {
			type: "integer",
			default: 4,
			min: 1,
			max: 20,
			description: "How often a step is tried, with growing pauses, when a mirror does not answer or the connection is cut."
		},
		checksum: {
			type: "boolean",
			default: false,
			description: "Compare the contents of all files instead of sizes and times. It reads everything on both sides; it finds what became damaged on a mirror."
		},
		"max-delete": {
			type: "integer",
			min: 0,
			description: "Most files and folders that are removed from a mirror because the repository no longer has them. When not given, as many as the mirror keeps, or 100.",
			example: "5000"
		},
		"lock-timeout": {
			type: "duration",
			default: "1h",
			description: "How long to wait while another run mirrors this repository."
		},
		"dry-run": {
			type: "boolean",
			default: false,
			description: "Only tell what would be sent and removed."
		},
		"report-file": {
			type: "path",
			description: "File to write the result to, as JSON.",
			example: "mirrors.json"
		}
	},
	outputs: {
		mirrored: { description: "The mirrors that are complete, one a line." },
		failed: { description: "The mirrors that failed, one a line. Empty when all is well." },
		report: { description: "The result as JSON: for every mirror its state, the step at which it failed and why, files, bytes, removals and seconds." }
	}
});

// src/actions/manage-repository/inputs.ts
const shared$1 = action$6.inputs;
const action$4 = defineAction({
	name: "manage-repository",
	title: "Manage a repository",
	description: "Channels and snapshots of a repository, and review repositories over it: lists and compares them, promotes what was tried, goes back, removes what nobody needs, and tells builds which state a channel stands for.",
	runner: "pkg-publisher",
	stage: "deploy",
	writes: ["report"],
	prints: {
		input: "command",
		value: "resolve",
		output: "snapshot-uri"
	},
	branding: {
		icon: "git-branch",
		color: "blue"
	},
	inputs: {
		command: {
			type: "choice",
			options: [
				"list",
				"diff",
				"promote",
				"rollback",
				"prune",
				"remove-channel",
				"remove-review",
				"prune-reviews",
				"resolve"
			],
			required: true,
			description: "What to do. `list`: channels, snapshots and reviews, or the packages of one. `diff`: what is other in two of them. `promote`: let the channel `to` point to what `channel` or `snapshot` is. `rollback`: let `channel` point to what it was before. `prune`: remove old snapshots, and files that no snapshot uses. `remove-channel`: remove a channel. `remove-review`: remove the review repositories of changes that are closed. `prune-reviews`: remove those that nobody has published to for a time. `resolve`: the address of the state that a channel stands for now.",
			example: "promote"
		},
		repository: {
			type: "path",
			description: "Folder of the repository on the publisher. Not needed where the packaging file says it, and for `resolve` by `url`. `resolve` takes the folder of a mirror too.",
			example: "/srv/repository/bookworm"
		},
		packaging: {
			type: "path",
			description: "The packaging file of the release, for the paths and addresses of its repositories.",
			example: "packaging.yml"
		},
		"repository-name": {
			type: "string",
			description: "Name of the repository in the packaging file. Not needed where there is one.",
			example: "acme"
		},
		target: {
			type: "string",
			description: "Target of the repository in the packaging file. Not needed where it has one target.",
			example: "debian-12"
		},
		channel: {
			type: "string",
			description: "The channel that is meant: of `promote` where it comes from, of `rollback` and `remove-channel` which one moves, of `list`, `diff` and `resolve` what is looked at. `resolve` takes `latest` when it is not given.",
			example: "testing"
		},
		snapshot: {
			type: "string",
			description: "Id of a snapshot. `list`, `diff`, `promote`: it instead of a channel’s. `rollback`: the state to go back to; the channel’s former one when not given.",
			example: "20260102T030405Z-1a2b3c",
			pattern: /\d{8}T\d{6}Z-[0-9a-f]{6}/,
			expected: "the id of a snapshot"
		},
		against: {
			type: "string",
			description: "With `diff`: channel or snapshot that it is compared with. When not given, the state that it was made from.",
			example: "stable"
		},
		to: {
			type: "string",
			description: "With `promote`: the channel that is moved; made when it is not there.",
			example: "stable"
		},
		packages: {
			type: "list",
			description: "With `promote`: names of source packages. These alone go from `channel` to `to`, with all that was built from them; the others of `to` stay. Needs the signing key, as the indexes of `to` change.",
			example: "hello, greetings"
		},
		"allow-downgrade": {
			type: "string",
			description: "With `promote`: why packages of the channel may become older or leave it: a reason, which is recorded. Without it that is refused.",
			example: "2.0 loses mail, see issue 77",
			pattern: /\S[^\r\n]{0,999}/,
			expected: "one line of at most 1000 characters"
		},
		reason: {
			type: "string",
			description: "Why, for the history of the repository. `rollback` needs it.",
			example: "INC-4711: hello 2.0 loses data",
			pattern: /\S[^\r\n]{0,999}/,
			expected: "one line of at most 1000 characters"
		},
		review: {
			type: "list",
			description: "With `remove-review`: names of the review repositories to remove. One that is not there is no error. With `list`: the one review whose channels and snapshots are listed.",
			example: "CR-123"
		},
		keep: {
			type: "integer",
			min: 1,
			max: 1e4,
			description: "With `prune`: how many states of each channel stay, the one that it points to included. 5 when not given.",
			example: "10"
		},
		"keep-for": {
			type: "duration",
			description: "With `prune`: how long a snapshot stays after the last channel has left it. Never less than a day, as clients that have read its indexes still download from it. 30d when not given. With `prune-reviews`: how long a review repository stays after somebody has published to it. 14d when not given.",
			example: "90d"
		},
		"dry-run": {
			type: "boolean",
			default: false,
			description: "Say what would be done, and change nothing. Needs no lease."
		},
		url: {
			type: "string",
			description: "Public address of the repository’s `public/` folder. `resolve` reads it there where no `repository` is given.",
			example: "https://packages.example.org/bookworm",
			pattern: /(https?|file):\/\S+/,
			expected: "an http, https or file URI without blanks"
		},
		signer: {
			...shared$1.signer,
			description: "What signs, where `rollback` or `promote` needs it: `openpgp`, in this process with `signing-key`, or `gpg`, for a key on a card or in an agent."
		},
		"gpg-home": shared$1["gpg-home"],
		"signing-key": {
			...shared$1["signing-key"],
			description: "OpenPGP private key of the repository, for `promote` with `packages`; and of deb for `rollback` and `promote` where a former state is served again: apt takes no Release file that is older than the one it has, so it gets a new date. Without the key, machines that have read the newer state stay with it until the next publish."
		},
		"signing-key-passphrase": shared$1["signing-key-passphrase"],
		"signing-key-fingerprint": shared$1["signing-key-fingerprint"],
		"next-signing-key": {
			...shared$1["next-signing-key"],
			description: "While the keys of the repository are changed: the key that shall sign later, as sign-publish has it. What this command makes is then signed by both (deb), or names it (rpm)."
		},
		"next-signing-key-passphrase": shared$1["next-signing-key-passphrase"],
		"next-signing-key-fingerprint": shared$1["next-signing-key-fingerprint"],
		"allow-key-change": {
			type: "boolean",
			default: false,
			description: "With `promote`: take a snapshot that is signed by a key that clients of the channel `to` may not have. Hand them the key first."
		},
		"lease-timeout": shared$1["lease-timeout"],
		report: {
			type: "path",
			description: "File to write the result to, as JSON.",
			example: "repository.json"
		}
	},
	outputs: {
		changed: { description: "`true` when something of the repository was changed, or, with `dry-run`, would be." },
		channel: { description: "The channel that was moved or looked at; empty where there is none." },
		snapshot: { description: "Id of the snapshot that it points to, or that was looked at; empty where there is none." },
		"snapshot-uri": { description: "Address of that snapshot, which stays the same when the channel moves on." },
		result: { description: "The result as JSON. On GitHub shortened where it is long: `report` has all of it." }
	}
});

// src/actions/setup-builder/inputs.ts
const { target: _one, architecture, mirror, ...shared } = buildrootInputs;
const action$3 = defineAction({
	name: "setup-builder",
	title: "Set up a build host",
	description: "Prepares a Debian, Ubuntu, Fedora or Enterprise Linux host for builds: packages, folders, tool images, first buildroots, a daily update. Run again it changes nothing that is as it should be.",
	runner: "pkg-builder",
	branding: {
		icon: "server",
		color: "blue"
	},
	inputs: {
		targets: {
			type: "list",
			description: "Targets that the host builds for. All of the packaging file when not given; without one, what the distribution itself can build, and no buildroots yet.",
			example: "debian-12,el9"
		},
		"dry-run": {
			type: "boolean",
			default: false,
			description: "Only say what would be done."
		},
		...engineInputs,
		engine: {
			...engineInputs.engine,
			description: "Where builds are to run: on the host itself, or in containers of docker or podman. `auto`: deb on Debian and Ubuntu, rpm on Fedora and Enterprise Linux, on the host; the other format in containers."
		},
		packages: {
			type: "boolean",
			default: true,
			description: "Install the packages that are missing, and on an Enterprise Linux EPEL."
		},
		publisher: {
			type: "boolean",
			default: false,
			description: "Install what publishing needs as well. The host that holds the key should build nothing."
		},
		buildroots: {
			type: "boolean",
			default: true,
			description: "Make the first buildroot of each target."
		},
		timer: {
			type: "choice",
			options: [
				"auto",
				"yes",
				"no"
			],
			default: "auto",
			description: "Update the buildroots every day: by a timer of systemd, or by cron where there is no systemd. `auto`: where systemd runs."
		},
		"timer-time": {
			type: "string",
			default: "03:30",
			description: "When, in the time of the host; up to half an hour later with systemd.",
			pattern: /([01][0-9]|2[0-3]):[0-5][0-9]/,
			expected: "a time such as 03:30"
		},
		"timer-command": {
			type: "string",
			description: "Command that the timer starts `update-buildroots` with. When not given, the `pkg-actions` that is installed on the host.",
			example: "/usr/local/bin/pkg-actions",
			pattern: /\/[A-Za-z0-9_@+=:,./~-]+( [A-Za-z0-9_@+=:,./~-]+)*/,
			expected: "an absolute path, and words without quotes"
		},
		force: {
			type: "boolean",
			default: false,
			description: "Write files of the timer anew where somebody changed them."
		},
		...shared,
		architecture: {
			...architecture,
			description: "Architecture of the buildroots, by the name of either format. The host’s when not given.",
			pattern: /[a-z0-9][a-z0-9_-]*/,
			expected: "an architecture such as amd64 or x86_64"
		},
		mirror: {
			...mirror,
			description: `deb: ${mirror.description.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}`
		},
		proxy: {
			...cacheInputs.proxy,
			description: "Caching proxy that packages of buildroots are downloaded through (apt-cacher-ng, squid)."
		}
	},
	outputs: {
		changed: { description: "`true` when anything was changed." },
		steps: { description: "JSON: each step with its outcome (`changed`, `unchanged`, `planned`, `failed`, `skipped`), detail and actions." },
		doctor: { description: "What doctor says at the end: `ok`, `warnings` or `failed`." }
	}
});

// src/actions/doctor/inputs.ts
const action$2 = defineAction({
	name: "doctor",
	title: "Look at a build host",
	description: "Looks at this host and says what builds and publishing would miss, with the command that mends it. It changes nothing.",
	runner: "any",
	writes: ["report-file"],
	branding: {
		icon: "activity",
		color: "blue"
	},
	prints: {
		input: "format",
		value: "json",
		output: "report"
	},
	inputs: {
		for: {
			type: "list",
			description: "What the host is to be for: `deb` and `rpm` (builds on the host itself), `containers` (builds in docker or podman), `publish` (or `publish-deb`, `publish-rpm`). Only what these need counts. When not given: what its tools and buildroots say.",
			example: "deb,publish"
		},
		strict: {
			type: "boolean",
			default: false,
			description: "Fail for warnings as well."
		},
		format: {
			type: "choice",
			options: ["table", "json"],
			default: "table",
			description: "What is shown: a table for people, or the report as JSON (on the command line on standard output)."
		},
		"report-file": {
			type: "path",
			description: "File to write the report to, as JSON.",
			example: "doctor.json"
		},
		engine: {
			type: "choice",
			options: [
				"auto",
				"docker",
				"podman"
			],
			default: "auto",
			description: "Which of the engines `containers` means. `auto`: one that works is enough."
		},
		"tool-image": {
			...engineInputs["tool-image"],
			description: "Image that builds in containers are given, to try a session in. One that pkg-actions made when not given."
		},
		state: buildrootInputs.state,
		"signing-key": {
			type: "secret",
			description: "OpenPGP private key that signs: until when, and whether clients accept it. Needs no passphrase, and signs nothing."
		},
		"public-keys": {
			type: "list",
			description: "Files of public keys to look at in the same way.",
			example: "/srv/repository/public/key.asc"
		},
		repositories: {
			type: "list",
			description: "Folders of repositories that sign-publish wrote: the keys that signed what their channels serve.",
			example: "/srv/repository"
		},
		proxy: {
			...cacheInputs.proxy,
			description: "Proxy that builds download packages through: whether it answers."
		}
	},
	outputs: {
		result: { description: "`ok`, `warnings` or `failed`." },
		report: { description: "All that was found, as JSON (`schema/doctor.schema.json`)." }
	}
});

// src/actions/clean-up/inputs.ts
const action$1 = defineAction({
	name: "clean-up",
	title: "Remove what dead runs left",
	description: "Removes what runs that were killed left on this host: sessions, mounts, containers, half-made buildroots and layers, temporary folders. Nothing of a run that lives is touched.",
	runner: "pkg-builder",
	writes: ["report-file"],
	prints: {
		input: "format",
		value: "json",
		output: "report"
	},
	branding: {
		icon: "trash-2",
		color: "blue"
	},
	inputs: {
		state: buildrootInputs.state,
		folders: {
			type: "list",
			separator: "line",
			description: "Further folders in which temporary folders of dead runs may lie: workspaces, a TMPDIR of other jobs. The system’s, and the workspace, are looked into in any case.",
			example: "/srv/builds"
		},
		"dry-run": {
			type: "boolean",
			default: false,
			description: "Only tell what would be removed."
		},
		format: {
			type: "choice",
			options: ["table", "json"],
			default: "table",
			description: "What is shown: a table for people, or the report as JSON (on the command line on standard output)."
		},
		"report-file": {
			type: "path",
			description: "File to write the report to, as JSON.",
			example: "clean-up.json"
		}
	},
	outputs: {
		removed: { description: "How many leftovers were removed, or with `dry-run` would be." },
		failed: { description: "How many could not be removed." },
		bytes: { description: "Bytes of disk given back, or to be given back." },
		report: { description: "All of it as JSON: `removed` and `failed`, each with `kind` and `place`." }
	}
});

// src/actions/pipeline/shared.ts
const { engine, "tool-image": toolImage, "base-image": baseImage } = engineInputs;
const { "compiler-cache-key": _perPackage, ...caches } = cacheInputs;
const image = (input, format) => ({
	...input,
	description: input.description.replace("Container engines:", `Container engines, for ${format} packages:`)
});
const sharedInputs = {
	engine,
	"tool-image-deb": image(toolImage, "deb"),
	"tool-image-rpm": image(toolImage, "rpm"),
	"base-image-deb": image(baseImage, "deb"),
	"base-image-rpm": image(baseImage, "rpm"),
	retries: {
		type: "integer",
		min: 0,
		max: 20,
		description: "How often is tried again what failed by no fault of a package. When not given, that of the packaging file, else 2."
	},
	...caches
};
function sharedFor(values, format, table) {
	const told = {};
	for (const [name, value] of Object.entries(values)) {
		const [, common, of] = /^(.+-image)-(deb|rpm)$/.exec(name) ?? [];
		const wanted = common ?? name;
		if (!(name in sharedInputs) || value === void 0 || of !== void 0 && of !== format) continue;
		if (wanted in table) told[wanted] = String(value);
	}
	return told;
}

// src/actions/pipeline/inputs.ts
const action = defineAction({
	name: "pipeline",
	title: "The whole chain on one machine",
	description: "Prepares, builds, checks and publishes the packages of a release, then installs them from the new repository with apt or dnf in a clean session. Needs root.",
	runner: "any",
	cliOnly: true,
	writes: ["work"],
	cleansUp: true,
	branding: {
		icon: "play",
		color: "blue"
	},
	inputs: {
		packaging: {
			type: "path",
			description: "The packaging file of the release. When not given: `packaging.yml` where there is one, else the folder is one package with `debian/` or a spec in it, and `targets` and `repository` say the rest.",
			example: "packaging.yml"
		},
		packages: {
			type: "list",
			description: "Packages to build. All of the release when not given.",
			example: "hello"
		},
		targets: {
			type: "list",
			description: "Targets to build for, by name or as files. All of the release when not given.",
			example: "debian-12"
		},
		work: {
			type: "path",
			default: "pkg-actions-work",
			description: "Folder for sources and packages of this run. Those of an earlier run are replaced."
		},
		repository: {
			type: "path",
			description: "Folder of the repository, where no packaging file says it. With several targets each gets a folder in it.",
			example: "/srv/repository"
		},
		channel: {
			type: "string",
			description: "Channel to publish to. The first of the repository when not given."
		},
		state: {
			type: "path",
			description: "Folder for buildroots and sessions, shared by all jobs of the host. `/var/lib/pkg-actions` for root."
		},
		mirror: {
			type: "string",
			description: "deb: mirror of the distribution’s archive. When not given, the target’s, the host’s or the default one.",
			pattern: /(https?|file|copy):\/.*/,
			expected: "an http, https or file URI"
		},
		...hostInputs,
		...sharedInputs,
		"signing-key": {
			type: "secret",
			required: true,
			description: "OpenPGP private key that signs the repository, armored. It is used in memory only."
		},
		"signing-key-passphrase": {
			type: "secret",
			description: "Passphrase of the key, where it has one."
		},
		"allow-key-change": {
			type: "boolean",
			default: false,
			description: "Sign with another key than the one that signed the repository before."
		},
		install: {
			type: "boolean",
			default: true,
			description: "Install what was published in a clean session of each target, and run the smoke command there."
		},
		smoke: {
			type: "list",
			separator: "line",
			description: "Command that must succeed where the packages are installed, one argument a line, no shell. That of the packaging file when not given."
		}
	},
	outputs: {
		result: { description: "JSON: what was built and published, from which commits and tags, how many seconds each stage took." },
		"sources-entry": { description: "Texts for `/etc/apt/sources.list.d/`, one per deb repository." },
		"repo-file": { description: "Texts for `/etc/yum.repos.d/`, one per rpm repository." }
	}
});

// src/actions/index.ts
function register(spec, load) {
	return {
		spec,
		load: async () => (await load()).run
	};
}
const ACTIONS = [
	register(action$11, () => import("./lazy-action-prepare-sources.js")),
	register(action$9, () => import("./lazy-action-update-buildroots.js")),
	register(action$10, () => import("./lazy-action-build-sbuild.js")),
	register(action$8, () => import("./lazy-action-build-mock.js")),
	register(action$7, () => import("./lazy-action-check-version.js")),
	register(action$6, () => import("./lazy-action-sign-publish.js")),
	register(action$5, () => import("./lazy-action-mirror-repository.js")),
	register(action$4, () => import("./lazy-action-manage-repository.js")),
	register(action$3, () => import("./lazy-action-setup-builder.js")),
	register(action$2, () => import("./lazy-action-doctor.js")),
	register(action$1, () => import("./lazy-action-clean-up.js")),
	register(action, () => import("./lazy-action-pipeline.js"))
];

export { ACTIONS, VERSION_SCHEMES, action$1 as action, action$2 as action$1, action$11 as action$10, action$3 as action$2, action$4 as action$3, action$5 as action$4, action$6 as action$5, action$7 as action$6, action$8 as action$7, action$9 as action$8, action$10 as action$9, assertOrder, checkSuffix, checkTemplate, compareVersions, fillTemplate, isVersion, numberAt, parseVersion, reviewVersion, sharedFor, snapshotSuffix, versionAt, withoutEpoch };
