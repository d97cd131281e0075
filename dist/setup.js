import { CancelledError, CommandError, UserError, assetPath, familyOf, messageOf, oneLine, packageOf, quote, run, shellQuote, which } from "./frame.js";
import { codeCell, escapeMarkdown, fenced } from "./shared.js";
import { writeWhole } from "./host-gitlab.js";
import { debArchitecture, rpmArchitecture } from "./rpm.js";
import { smokeTest } from "./builder.js";
import { buildrootFolder, buildrootName, chooseEngine, clientEnvironment, currentGeneration, defaultBase, imageName, prepareState, requestedBuildroot, updateBuildroot } from "./buildroot.js";
import path from "node:path";
import { existsSync, realpathSync, statSync } from "node:fs";
import { chown, mkdir, readFile, stat } from "node:fs/promises";
import { createHash } from "node:crypto";

// src/setup/distribution.ts
function readDistribution(text) {
	const field = (name) => new RegExp(`^${name}=(["']?)([^"'\n]*)\\1$`, "m").exec(text)?.[2] ?? "";
	const family = familyOf(text);
	const [id, name] = [field("ID"), field("PRETTY_NAME") || field("NAME")];
	if (family === void 0) throw new UserError({
		what: "a distribution that setup-builder does not know",
		where: "/etc/os-release",
		found: quote(name === "" ? id : name),
		expected: "Debian, Ubuntu, Fedora, an Enterprise Linux, or one that is like them (ID_LIKE)",
		remedy: "install the tools by hand; pkg-actions doctor says what is missing"
	});
	const enterprise = family === "fedora" && id !== "fedora" && (/\b(?:rhel|centos)\b/.test(`${id} ${field("ID_LIKE")}`) || /^platform:el\d/.test(field("PLATFORM_ID"))) ? Number.parseInt(field("VERSION_ID"), 10) : void 0;
	if (enterprise !== void 0 && !(enterprise >= 8)) throw new UserError({
		what: "an Enterprise Linux that is too old",
		where: "/etc/os-release",
		found: quote(field("VERSION_ID")),
		expected: "8 or newer"
	});
	return {
		id,
		family,
		name: name === "" ? id : name,
		enterprise
	};
}

// src/setup/buildroot-steps.ts
function engineOf(setup, format, requested) {
	const { toolImage, baseImage, state, runId, logger, signal } = setup;
	return chooseEngine({
		requested,
		format,
		toolImage,
		baseImage,
		state,
		runId,
		logger,
		signal
	});
}
function buildrootStep(setup, target, engine, reference = target.name) {
	const { state, architecture, mirror, runId, logger, signal } = setup;
	return {
		id: `buildroot/${target.name}`,
		title: `Buildroot of ${target.name}`,
		after: [
			"packages",
			"daemon",
			"state",
			`image/${target.format}`
		],
		async look() {
			const existing = await existingGeneration(state, target, architecture);
			if (existing !== void 0) return {
				state: "fine",
				detail: `generation ${existing} is there`
			};
			return {
				state: "needed",
				detail: "there is none",
				actions: [shellQuote([
					"pkg-actions",
					"update-buildroots",
					"--targets",
					reference
				])],
				async apply() {
					const configuration = await requestedBuildroot({
						target,
						architecture,
						mirror
					});
					const { generation, outcome, seconds } = await updateBuildroot({
						state,
						configuration,
						engine: await engineOf(setup, target.format, engine),
						smoke: smokeTest,
						retryRejected: true,
						proxy: setup.proxy,
						runId,
						logger,
						signal
					});
					return `${outcome}: generation ${generation.id}, in ${seconds.toFixed(0)} s`;
				}
			};
		}
	};
}
async function existingGeneration(state, target, architecture) {
	if (architecture !== void 0) {
		const own = target.format === "deb" ? debArchitecture(architecture) : rpmArchitecture(architecture);
		return (await currentGeneration(buildrootFolder(state, buildrootName(target, own))))?.id;
	}
	const configuration = await requestedBuildroot({ target }).catch(() => void 0);
	if (configuration === void 0) return void 0;
	return (await currentGeneration(buildrootFolder(state, buildrootName(target, configuration.architecture))))?.id;
}

