import { ACTIONS } from "./inputs.js";
import { EXIT, UserError, VERSION, detectHost, didYouMean, environmentInput, quote, runAction, runProcess, shellQuote } from "./frame.js";
import { Command, CommanderError, Option } from "./commander.js";
import path from "node:path";
import { statSync } from "node:fs";

// src/cli/flags.ts
const GROUPS = {
	required: "Required:",
	options: "Options:",
	secrets: "Secrets (never given as a value):",
	output: "This command line:"
};
function optionsOf(action) {
	const options = Object.entries(action.inputs).flatMap(([name, spec]) => inputOptions(name, spec));
	for (const old of Object.keys(action.renamed ?? {})) options.push(new Option(`--${old} [value]`).hideHelp());
	return options;
}
function inputOptions(name, spec) {
	if (spec.type === "secret") {
		const required = "required" in spec && spec.required;
		const heading = GROUPS.secrets;
		return [new Option(`--${name}-file <path>`, `${spec.description}${required ? " Required." : ""}`).helpGroup(heading), new Option(`--${name}-variable <name>`, `The same, by the name of an environment variable.`).helpGroup(heading)];
	}
	const heading = "required" in spec && spec.required ? GROUPS.required : GROUPS.options;
	const description = describe(spec);
	if (spec.type === "boolean") return [new Option(`--${name}`, description).helpGroup(heading), new Option(`--no-${name}`).hideHelp()];
	const option = new Option(`--${name} <${placeholder(spec)}>`, description).helpGroup(heading);
	if (spec.type === "list") option.argParser((value, before = []) => [...before, value]);
	return [option];
}
function placeholder(spec) {
	switch (spec.type) {
		case "choice": return spec.options.join("|").length <= 32 ? spec.options.join("|") : "choice";
		case "string": return "text";
		case "list": return "value";
		case "integer": return "number";
		default: return spec.type;
	}
}
function describe(spec) {
	const notes = [];
	if (spec.type === "list") notes.push("repeatable");
	if (spec.type === "choice" && spec.options.join("|").length > 32) notes.push(`one of ${spec.options.join(", ")}`);
	const fallback = "default" in spec ? spec.default : void 0;
	if (fallback !== void 0 && String(fallback) !== "") notes.push(`default ${String(fallback)}`);
	else if (spec.example !== void 0) notes.push(`e.g. ${spec.example.replaceAll("\n", " ")}`);
	return `${spec.description}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`;
}
function flagText(name, values, given) {
	const key = new Option(`--${name} <value>`).attributeName();
	if (!given(key)) return void 0;
	const value = values[key];
	if (Array.isArray(value)) return value.join("\n");
	return value === void 0 ? void 0 : String(value);
}

// src/cli/program.ts
const EXIT_CODES = `Exit codes:
  0    success
  1    wrong input, or a tool failed; the message says which
  2    a bug in pkg-actions; the message holds what to report
  130  cancelled`;
function makeProgram(actions, version, start) {
	const program = new Command("pkg-actions").description("Build, check, sign and publish your own deb and rpm packages.").usage("<command> [flags]").version(version, "--version", "Shows the version.").helpOption("-h, --help", "Shows this help; with a command, that of the command.").helpCommand("help [command]", "Shows the help of a command.").showSuggestionAfterError().configureHelp({
		subcommandTerm: (command) => command.name(),
		helpWidth: helpWidth()
	}).addHelpText("after", `\n${EXIT_CODES}\n\nEvery flag can be given as a variable: --some-flag as PKG_ACTIONS_SOME_FLAG.`);
	for (const action of actions) {
		const { spec } = action;
		const command = program.command(spec.name).helpGroup(spec.cliOnly ? "The whole chain:" : "One step:").summary(spec.title).description(spec.description).usage("[flags]").addHelpOption(new Option("-h, --help", "Shows this help.").helpGroup(GROUPS.output)).configureHelp({
			optionTerm: (option) => optionTerm(option, spec),
			helpWidth: helpWidth()
		}).allowExcessArguments(false).addHelpText("after", helpEnd(spec));
		for (const option of optionsOf(spec)) command.addOption(option);
		command.optionsGroup(GROUPS.output).addOption(new Option("--json", "Prints the outputs as JSON on standard output.")).addOption(new Option("--summary <file>", "Writes the summary as Markdown to this file.")).addOption(new Option("-C, --directory <folder>", "Works as if started in this folder.")).addOption(new Option("-v, --verbose", "Shows details for finding faults.")).action(async (values) => {
			const given = (key) => command.getOptionValueSource(key) === "cli";
			await start({
				action,
				input: (name) => flagText(name, values, given),
				json: values["json"] === true,
				verbose: values["verbose"] === true,
				summary: values["summary"],
				directory: values["directory"]
			});
		});
	}
	return program;
}
function helpWidth() {
	return Math.min(Math.max(process.stdout.columns ?? 100, 100), 140);
}
function optionTerm(option, spec) {
	const name = option.long?.replace(/^--/, "") ?? "";
	return spec.inputs[name]?.type === "boolean" ? `--[no-]${name}` : option.flags;
}
function helpEnd(spec) {
	const outputs = Object.entries(spec.outputs);
	const width = Math.max(0, ...outputs.map(([name]) => name.length));
	const lines = outputs.map(([name, output]) => `  ${name.padEnd(width)}  ${output.description}`);
	return [
		...lines.length > 0 ? [
			"",
			"Outputs:",
			...lines
		] : [],
		"",
		"Example:",
		`  ${exampleCommand(spec)}`
	].join("\n");
}
function exampleCommand(spec) {
	const words = ["pkg-actions", spec.name];
	for (const [name, input] of Object.entries(spec.inputs)) {
		if (!("required" in input && input.required)) continue;
		if (input.type === "secret") words.push(`--${name}-file`, `${name}.asc`);
		else words.push(`--${name}`, input.example?.split("\n")[0] ?? name.toUpperCase());
	}
	return shellQuote(words);
}

