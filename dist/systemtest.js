import { CommandError, UserError, shellQuote } from "./frame.js";
import { packageManagerLines, watchLogs } from "./builder.js";
import { failureLine, installedPackages, localBinds, mockFailureLine, openMockSession, openSession, repositoryUris, writeRepositories } from "./buildroot.js";

// src/systemtest/smoke.ts
async function smokeTest(session, commands, timeoutSeconds) {
	const tried = [];
	for (const argv of commands) tried.push({
		command: shellQuote(argv),
		output: await smoke(session, argv, timeoutSeconds)
	});
	return tried;
}
async function smoke(session, argv, timeoutSeconds) {
	const [command, ...args] = argv;
	if (command === void 0) throw new Error("an empty smoke command");
	try {
		const { stdout } = await session.chroot([command, ...args], { timeoutSeconds });
		return stdout.trim().split("\n").slice(0, 5).join("\n");
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		throw new UserError({
			what: "the smoke command fails where the packages are installed",
			where: `smoke ${error.command}`,
			found: error.message
		}, { cause: error });
	}
}

// src/systemtest/install.ts
async function installAndTry(request) {
	const started = performance.now();
	const { logger } = request;
	const repositories = [request.repository, ...request.sources];
	await using session = await openSession({
		state: request.state,
		engine: request.engine,
		root: { lower: [request.generation.tree] },
		scratch: request.scratch,
		locks: [request.lock],
		binds: await localBinds([...repositoryUris(request.generation), ...repositories.map(({ source }) => source)]),
		runId: request.runId,
		signal: request.signal
	});
	const onLine = (line) => logger.tool(line);
	const through = request.proxy === void 0 ? [] : ["http", "https"].flatMap((kind) => ["-o", `Acquire::${kind}::Proxy=${request.proxy}`]);
	const apt = (argv) => session.chroot([
		"apt-get",
		"-q",
		...through,
		...argv
	], {
		network: true,
		privileges: "setup",
		onLine,
		timeoutSeconds: request.timeoutSeconds
	});
	try {
		await writeRepositories(session.writeFile, repositories, request.pins, "published");
		await apt([...[
			"-o",
			"Dir::Etc::SourceList=/etc/apt/sources.list.d/published.sources",
			"-o",
			"Dir::Etc::SourceParts=-"
		], ...[
			"-o",
			"APT::Get::List-Cleanup=0",
			"--error-on=any",
			"update"
		]]);
		await apt(["install", ...request.packages.map(({ name, version }) => `${name}=${version}`)]);
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
		throw new UserError({
			what: "the published packages cannot be installed",
			found: failureLine(error) ?? error.message,
			expected: request.packages.map(({ name }) => name).join(" ")
		}, { cause: error });
	}
	await session.endProcesses();
	return {
		installed: await installedPackages(session, request.packages.map(({ name }) => name)),
		tried: await smokeTest(session, request.smoke, request.smokeSeconds),
		seconds: (performance.now() - started) / 1e3
	};
}

// src/systemtest/install-rpm.ts
const KEPT_LINES = 1e3;
async function installAndTryRpm(request) {
	const started = performance.now();
	const { repository, packages } = request;
	if (packages.length === 0) throw new Error("there is no package to install");
	if (repository.trusted || repository.keys.length === 0) throw new Error(`the published repository ${repository.name} would not be verified`);
	await using mock = await openMockSession({
		state: request.state,
		engine: request.engine,
		generation: request.generation,
		scratch: request.scratch,
		locks: [request.lock],
		repositories: [{
			...repository,
			repoGpgcheck: true
		}, ...request.sources],
		...request.proxy === void 0 ? {} : { install: { proxy: request.proxy } },
		runId: request.runId,
		signal: request.signal
	});
	const wanted = packages.map(({ name, version, architecture }) => `${name}-${version}.${architecture}`);
	await install(mock, wanted, request);
	await mock.session.endProcesses();
	return {
		installed: await requireInstalled(mock.session, packages, wanted),
		tried: await smokeTest(mock.session, request.smoke, request.smokeSeconds),
		seconds: (performance.now() - started) / 1e3
	};
}
async function install(mock, wanted, request) {
	const { logger, packages, timeoutSeconds } = request;
	const lines = [];
	const pick = packageManagerLines();
	const watch = watchLogs(mock.results, ["root.log"], 0, (_, line) => {
		const text = pick(line);
		if (text === void 0) return;
		logger.tool(text);
		lines.push(text);
		if (lines.length > KEPT_LINES) lines.shift();
	});
	await watch.begun;
	try {
		try {
			await mock.mock(["--install", ...wanted], {
				network: true,
				use: "install",
				onLine: (line) => logger.tool(line),
				timeoutSeconds
			});
		} finally {
			await watch.stop();
		}
	} catch (error) {
		if (!(error instanceof CommandError) || error.failure.end !== "exit") throw error;
		const failure = new CommandError({
			...error.failure,
			stdout: lines.join("\n")
		});
		throw new UserError({
			what: "the published packages cannot be installed",
			found: mockFailureLine(failure) ?? error.message,
			expected: packages.map(({ name }) => name).join(" ")
		}, { cause: error });
	}
}
const QUERY = "%{name}-%{epochnum}:%{version}-%{release}.%{arch}\\n";
async function requireInstalled(session, packages, wanted) {
	const names = packages.map(({ name, architecture }) => `${name}.${architecture}`);
	const { stdout } = await session.chroot([
		"rpm",
		"--query",
		"--queryformat",
		QUERY,
		"--",
		...names
	], { okExitCodes: "any" });
	const installed = stdout.split("\n").filter((line) => line !== "").map((line) => line.replace(/-0:(?=[^:]*$)/, "-"));
	const missing = wanted.filter((nevra) => !installed.includes(nevra));
	if (missing.length > 0) throw new UserError({
		what: "packages are not installed as they were published",
		found: installed.join(", "),
		expected: missing.join(", ")
	});
	return wanted.toSorted();
}

export { installAndTry, installAndTryRpm };