// src/setup/owned-file.ts
const MARK = "# Written by pkg-actions setup-builder. Changes are kept: it then leaves this file alone.";
const DIGEST = /^# Digest of what follows: ([0-9a-f]{64})$/;
function ownedText(content) {
	return `${MARK}\n# Digest of what follows: ${digestOf(content)}\n${content}`;
}
function digestOf(content) {
	return createHash("sha256").update(content).digest("hex");
}
async function fileState(file, content) {
	const text = await readFile(file, "utf8").catch((error) => {
		if (error.code === "ENOENT") return void 0;
		throw error;
	});
	if (text === void 0) return "outdated";
	if (text === ownedText(content)) return "same";
	const [mark, digest = "", ...rest] = text.split("\n");
	return mark === MARK && DIGEST.exec(digest)?.[1] === digestOf(rest.join("\n")) ? "outdated" : "foreign";
}
async function writeOwnedFile(file, content) {
	await mkdir(path.dirname(file), {
		recursive: true,
		mode: 493
	});
	await writeWhole(file, ownedText(content), { mode: 420 });
}

// src/setup/system.ts
const CHANGE_SECONDS = 3600;
function thisSystem(logger, signal) {
	return {
		root: "/",
		hasSystemd: statSync("/run/systemd/system", { throwIfNoEntry: false })?.isDirectory() === true,
		ask: (argv) => run(argv, {
			okExitCodes: "any",
			signal,
			timeoutSeconds: 120,
			env: environmentOf(argv)
		}),
		async change(argv) {
			await run(argv, {
				signal,
				timeoutSeconds: CHANGE_SECONDS,
				env: { DEBIAN_FRONTEND: "noninteractive" },
				onLine: (line) => logger.tool(line)
			});
		},
		has: (tool) => which(tool) !== void 0
	};
}
function environmentOf([tool]) {
	return tool === "docker" || tool === "podman" ? clientEnvironment(tool) : {};
}
function placeIn({ root }, file) {
	return path.join(root, file);
}

// src/setup/file-step.ts
function fileStep(system, { files, force, afterwards = [], pending, logger, ...head }) {
	return {
		...head,
		async look() {
			const outdated = [];
			const foreign = [];
			for (const [file, content] of Object.entries(files)) {
				const state = await fileState(placeIn(system, file), content);
				if (state === "outdated" || state === "foreign" && force) outdated.push(file);
				else if (state === "foreign") foreign.push(file);
			}
			for (const file of foreign) logger.warning(`${file} was changed by somebody and is kept as it is; force writes it anew`);
			const kept = foreign.length > 0 ? `; kept as somebody changed it: ${foreign.join(", ")}` : "";
			const commands = outdated.length > 0 ? afterwards : await pending?.() ?? [];
			if (outdated.length === 0 && commands.length === 0) return {
				state: "fine",
				detail: `${Object.keys(files).join(", ")}${kept}`
			};
			const writes = outdated.map((file) => `write ${file}`);
			return {
				state: "needed",
				detail: `${[...writes, ...commands.map(shellQuote)].join(", ")}${kept}`,
				actions: [...writes, ...commands.map(shellQuote)],
				async apply() {
					for (const file of outdated) await writeOwnedFile(placeIn(system, file), files[file] ?? "");
					for (const command of commands) await system.change(command);
					return `${[...outdated.map((file) => `wrote ${file}`), ...commands.map(shellQuote)].join(", ")}${kept}`;
				}
			};
		}
	};
}