// src/cli/run.ts
async function runCommandLine(actions, version, words) {
	const answer = process.stdout.write.bind(process.stdout);
	process.stdout.write = process.stderr.write.bind(process.stderr);
	process.stdout.on("error", (error) => {
		if (error.code !== "EPIPE") throw error;
		process.exit();
	});
	const program = makeProgram(actions, version, (invocation) => start(invocation, answer));
	for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeOut: (text) => answer(text) });
	if (words.length === 0) {
		program.outputHelp({ error: true });
		process.exitCode = EXIT.failure;
		return;
	}
	const unknown = unknownCommand(words, actions.map(({ spec }) => spec.name));
	if (unknown !== void 0) {
		process.stderr.write(`error: ${unknown.message}\n`);
		process.exitCode = EXIT.failure;
		return;
	}
	const secret = secretAsValue(words, actions);
	if (secret !== void 0) {
		process.stderr.write(`error: ${secret.message}\n`);
		process.exitCode = EXIT.failure;
		return;
	}
	try {
		await program.parseAsync(words, { from: "user" });
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		process.exitCode = error.exitCode === 0 ? EXIT.success : EXIT.failure;
	}
}
const HELP = [
	"help",
	"-h",
	"--help"
];
function unknownCommand(words, commands) {
	const name = words.find((word) => !HELP.includes(word));
	if (name === void 0 || name.startsWith("-") || commands.includes(name)) return void 0;
	const remedy = didYouMean(name, [...commands, "help"]);
	return new UserError({
		what: "no such command",
		found: quote(name),
		expected: [...commands, "help"].join(", "),
		...remedy === void 0 ? {} : { remedy }
	});
}
function secretAsValue(words, actions) {
	const inputs = actions.find(({ spec }) => words.includes(spec.name))?.spec.inputs ?? {};
	const given = Object.entries(inputs).flatMap(([name, { type }]) => type === "secret" ? [name] : []).find((name) => words.some((word) => word === `--${name}` || word.startsWith(`--${name}=`)));
	if (given === void 0) return void 0;
	return new UserError({
		what: "a secret is never given as a value, which others on the machine can read",
		where: `--${given}`,
		expected: `--${given}-file <path> or --${given}-variable <name>`
	});
}
async function start(invocation, answer) {
	const { action, directory, json } = invocation;
	const workspace = path.resolve(directory ?? ".");
	if (!statSync(workspace, { throwIfNoEntry: false })?.isDirectory()) {
		process.stderr.write(`error: --directory: not a folder (found ${quote(directory)})\n`);
		process.exitCode = EXIT.failure;
		return;
	}
	const options = {
		workspace,
		inputs: (name) => invocation.input(name) ?? environmentInput(name, process.env),
		...invocation.summary === void 0 ? {} : { summaryFile: path.resolve(invocation.summary) },
		...invocation.verbose ? { debug: true } : {}
	};
	const host = await detectHost(options);
	await runProcess(host, async () => {
		const code = await runAction(action.spec, async (inputs, its) => await (await action.load())(inputs, its), host);
		const { prints } = action.spec;
		const printed = prints && host.input(prints.input) === prints.value ? host.outputs[prints.output] : void 0;
		if (json) answer(`${JSON.stringify(host.outputs, null, 2)}\n`);
		else if (printed !== void 0) answer(`${printed}\n`);
		else await tellOutputs(host, prints?.output);
		return code;
	});
}
const MOST_TOLD = 8e3;
const tooLong = (value) => `(${value.length.toLocaleString("en")} characters: --json prints them)`;
async function tellOutputs(host, document) {
	const outputs = Object.entries(host.outputs).filter(([name, value]) => value !== "" && name !== document);
	if (outputs.length === 0) return;
	await host.group("Outputs", async () => {
		const width = Math.max(...outputs.map(([name]) => name.length));
		for (const [name, value] of outputs) {
			const [first = "", ...rest] = value.length > MOST_TOLD ? [tooLong(value)] : value.split("\n");
			host.info(`${name.padEnd(width)}  ${first}`);
			for (const line of rest) host.info(`${" ".repeat(width)}  ${line}`);
		}
	});
}

// src/cli/main.ts
async function main(words) {
	await runCommandLine(ACTIONS, VERSION, words);
}

export { main };
