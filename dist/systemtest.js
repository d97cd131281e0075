import { failureLine, installedPackages, localBinds, openSession, repositoryUris, writeRepositories } from "./buildroot.js";
import { CommandError, UserError, shellQuote } from "./frame.js";

// src/systemtest/install.ts
async function installAndTry(request) {
	const started = performance.now();
	const { logger } = request;
	const repositories = [request.repository, ...request.sources];
	await using session = await openSession({
		state: request.state,
		root: { lower: [request.generation.tree] },
		scratch: request.scratch,
		locks: [request.lock],
		binds: await localBinds([...repositoryUris(request.generation), ...repositories.map(({ source }) => source)]),
		runId: request.runId,
		signal: request.signal
	});
	const onLine = (line) => logger.tool(line);
	const apt = (argv) => session.chroot([
		"apt-get",
		"-q",
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
	const installed = await installedPackages(session, request.packages.map(({ name }) => name));
	const tried = [];
	for (const argv of request.smoke) tried.push({
		command: shellQuote(argv),
		output: await smoke(session, argv, request.smokeSeconds)
	});
	return {
		installed,
		tried,
		seconds: (performance.now() - started) / 1e3
	};
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

export { installAndTry };