// src/setup/image-step.ts
const DOCKERFILES = {
	deb: "sbuild",
	rpm: "mockbuild"
};
function imageStep(system, setup, format, engine) {
	return {
		id: `image/${format}`,
		title: `Tool image for ${format} packages in ${engine}`,
		after: [
			"packages",
			"daemon",
			"state"
		],
		async look() {
			const found = await existingImage(system, setup, format, engine);
			if (found.image !== void 0) return {
				state: "fine",
				detail: `${found.image} is there`
			};
			return {
				state: "needed",
				detail: found.reason,
				actions: [setup.toolImage === void 0 ? `${engine} build containers/${DOCKERFILES[format]}` : `${engine} pull ${setup.toolImage}`],
				apply: async () => (await engineOf(setup, format, engine)).description
			};
		}
	};
}
async function existingImage(system, { toolImage, baseImage }, format, engine) {
	if (!system.has(engine)) return { reason: `${engine} is not installed yet` };
	const idOf = async (image) => {
		const { exitCode, stdout } = await system.ask([
			engine,
			"image",
			"inspect",
			"--format",
			"{{.Id}}",
			image
		]);
		return exitCode === 0 ? stdout.trim().replace(/^sha256:/, "") : void 0;
	};
	if (toolImage !== void 0) return await idOf(toolImage) === void 0 ? { reason: `no image ${toolImage}` } : { image: toolImage };
	const dockerfile = await readFile(assetPath("containers", DOCKERFILES[format], "Dockerfile"), "utf8");
	const base = baseImage ?? defaultBase(dockerfile);
	const id = await idOf(base);
	if (id === void 0) return { reason: `no base image ${base} yet` };
	const image = imageName(format, dockerfile, id);
	return await idOf(image) === void 0 ? { reason: `no image ${image} yet` } : { image };
}

// src/setup/packages.ts
const ALWAYS = [
	"git",
	"tar",
	"xz",
	"zstd",
	"unshare",
	"ip",
	"gpg",
	"perl",
	"ca-certificates"
];
const HOST = {
	deb: [
		"mmdebstrap",
		"sbuild",
		"apt-get",
		"dpkg-source",
		"gpgv"
	],
	rpm: [
		"mock",
		"rpm",
		"rpmbuild",
		"dnf"
	]
};
const ANYWHERE = {
	deb: [],
	rpm: ["createrepo_c"]
};
const PUBLISH = {
	deb: [
		"reprepro",
		"apt-ftparchive",
		"apt-get",
		"dpkg-deb",
		"gpgv",
		"rsync"
	],
	rpm: [
		"createrepo_c",
		"dnf",
		"rpm",
		"rpmkeys",
		"gpgv",
		"rsync"
	]
};
const KEYRINGS = {
	debian: "debian-archive-keyring",
	ubuntu: "ubuntu-keyring"
};
function engineFor(format, requested, { family, name }) {
	const own = {
		debian: "deb",
		fedora: "rpm"
	};
	if (requested === "auto") {
		if (own[family] === format) return "host";
		return family === "debian" ? "docker" : "podman";
	}
	if (requested === "host" && own[family] !== format) throw new UserError({
		what: `${format} packages cannot be built on this host itself`,
		where: "input engine",
		found: name,
		expected: format === "rpm" ? "a host with mock: Fedora or an Enterprise Linux" : "a host with sbuild: Debian or Ubuntu",
		remedy: "set engine to docker or podman: the tools are in an image then"
	});
	return requested;
}
function packagesFor(distribution, { engines, archives, publish, cron }, has) {
	const tools = new Set(ALWAYS);
	const packages = /* @__PURE__ */ new Set();
	for (const [format, engine] of Object.entries(engines)) {
		if (engine === "host") for (const tool of HOST[format]) tools.add(tool);
		else if (!has(engine)) tools.add(engine);
		for (const tool of ANYWHERE[format]) tools.add(tool);
	}
	for (const format of publish) for (const tool of PUBLISH[format]) tools.add(tool);
	if (engines.deb === "host") for (const name of archives) {
		const keyring = KEYRINGS[name];
		if (keyring !== void 0) packages.add(keyring);
	}
	if (cron) tools.add("cron");
	for (const tool of tools) packages.add(packageOf(tool, distribution.family));
	return [...packages].sort();
}
function extraRepositories({ id, enterprise }) {
	if (enterprise === void 0) return void 0;
	if (id === "ol") return {
		epel: `oracle-epel-release-el${enterprise}`,
		builder: `ol${enterprise}_codeready_builder`
	};
	return {
		epel: "epel-release",
		builder: enterprise === 8 ? "powertools" : "crb"
	};
}

// src/setup/package-steps.ts
const APT_INSTALL = [...[
	"apt-get",
	"-o",
	"Acquire::Retries=3",
	"-o",
	"DPkg::Lock::Timeout=600"
], ...[
	"--yes",
	"--no-remove",
	"--no-install-recommends",
	"install"
]];
const APT_UPDATE = [
	"apt-get",
	"-o",
	"Acquire::Retries=3",
	"update"
];
const DNF = [
	"dnf",
	"--assumeyes",
	"--setopt=install_weak_deps=False"
];
function packagesStep(system, { family }, packages) {
	return {
		id: "packages",
		title: "Packages",
		after: ["repositories"],
		async look() {
			const missing = await (family === "debian" ? missingDebs : missingRpms)(system, packages);
			if (missing.length === 0) return {
				state: "fine",
				detail: `all ${packages.length} are installed`
			};
			const commands = family === "debian" ? [APT_UPDATE, [...APT_INSTALL, ...missing]] : [[
				...DNF,
				"install",
				...missing
			]];
			return {
				state: "needed",
				detail: `${missing.length} of ${packages.length} are missing: ${missing.join(" ")}`,
				actions: commands.map(shellQuote),
				async apply() {
					for (const command of commands) await system.change(command);
					return `installed ${missing.join(" ")}`;
				}
			};
		}
	};
}
async function missingDebs(system, packages) {
	const { stdout } = await system.ask([
		"dpkg-query",
		"--show",
		`--showformat=\${Package} \${db:Status-Status}\\n`,
		...packages
	]);
	const installed = new Set(stdout.split("\n").filter((line) => line.endsWith(" installed")).map((line) => line.split(" ")[0]));
	return packages.filter((name) => !installed.has(name));
}
async function missingRpms(system, packages) {
	const missing = [];
	for (const name of packages) {
		const { exitCode } = await system.ask([
			"rpm",
			"--query",
			"--whatprovides",
			name
		]);
		if (exitCode !== 0) missing.push(name);
	}
	return missing;
}
function repositoriesStep(system, distribution) {
	return {
		id: "repositories",
		title: "Repositories (EPEL)",
		async look() {
			const extra = extraRepositories(distribution);
			if (extra === void 0) return {
				state: "skip",
				detail: "this distribution has mock itself"
			};
			return await lookAtRepositories(system, distribution, extra);
		}
	};
}
async function lookAtRepositories(system, { id, enterprise }, { epel, builder }) {
	const hasEpel = (await system.ask([
		"rpm",
		"--query",
		epel
	])).exitCode === 0;
	const enabled = (await system.ask([
		"dnf",
		"repolist",
		"--enabled",
		"--quiet"
	])).stdout;
	const hasBuilder = enabled.split("\n").some((line) => line.split(/\s+/)[0] === builder);
	if (id === "rhel") return subscription(hasEpel, /^codeready-builder-/m.test(enabled), enterprise);
	if (hasEpel && hasBuilder) return {
		state: "fine",
		detail: `${epel} is installed, ${builder} enabled`
	};
	const commands = [[
		...DNF,
		"install",
		...hasEpel ? [] : [epel],
		"dnf-plugins-core"
	], ...hasBuilder ? [] : [[
		"dnf",
		"config-manager",
		"--set-enabled",
		builder
	]]];
	const missing = [...hasEpel ? [] : [epel], ...hasBuilder ? [] : [builder]];
	return {
		state: "needed",
		detail: `missing: ${missing.join(", ")}`,
		actions: commands.map(shellQuote),
		async apply() {
			for (const command of commands) await system.change(command);
			return `added ${missing.join(", ")}`;
		}
	};
}
function subscription(hasEpel, hasBuilder, enterprise) {
	if (hasEpel && hasBuilder) return {
		state: "fine",
		detail: "EPEL and CodeReady Builder are there"
	};
	throw new UserError({
		what: "EPEL and CodeReady Builder are not set up",
		found: [...hasEpel ? [] : ["no epel-release"], ...hasBuilder ? [] : ["no CodeReady Builder"]].join(", "),
		expected: "both, for mock",
		remedy: `subscription-manager repos --enable codeready-builder-for-rhel-${enterprise}-$(arch)-rpms, and epel-release as https://docs.fedoraproject.org/en-US/epel/ says`
	});
}
function daemonStep(system) {
	return {
		id: "daemon",
		title: "docker answers",
		after: ["packages"],
		async look() {
			const { exitCode, stdout } = system.has("docker") ? await system.ask([
				"docker",
				"version",
				"--format",
				"{{.Server.Version}}"
			]) : {
				exitCode: -1,
				stdout: ""
			};
			if (exitCode === 0) return {
				state: "fine",
				detail: `docker ${stdout.trim()}`
			};
			const command = [
				"systemctl",
				"enable",
				"--now",
				"docker"
			];
			return {
				state: "needed",
				detail: "its daemon does not answer",
				actions: [shellQuote(command)],
				async apply() {
					if (!system.hasSystemd) throw new UserError({
						what: "docker does not answer, and there is no systemd to start it",
						remedy: "start dockerd in the way of this machine, and run setup-builder again"
					});
					await system.change(command);
					return "enabled and started";
				}
			};
		}
	};
}

// src/setup/state-step.ts
const PRIVATE = ["buildroots", "sessions"];
function stateStep(state) {
	return {
		id: "state",
		title: `State folder ${state}`,
		async look() {
			const wrong = [];
			const foreign = [];
			for (const name of PRIVATE) {
				const folder = path.join(state, name);
				const found = await stat(folder).catch((error) => {
					if (error.code === "ENOENT") return void 0;
					throw error;
				});
				if (found === void 0) {
					wrong.push(`make ${folder}`);
					continue;
				}
				if (found.uid !== 0) {
					foreign.push(folder);
					wrong.push(`chown root:root ${folder}`);
				}
				if ((found.mode & 4095) !== 448) wrong.push(`chmod 700 ${folder}`);
			}
			if (wrong.length === 0) return {
				state: "fine",
				detail: `${PRIVATE.join(" and ")} are there, root's alone`
			};
			return {
				state: "needed",
				detail: wrong.join(", "),
				actions: wrong,
				async apply() {
					for (const folder of foreign) await chown(folder, 0, 0);
					await prepareState(state);
					return wrong.join(", ");
				}
			};
		}
	};
}

// src/setup/timer.ts
const CONFIGURATION_FILE = "/etc/pkg-actions/update-buildroots.env";
const SERVICE = "pkg-actions-update-buildroots";
const UNITS = "/etc/systemd/system";
const CRON_FILE = `/etc/cron.d/${SERVICE}`;
const PLAIN = /^[A-Za-z0-9_@+=:,./~-]*$/;
function configurationText(inputs) {
	return [
		"# Inputs of pkg-actions update-buildroots, which runs every day.",
		...Object.entries(inputs).flatMap(([name, value]) => {
			if (value === void 0) return [];
			return [`PKG_ACTIONS_${name.toUpperCase().replaceAll("-", "_")}=${plain(value, `input ${name}`)}`];
		}),
		""
	].join("\n");
}
function plain(value, where) {
	if (PLAIN.test(value)) return value;
	throw new UserError({
		what: "a value that a configuration file cannot hold",
		where,
		found: quote(value),
		expected: "letters, digits and _@+=:,./~-"
	});
}
function systemdFiles(command, time) {
	const service = `[Unit]
Description=Update the buildroots of pkg-actions
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
EnvironmentFile=${CONFIGURATION_FILE}
ExecStart=${commandLine(command)} update-buildroots
Nice=10
IOSchedulingClass=idle
# Nothing is left running or mounted when it is ended: sessions die with their run.
TimeoutStartSec=6h
`;
	const timer = `[Unit]
Description=Update the buildroots of pkg-actions every day

[Timer]
OnCalendar=*-*-* ${time}:00
# Hosts of one farm do not all ask the mirror at once.
RandomizedDelaySec=30m
# A host that was off then does it when it is on.
Persistent=true

[Install]
WantedBy=timers.target
`;
	return {
		[`${UNITS}/${SERVICE}.service`]: service,
		[`${UNITS}/${SERVICE}.timer`]: timer
	};
}
function cronFiles(command, time) {
	const [hour, minute] = time.split(":").map(Number);
	const text = `SHELL=/bin/sh
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
${minute} ${hour} * * * root set -a; . ${CONFIGURATION_FILE}; nice ${commandLine(command)} update-buildroots 2>&1 | logger -t ${SERVICE}
`;
	return { [CRON_FILE]: text };
}
function commandLine(command) {
	return command.map((word) => plain(word, "the command of the timer")).join(" ");
}
const VOLATILE = /\/(?:_actions|_work|_temp|_npx|builds|externals)\//;
function timerCommand(given) {
	if (given !== void 0) return given.split(" ");
	const installed = which("pkg-actions");
	const script = installed === void 0 ? assetPath("dist", "cli.js") : realpathSync(installed);
	if (!existsSync(script) || VOLATILE.test(script)) throw new UserError({
		what: "this pkg-actions lies where a timer cannot rely on it",
		found: script,
		expected: "one that is installed on the host",
		remedy: "npm install --global pkg-actions, or name its command: timer-command"
	});
	const node = [process.execPath, which("node")].find((file) => file !== void 0 && !VOLATILE.test(realpathSync(file)));
	if (node === void 0) throw new UserError({
		what: "Node lies where a timer cannot rely on it",
		found: process.execPath,
		expected: "Node 24 or newer that is installed on the host",
		remedy: "install it, or name the whole command: timer-command"
	});
	return [node, script];
}

// src/setup/plan.ts
function purposeOf({ distribution, targets, engine, publisher, timer }, { hasSystemd }) {
	const own = distribution.family === "debian" ? "deb" : "rpm";
	const formats = targets.length === 0 ? [own] : [...new Set(targets.map(({ target }) => target.format))];
	const engines = {};
	for (const format of formats) engines[format] = engineFor(format, engine, distribution);
	const archives = targets.flatMap(({ target }) => target.format === "deb" ? [target.distribution] : []);
	return {
		engines,
		archives: [...new Set(targets.length === 0 && own === "deb" ? [distribution.id] : archives)],
		publish: publisher ? formats : [],
		cron: timer === "yes" && !hasSystemd && targets.length > 0
	};
}
function usesOf({ engines, publish }) {
	const builds = Object.entries(engines).map(([format, engine]) => engine === "host" ? format : "containers");
	return [.../* @__PURE__ */ new Set([...builds, ...publish.map((format) => `publish-${format}`)])];
}
async function checkTargets({ targets, buildroots, setup }, { engines }) {
	if (!buildroots || engines.rpm === "host") return;
	for (const { target } of targets) if (target.format === "rpm") await requestedBuildroot({
		target,
		architecture: setup.architecture
	});
}
function planSteps(system, request) {
	const { distribution, targets, setup } = request;
	const purpose = purposeOf(request, system);
	const { engines } = purpose;
	const steps = [];
	if (request.packages) {
		if (engines.rpm === "host") steps.push(repositoriesStep(system, distribution));
		steps.push(packagesStep(system, distribution, packagesFor(distribution, purpose, system.has)));
	}
	if (Object.values(engines).includes("docker")) steps.push(daemonStep(system));
	steps.push(stateStep(setup.state));
	for (const [format, engine] of Object.entries(engines)) if (engine !== "host") steps.push(imageStep(system, setup, format, engine));
	if (request.buildroots) for (const { target, reference } of targets) steps.push(buildrootStep(setup, target, engines[target.format] ?? "host", reference));
	steps.push(timerStep(system, request));
	return steps;
}
function timerStep(system, request) {
	const head = {
		id: "timer",
		title: "Daily update of buildroots"
	};
	const skip = (detail) => ({
		...head,
		look: async () => ({
			state: "skip",
			detail
		})
	});
	if (request.timer === "no") return skip("not asked for");
	if (request.timer === "auto" && !system.hasSystemd) return skip("systemd does not run here; with timer: yes cron does it");
	if (request.targets.length === 0) return skip("no targets were given");
	return {
		...head,
		look: () => lookAtTimer(system, request, head)
	};
}
async function lookAtTimer(system, request, head) {
	const { setup, time, targets, engine } = request;
	const command = timerCommand(request.timerCommand);
	const configuration = configurationText({
		targets: targets.map(({ reference }) => reference).join(","),
		state: setup.state,
		architecture: setup.architecture,
		mirror: setup.mirror,
		proxy: setup.proxy,
		packaging: request.packaging,
		engine: engine === "auto" ? void 0 : engine,
		"tool-image": setup.toolImage,
		"base-image": setup.baseImage
	});
	const unit = `${SERVICE}.timer`;
	const enable = [["systemctl", "daemon-reload"], [
		"systemctl",
		"enable",
		"--now",
		unit
	]];
	return await fileStep(system, {
		...head,
		files: {
			[CONFIGURATION_FILE]: configuration,
			...system.hasSystemd ? systemdFiles(command, time) : cronFiles(command, time)
		},
		force: request.force,
		logger: setup.logger,
		...system.hasSystemd ? {
			afterwards: enable,
			pending: async () => (await system.ask([
				"systemctl",
				"is-enabled",
				"--quiet",
				unit
			])).exitCode === 0 && (await system.ask([
				"systemctl",
				"is-active",
				"--quiet",
				unit
			])).exitCode === 0 ? [] : enable
		} : {}
	}).look();
}

// src/setup/step.ts
async function makeSteps(steps, { dryRun, logger, signal }) {
	const results = [];
	for (const step of steps) {
		if (signal.aborted) throw new CancelledError();
		const { id, title } = step;
		const obstacle = results.find((result) => step.after?.includes(result.id) && isObstacle(result));
		const result = await logger.group(title, async () => {
			const made = obstacle === void 0 ? await makeStep(step, dryRun, signal) : {
				id,
				title,
				outcome: "skipped",
				detail: `needs "${obstacle.title}", which failed`,
				actions: []
			};
			logger.info(`${made.outcome}: ${made.detail}`);
			return made;
		});
		results.push(result);
	}
	return results;
}
function isObstacle({ outcome, detail }) {
	return outcome === "failed" || outcome === "skipped" && detail.endsWith("which failed");
}
async function makeStep({ id, title, look }, dryRun, signal) {
	let actions = [];
	const end = (outcome, detail) => ({
		id,
		title,
		outcome,
		detail: oneLine(detail),
		actions
	});
	try {
		const found = await look();
		if (found.state === "fine") return end("unchanged", found.detail);
		if (found.state === "skip") return end("skipped", found.detail);
		actions = found.actions;
		if (dryRun) return end("planned", found.detail);
		return end("changed", await found.apply());
	} catch (error) {
		if (signal.aborted) throw new CancelledError();
		const isSystem = typeof error.code === "string";
		if (!(error instanceof UserError || error instanceof CommandError || isSystem)) throw error;
		return end("failed", messageOf(error));
	}
}

// src/setup/summary.ts
function setupSummary(steps, dryRun) {
	const planned = steps.filter(({ outcome }) => outcome === "planned");
	const isChanged = steps.some(({ outcome }) => outcome === "changed");
	const isFailed = steps.some(({ outcome }) => outcome === "failed");
	const headline = dryRun ? planned.length === 0 ? "Nothing would be changed." : "Nothing was changed: this is what would be done." : isFailed ? "Some steps failed. What is done stays done; run it again when it is mended." : isChanged ? "The host is set up." : "Nothing to change: everything is as it should be.";
	return [
		`## Setup${dryRun ? " (dry run)" : ""}`,
		"",
		headline,
		"",
		"| step | outcome | |",
		"|---|---|---|",
		...steps.map(({ title, outcome, detail }) => `| ${escapeMarkdown(title)} | ${outcome === "failed" ? "**failed**" : outcome} | ${codeCell(detail)} |`),
		"",
		...planned.flatMap(({ title, actions }) => [
			`### ${escapeMarkdown(title)}`,
			"",
			fenced(actions),
			""
		])
	].join("\n");
}

export { checkTargets, makeSteps, planSteps, purposeOf, readDistribution, setupSummary, thisSystem, usesOf };
